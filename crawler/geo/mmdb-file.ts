/**
 * A database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/): cities, countries or autonomous systems, in MaxMind's own layout (GeoLite2,
 * and DB-IP's own downloads) or the flat one of the npm packages `@ip-location-db/…-mmdb`.
 */
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { Reader } from "mmdb-lib";
import { parseMetadata } from "mmdb-lib/lib/metadata.js";
import * as v from "valibot";
import type { PeerAddress } from "../../schema/address.ts";
import { CountrySchema, formatCoordinates, namesOperator, type Location } from "../../schema/location.ts";
import { GeographyError } from "./geography-error.ts";

/** How far from the end of a file its metadata begins at most, by the format. */
const METADATA_OCTETS = 128 * 1024;
const METADATA_MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

/** Octets of zero between the search tree and the data. */
const SEPARATOR_OCTETS = 16;

const MetadataSchema = v.object({
  binaryFormatMajorVersion: v.literal(2),
  databaseType: v.string(),
  buildEpoch: v.date(),
  ipVersion: v.picklist([4, 6]),
  searchTreeSize: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** A field that may be missing, or be of another kind in a layout that we do not know: then it tells nothing. */
const maybe = <T>(schema: v.GenericSchema<unknown, T>) => v.fallback(v.optional(schema), undefined);

const PointEntries = { latitude: maybe(v.number()), longitude: maybe(v.number()) };

const RecordSchema = v.object({
  autonomous_system_number: maybe(v.number()),
  // MaxMind's layout. The country in which an address is registered, beside it, is not where it is.
  country: maybe(v.object({ iso_code: maybe(CountrySchema) })),
  location: maybe(v.object(PointEntries)),
  // the flat layout
  country_code: maybe(CountrySchema),
  ...PointEntries,
});

/** Codes that stand for no country. */
const NO_COUNTRIES: ReadonlySet<string | undefined> = new Set(["XX", "ZZ"]);

export interface MmdbFile {
  readonly path: string;
  /** What the file says it is, such as `GeoLite2-City`. */
  readonly type: string;
  readonly built: Date;
  readonly ipVersion: 4 | 6;
  /** What the database tells of an IP address. The first call reads the whole file. Throws `GeographyError` where it is damaged. */
  readonly find: (address: PeerAddress) => Location;
}

/** Opens a database. Only its end is read: what it is, and whether it is whole. Rejects with `GeographyError`. */
export async function openMmdb(path: string): Promise<MmdbFile> {
  const { databaseType: type, buildEpoch: built, ipVersion } = await readMetadata(path);
  let reader: Reader<object> | undefined;
  return {
    path,
    type,
    built,
    ipVersion,
    find: (address) => {
      try {
        reader ??= new Reader(readFileSync(path));
        return locationOf(reader.get(address.host));
      } catch (cause) {
        throw new GeographyError(`${path}: the database is damaged`, { cause });
      }
    },
  };
}

async function readMetadata(path: string): Promise<v.InferOutput<typeof MetadataSchema>> {
  const { size, tail } = await readTail(path);
  const at = tail.lastIndexOf(METADATA_MARKER);
  if (at < 0) throw new GeographyError(`${path}: is not a database in MaxMind's format`);
  let told: unknown;
  try {
    told = parseMetadata(tail);
  } catch (cause) {
    throw new GeographyError(`${path}: the database's metadata is damaged`, { cause });
  }
  const metadata = v.safeParse(MetadataSchema, told);
  if (!metadata.success) {
    const [issue] = metadata.issues;
    throw new GeographyError(`${path}: the database's metadata is damaged: ${v.getDotPath(issue) ?? "all"}: ${issue.message}`);
  }
  const whole = metadata.output.searchTreeSize + SEPARATOR_OCTETS + tail.length - at;
  if (size < whole) throw new GeographyError(`${path}: the database is cut short: ${size} octets of at least ${whole}`);
  return metadata.output;
}

async function readTail(path: string): Promise<{ size: number; tail: Buffer }> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, METADATA_OCTETS));
    const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
    return { size, tail: tail.subarray(0, bytesRead) };
  } catch (cause) {
    throw new GeographyError(`${path}: cannot be read`, { cause });
  }
}

function locationOf(record: unknown): Location {
  const parsed = v.safeParse(RecordSchema, record);
  if (!parsed.success) return {};
  const told = parsed.output;
  const country = told.country?.iso_code ?? told.country_code;
  const { latitude, longitude } = told.location ?? told;
  const coordinates = latitude === undefined || longitude === undefined ? undefined : formatCoordinates(latitude, longitude);
  const asn = told.autonomous_system_number;
  return {
    ...(asn !== undefined && Number.isInteger(asn) && namesOperator(asn) && { asn }),
    ...(country !== undefined && !NO_COUNTRIES.has(country) && { country }),
    ...(coordinates !== undefined && { coordinates }),
  };
}
