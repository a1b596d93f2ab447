import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { GeographyError, openGeography, type Pair } from "./geography.ts";
import { mmdbOf, type TestMmdb } from "./test-mmdb.ts";

const folder = mkdtempSync(join(tmpdir(), "seedcast-geo-"));
afterAll(() => rmSync(folder, { recursive: true }));

let serial = 0;
function file(content: string | Uint8Array): string {
  const path = join(folder, String(serial++));
  writeFileSync(path, content);
  return path;
}

const mmdb = (networks: TestMmdb["networks"], ipVersion: 4 | 6 = 6): string => file(mmdbOf({ networks, ipVersion }));

const ASN: Pair = {
  ipv4: file("8.0.0.0,8.255.255.255,3356,Level 3\n9.0.0.0,9.0.0.255,65000,private\n"),
  ipv6: file("2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,12322,Free\n"),
};
const US = { country_code: "US", latitude: 37.4, longitude: -122.1 };
const FR = { country_code: "FR", latitude: 48.9, longitude: 2.4 };
const CITY: Pair = { ipv4: mmdb({ "8.0.0.0/8": US }, 4), ipv6: mmdb({ "2a00::/16": FR }) };

describe("a geography", () => {
  it("joins AS, country and coordinates, for both families", async () => {
    const { locate, databases } = await openGeography({ asn: ASN, city: CITY });
    expect(locate(parseAddress("8.8.8.8:8333"))).toEqual({ asn: 3_356, country: "US", coordinates: "+37.4-122.1" });
    expect(locate(parseAddress("[2a00::1]:8333"))).toEqual({ asn: 12_322, country: "FR", coordinates: "+48.9+002.4" });
    expect(locate(parseAddress("9.0.0.1:8333"))).toEqual({}); // a private AS says nothing
    expect(databases.map(({ type }) => type)).toEqual(["Test-City", "Test-City"]);
  });

  it("knows nothing of overlays, of hosts that are not public, and without tables", async () => {
    const everywhere = mmdb({ "0.0.0.0/1": US, "128.0.0.0/1": US, "8000::/1": FR });
    const all = { ipv4: file("0.0.0.0,255.255.255.255,7,x\n"), ipv6: file("::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,7,x\n") };
    const { locate } = await openGeography({ asn: all, mmdb: [everywhere] });
    expect(locate(parseAddress("1.1.1.1:1")).asn).toBe(7);
    const hosts = [
      "127.0.0.1",
      "10.0.0.1",
      "192.168.1.1",
      "[::1]",
      "[fc00::1]",
      "[fe80::1]",
      `${"a".repeat(56)}.onion`,
      `${"a".repeat(52)}.b32.i2p`,
    ];
    for (const host of hosts) expect(locate(parseAddress(`${host}:1`)), host).toEqual({});
    expect((await openGeography({})).locate(parseAddress("8.8.8.8:1"))).toEqual({});
  });

  it("prefers the databases named first, and fills in from the others", async () => {
    const google = mmdb({ "8.8.8.0/24": { autonomous_system_number: 15_169 } });
    const country = mmdb({ "8.8.8.0/24": { country: { iso_code: "US" } }, "8.8.4.0/24": { country: { iso_code: "CA" } } });
    const { locate } = await openGeography({ asn: ASN, city: CITY, mmdb: [country, google] });
    expect(locate(parseAddress("8.8.8.8:1"))).toEqual({ asn: 15_169, country: "US", coordinates: "+37.4-122.1" });
    expect(locate(parseAddress("8.8.4.4:1"))).toEqual({ asn: 3_356, country: "CA" }); // no coordinates in another country
    expect(locate(parseAddress("8.1.1.1:1"))).toEqual({ asn: 3_356, country: "US", coordinates: "+37.4-122.1" });
  });

  it("does not ask a database of IPv4 about IPv6", async () => {
    const { locate } = await openGeography({ mmdb: [mmdb({ "42.0.0.0/8": US }, 4)] });
    expect(locate(parseAddress("42.1.1.1:1")).country).toBe("US");
    expect(locate(parseAddress("[2a00::1]:1"))).toEqual({}); // begins with the octet 42
  });

  it("goes on without a database that turns out to be damaged, and says so once", async () => {
    const broken = mmdbOf({ networks: { "8.0.0.0/8": US } });
    broken.fill(0xff, broken.indexOf("country_code") - 4, broken.indexOf("country_code"));
    const faults: GeographyError[] = [];
    const { locate } = await openGeography({ asn: ASN, city: CITY, mmdb: [file(broken)], onFault: (error) => faults.push(error) });
    for (let i = 0; i < 3; i++)
      expect(locate(parseAddress("8.8.8.8:1"))).toEqual({ asn: 3_356, country: "US", coordinates: "+37.4-122.1" });
    expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining("the database is damaged")]);
  });

  it("does not open where a table is missing or damaged", async () => {
    await expect(openGeography({ mmdb: [join(folder, "none")] })).rejects.toThrow(GeographyError);
    await expect(openGeography({ asn: { ...ASN, ipv6: file("x\n") } })).rejects.toThrow(/line 1/);
  });
});
