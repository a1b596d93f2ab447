import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import type { Location } from "../../schema/location.ts";
import { GeographyError } from "./geography-error.ts";
import { openMmdb } from "./mmdb-file.ts";
import { mmdbOf, type TestMmdb } from "./test-mmdb.ts";

const folder = mkdtempSync(join(tmpdir(), "seedcast-mmdb-"));
afterAll(() => rmSync(folder, { recursive: true }));

let serial = 0;
function file(octets: Uint8Array): string {
  const path = join(folder, `${serial++}.mmdb`);
  writeFileSync(path, octets);
  return path;
}

const openOf = (database: TestMmdb) => openMmdb(file(mmdbOf(database)));
const at = (text: string) => parseAddress(text.includes(":") ? `[${text}]:1` : `${text}:1`);

const GEOLITE_CITY = {
  city: { geoname_id: 2_950_159, names: { en: "Berlin" } },
  continent: { code: "EU" },
  country: { geoname_id: 2_921_044, iso_code: "DE", names: { en: "Germany" } },
  location: { accuracy_radius: 20, latitude: 52.52, longitude: 13.405, time_zone: "Europe/Berlin" },
  registered_country: { iso_code: "US" },
};
const FLAT_CITY = {
  city: "Falkenstein",
  country_code: "DE",
  latitude: 50.4754,
  longitude: 12.3683,
  postcode: "",
  state1: "Saxony",
  state2: "",
  timezone: "",
};

describe("a database in MaxMind's format", () => {
  it.each<[string, TestMmdb["networks"][string], Location]>([
    ["GeoLite2-City and DB-IP's own", GEOLITE_CITY, { country: "DE", coordinates: "+52.5+013.4" }],
    ["GeoLite2-Country", { country: { iso_code: "FR" }, registered_country: { iso_code: "US" } }, { country: "FR" }],
    ["GeoLite2-ASN", { autonomous_system_number: 15_169, autonomous_system_organization: "Google LLC" }, { asn: 15_169 }],
    ["flat cities", FLAT_CITY, { country: "DE", coordinates: "+50.5+012.4" }],
    ["south and west", { country_code: "BR", latitude: -22.9, longitude: -43.2 }, { country: "BR", coordinates: "-22.9-043.2" }],
    ["whole degrees", { country_code: "BR", latitude: 5, longitude: 0 }, { country: "BR", coordinates: "+05.0+000.0" }],
    ["registered, but nowhere", { registered_country: { iso_code: "US" } }, {}],
    ["a country by name", { country: "Germany", asn: "AS15169" }, {}],
    ["codes that stand for no country", { country_code: "ZZ", latitude: 1, longitude: 2 }, { coordinates: "+01.0+002.0" }],
    ["no coordinates on earth", { country_code: "DE", latitude: 99, longitude: 0 }, { country: "DE" }],
    ["half of the coordinates", { country_code: "DE", latitude: 50.5 }, { country: "DE" }],
    ["a private AS", { autonomous_system_number: 65_000 }, {}],
    ["text", "DE", {}],
  ])("is read in the layout of %s", async (_, record, expected) => {
    const database = await openOf({ networks: { "8.8.8.0/24": record } });
    expect(database.find(at("8.8.8.8"))).toEqual(expected);
    expect(database.find(at("8.8.9.8"))).toEqual({});
  });

  it.each([24, 28, 32] as const)("finds networks of any length with records of %d bits", async (recordSize) => {
    const countries = ["DE", "FR", "NL", "US", "SE"];
    const prefixes = ["1.0.0.0/8", "2.3.0.0/17", "3.3.3.3/32", "2a00::/12", "2001:4860:4860::8888/128"];
    const networks = Object.fromEntries(prefixes.map((prefix, i) => [prefix, { country_code: countries[i]! }]));
    const database = await openOf({ recordSize, networks });
    const inside = ["1.255.255.255", "2.3.127.255", "3.3.3.3", "2a0f::1", "2001:4860:4860::8888"];
    expect(inside.map((host) => database.find(at(host)).country)).toEqual(countries);
    const outside = ["0.255.255.255", "2.0.0.0", "2.3.128.0", "3.3.3.2", "2a10::1", "2001:4860:4860::8889"];
    expect(outside.map((host) => database.find(at(host)))).toEqual(outside.map(() => ({})));
  });

  it("says what it is, and of IPv4 alone too", async () => {
    const database = await openOf({ ipVersion: 4, type: "city ipv4", built: 1_780_666_922, networks: { "8.0.0.0/8": FLAT_CITY } });
    expect(database).toMatchObject({ type: "city ipv4", built: new Date(1_780_666_922_000), ipVersion: 4 });
    expect(database.find(at("8.8.8.8")).country).toBe("DE");
  });
});

describe("a damaged database", () => {
  const whole = mmdbOf({ networks: { "8.8.8.0/24": FLAT_CITY } });

  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /is not a database/],
    ["another file", Buffer.from("<!doctype html>"), /is not a database/],
    ["large and another file", Buffer.alloc(1_000_000), /is not a database/],
    ["only the marker", Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), /metadata is damaged/],
    ["cut at its beginning", whole.subarray(400), /is cut short/],
    ["cut at its end", whole.subarray(0, -20), /metadata is damaged/],
  ])("is named: %s", async (_, octets, message) => {
    const path = file(octets);
    await expect(openMmdb(path)).rejects.toThrow(GeographyError);
    await expect(openMmdb(path)).rejects.toThrow(message);
  });

  it("is named where the file is not there, or a folder", async () => {
    await expect(openMmdb(join(folder, "none.mmdb"))).rejects.toThrow(/none\.mmdb: cannot be read/);
    await expect(openMmdb(folder)).rejects.toThrow(GeographyError);
  });

  it("is named where its data turns out to be wrong", async () => {
    const broken = Buffer.from(whole);
    broken.fill(0xff, broken.indexOf("country_code") - 8, broken.indexOf("country_code") + 4);
    const database = await openMmdb(file(broken));
    expect(() => database.find(at("8.8.8.8"))).toThrow(/the database is damaged/);
  });

  it("never ends in anything but a location or a named error", async () => {
    const spots = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(spots, fc.nat(whole.length), async (spoils, cut) => {
        const octets = Buffer.from(whole);
        for (const [spot, octet] of spoils) octets[spot] = octet;
        try {
          const database = await openMmdb(file(cut % 4 === 0 ? octets.subarray(cut) : octets));
          expect(typeof database.find(at("8.8.8.8"))).toBe("object");
        } catch (error) {
          expect(error).toBeInstanceOf(GeographyError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
