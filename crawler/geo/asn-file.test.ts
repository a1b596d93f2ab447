import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseIpv4, parseIpv6 } from "../../schema/ip.ts";
import { MAX_LINE, MAX_RANGES, readAsnFile } from "./asn-file.ts";
import { GeographyError } from "./geography-error.ts";
import { keyOf, RangeTable } from "./range-table.ts";

const folder = mkdtempSync(join(tmpdir(), "seedcast-asn-"));
afterAll(() => rmSync(folder, { recursive: true }));

let serial = 0;
function file(text: string | Uint8Array): string {
  const path = join(folder, `${serial++}.csv`);
  writeFileSync(path, text);
  return path;
}

const v4 = (text: string) => keyOf(parseIpv4(text));
const v6 = (text: string) => keyOf(parseIpv6(text));

describe("a table of autonomous systems", () => {
  it("is read from decimal numbers, whatever the names hold", async () => {
    const names = ['"Cloudflare, Inc."', '"LLC ""SPUTNIK"""', "Réseau Ivoirien", "", "Carriage\r"];
    const text = names.map((name, i) => `${16_777_216 + i * 256},${16_777_216 + i * 256 + 254},${i + 1},${name}\n`).join("");
    const table = await readAsnFile(file(text), 4);
    expect(table.size).toBe(5);
    expect(["1.0.0.0", "1.0.0.254", "1.0.0.255", "1.0.4.7"].map((each) => table.find(v4(each)))).toEqual([1, 1, undefined, 5]);
  });

  it("is read from dotted text", async () => {
    const table = await readAsnFile(file("8.8.8.0,8.8.8.255,15169,Google LLC\n255.255.255.0,255.255.255.255,7,x\n"), 4);
    expect([table.find(v4("8.8.8.8")), table.find(v4("255.255.255.255"))]).toEqual([15_169, 7]);
  });

  it("is read from IPv6 text", async () => {
    const text =
      "2001:200::,2001:200:1b9:ffff:ffff:ffff:ffff:ffff,2500,WIDE Project\n2001:4860::,2001:4860:ffff:ffff:ffff:ffff:ffff:ffff,15169,Google\n";
    const table = await readAsnFile(file(text), 6);
    expect([table.find(v6("2001:200::1")), table.find(v6("2001:4860:4860::8888")), table.find(v6("2001:201::"))]).toEqual([
      2_500,
      15_169,
      undefined,
    ]);
  });

  it("takes ranges that overlap, as the real one does: what begins last wins", async () => {
    const table = await readAsnFile(file("3596550144,3607166975,749,DoD\n3607101440,3607167999,721,DoD\n"), 4);
    expect([3_607_101_439, 3_607_101_440, 3_607_167_999].map((key) => table.find([key]))).toEqual([749, 721, 721]);
  });

  it("has no operator for numbers that name nobody", async () => {
    const table = await readAsnFile(file("1,1,65002,private\n2,2,4294967294,private\n3,3,23456,AS_TRANS\n"), 4);
    expect([1, 2, 3].map((key) => table.find([key]))).toEqual([0, 0, 0]);
  });

  it("is the same however lines fall into chunks", async () => {
    const line = fc.nat(200).map((length) => "n".repeat(length));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 400, maxLength: 900 }), async (names) => {
        const table = await readAsnFile(file(names.map((name, i) => `${i},${i},${i + 1},${name}\n`).join("")), 4);
        expect(names.every((_, i) => table.find([i]) === i + 1)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a damaged table", () => {
  const good = "1,2,3,a\n";
  it.each([
    ["an empty file", "", 1, "is empty"],
    ["a header", "first,last,asn,name\n", 1, "expected"],
    ["a byte order mark", `\ufeff${good}`, 1, "expected"],
    ["an empty line", `${good}\n5,6,7,b\n`, 2, "expected"],
    ["a line without a name", `${good}5,6,7\n`, 2, "expected"],
    ["a file cut off in a number", `${good}5,6,7`, 2, "cut off"],
    ["a file cut off in a name", `${good}5,6,7,b`, 2, "cut off"],
    ["a name with a line end", `${good}5,6,7,"b\nc"\n8,9,1,d\n`, 3, "expected"],
    ["a quoted number", `${good}"5",6,7,b\n`, 2, "expected"],
    ["a negative number", "-1,2,3,a\n", 1, "expected"],
    ["an address of 33 bits", "1,4294967296,3,a\n", 1, "32 bits"],
    ["an address beyond every number", `1,${"9".repeat(45)},3,a\n`, 1, "32 bits"],
    ["an AS number of 33 bits", "1,2,4294967296,a\n", 1, "32 bits"],
    ["an address that is none", "1.2.3.256,1.2.4.0,3,a\n", 1, "IPv4"],
    ["a number in hex", "1a,2b,3,a\n", 1, "32 bits"],
    ["a range that ends before it begins", `${good}6,5,7,b\n`, 2, "ends before"],
    ["ranges out of order", `${good}${good}`, 2, "does not begin after"],
    ["another text", "<!doctype html>\n", 1, "expected"],
  ])("is named with its line: %s", async (_, text, line, reason) => {
    const path = file(text);
    await expect(readAsnFile(path, 4)).rejects.toThrow(GeographyError);
    await expect(readAsnFile(path, 4)).rejects.toThrow(new RegExp(`csv: line ${line}: .*${reason}`));
  });

  it("is named where an IPv6 address is none", async () => {
    await expect(readAsnFile(file("2001::,2001::1::,5,a\n"), 6)).rejects.toThrow(/line 1: IPv6/);
    await expect(readAsnFile(file("1,2,5,a\n"), 6)).rejects.toThrow(/line 1: IPv6/);
  });

  it("is named where the file is not there", async () => {
    await expect(readAsnFile(join(folder, "none.csv"), 4)).rejects.toThrow(/none\.csv: cannot be read/);
  });

  it("costs no memory where it has no line ends", async () => {
    await expect(readAsnFile(file("x".repeat(MAX_LINE + 1)), 4)).rejects.toThrow(/line 1: is longer than 4096/);
    await expect(readAsnFile(file(new Uint8Array(5_000_000)), 6)).rejects.toThrow(/line 1: is longer than 4096/);
  });

  it("costs no memory where it has too many ranges", async () => {
    expect(MAX_RANGES).toBe(4_000_000);
    await expect(readAsnFile(file("1,1,1,a\n2,2,2,b\n3,3,3,c\n"), 4, 2)).rejects.toThrow(/line 3: the file has more than 2/);
  });

  it("never ends in anything but a table or a named error", async () => {
    const text = fc.stringMatching(/^(?:[0-9a-f:.]{0,4},?){0,12}\n?$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(text, fc.string()), { maxLength: 6 }),
        fc.constantFrom(4 as const, 6 as const),
        async (parts, version) => {
          const outcome = await readAsnFile(file(parts.join("")), version).catch((error: unknown) => error);
          expect(outcome).toSatisfy((end) => end instanceof RangeTable || end instanceof GeographyError);
        },
      ),
    );
  });
});
