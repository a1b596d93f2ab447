/** Where an address is: AS, country and coordinates, from tables on this disk. Nobody is asked, so nobody learns which peers we know. */
import { hostOctets, type PeerAddress } from "../../schema/address.ts";
import { NOWHERE, type Locate, type Location } from "../../schema/location.ts";
import { isRoutable } from "../../schema/routable.ts";
import { NO_AS, readAsnFile } from "./asn-file.ts";
import { GeographyError } from "./geography-error.ts";
import { openMmdb, type MmdbFile } from "./mmdb-file.ts";
import { keyOf } from "./range-table.ts";

export { GeographyError } from "./geography-error.ts";

/** A table in two files. */
export interface Pair {
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface GeographyOptions {
  /** Databases in MaxMind's format, the preferred one first. What they do not tell, the tables below may. */
  readonly mmdb?: readonly string[] | undefined;
  /** Cities: databases in MaxMind's format, one for each family. */
  readonly city?: Pair | undefined;
  /** Autonomous systems: CSV tables as asn-file.ts reads them. */
  readonly asn?: Pair | undefined;
  /** A database turned out to be damaged, and is not asked again. Called once for each. */
  readonly onFault?: ((error: GeographyError) => void) | undefined;
}

export interface Geography {
  readonly locate: Locate;
  /** The databases in MaxMind's format, for people. */
  readonly databases: readonly Pick<MmdbFile, "path" | "type" | "built">[];
}

/**
 * Opens the tables. Autonomous systems are read at once (half a million ranges: about 0.7 s, 9 MB in memory); a database in MaxMind's format when
 * the first address needs it, and then kept in memory whole. Rejects with `GeographyError`. Overlay hosts and addresses that are not public are nowhere.
 */
export async function openGeography({ mmdb = [], city, asn, onFault }: GeographyOptions): Promise<Geography> {
  const preferred = await Promise.all(mmdb.map((path) => openMmdb(path)));
  const cities = city === undefined ? undefined : { ipv4: await openMmdb(city.ipv4), ipv6: await openMmdb(city.ipv6) };
  const systems = asn === undefined ? undefined : { ipv4: await readAsnFile(asn.ipv4, 4), ipv6: await readAsnFile(asn.ipv6, 6) };
  const broken = new Set<MmdbFile>();

  const ask = (file: MmdbFile, address: PeerAddress): Location => {
    if (broken.has(file) || (address.family === "ipv6" && file.ipVersion === 4)) return NOWHERE;
    try {
      return file.find(address);
    } catch (error) {
      if (!(error instanceof GeographyError)) throw error;
      broken.add(file);
      onFault?.(error);
      return NOWHERE;
    }
  };

  const locate: Locate = (address) => {
    const { family } = address;
    if ((family !== "ipv4" && family !== "ipv6") || !isRoutable(address, "public")) return NOWHERE;
    let found = NOWHERE;
    for (const file of preferred) {
      if (isPlaced(found) && found.asn !== undefined) break;
      found = combine(found, ask(file, address));
    }
    if (cities !== undefined && !isPlaced(found)) found = combine(found, ask(cities[family], address));
    const octets = hostOctets(address);
    if (found.asn !== undefined || systems === undefined || octets === undefined) return found;
    const number = systems[family].find(keyOf(octets));
    return number === undefined || number === NO_AS ? found : { ...found, asn: number };
  };
  return { locate, databases: [...preferred, ...Object.values(cities ?? {})] };
}

const isPlaced = ({ country, coordinates }: Location): boolean => country !== undefined && coordinates !== undefined;

/** Two databases' words, the first preferred. Coordinates are taken from the second only where both mean the same country. */
function combine(first: Location, second: Location): Location {
  const { coordinates, ...rest } = second;
  const agreed = first.country === undefined || first.country === second.country;
  return { ...rest, ...(agreed && coordinates !== undefined && { coordinates }), ...first };
}
