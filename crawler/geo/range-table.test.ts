import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIpv4, parseIpv6 } from "../../schema/ip.ts";
import { keyOf, RangeOrderError, RangeTable, type KeyWords } from "./range-table.ts";

const v4 = (text: string) => keyOf(parseIpv4(text));
const v6 = (text: string) => keyOf(parseIpv6(text));

const number = (k: readonly number[]): bigint => k.reduce((sum, each) => (sum << 32n) | BigInt(each), 0n);
const order = (a: readonly number[], b: readonly number[]): number => (number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0);

describe("a table of ranges", () => {
  it("knows every address of its ranges and none beside them", () => {
    const table = new RangeTable(1);
    table.add(v4("0.0.0.0"), v4("0.0.0.0"), 1);
    table.add(v4("8.8.8.0"), v4("8.8.8.255"), 15_169);
    table.add(v4("8.8.9.0"), v4("8.8.9.0"), 2);
    table.add(v4("128.0.0.0"), v4("255.255.255.255"), 0xffff_ffff);
    const cases = { "0.0.0.0": 1, "0.0.0.1": undefined, "8.8.7.255": undefined, "8.8.8.0": 15_169, "8.8.8.255": 15_169 };
    const more = {
      "8.8.9.0": 2,
      "8.8.9.1": undefined,
      "127.255.255.255": undefined,
      "128.0.0.0": 0xffff_ffff,
      "255.255.255.255": 0xffff_ffff,
    };
    for (const [address, value] of Object.entries({ ...cases, ...more })) expect(table.find(v4(address)), address).toBe(value);
  });

  it("compares all words of an IPv6 address", () => {
    const table = new RangeTable(4);
    table.add(v6("2001:db8::"), v6("2001:db8::ffff"), 1);
    table.add(v6("2001:db8::1:0"), v6("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), 2);
    table.add(v6("fe80::"), v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 3);
    const cases = { "2001:db8::ffff": 1, "2001:db8::1:0": 2, "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff": undefined, "2001:db9::": undefined };
    for (const [address, value] of Object.entries({ ...cases, "::": undefined, "ffff::": 3 }))
      expect(table.find(v6(address)), address).toBe(value);
  });

  it("is empty at first", () => {
    expect(new RangeTable(1).find([5])).toBeUndefined();
    expect(new RangeTable(4).size).toBe(0);
  });

  it("refuses ranges that end before they begin or come out of order, and stays as it was", () => {
    const table = new RangeTable(1);
    table.add([10], [20], 1);
    expect(() => table.add([30], [29], 2)).toThrow(RangeOrderError);
    expect(() => table.add([10], [40], 2)).toThrow(RangeOrderError);
    expect(() => table.add([9], [40], 2)).toThrow(RangeOrderError);
    expect([table.size, table.find([29]), table.find([9])]).toEqual([1, undefined, undefined]);
  });

  it("gives back unused room without losing a range", () => {
    const table = new RangeTable(1);
    for (let i = 0; i < 10_000; i++) table.add([2 * i], [2 * i], i);
    table.trim();
    expect(table.byteLength).toBe(10_000 * 12);
    expect([table.find([0]), table.find([19_998]), table.find([19_999])]).toEqual([0, 9_999, undefined]);
    table.add([50_000], [50_000], 7);
    expect(table.find([50_000])).toBe(7);
  });

  it.each<KeyWords>([1, 4])("of %d words agrees with looking through all ranges, overlapping or not", (words) => {
    // Few distinct words, so that edges meet and overlaps are common.
    const word = fc.constantFrom(0, 1, 2, 3, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff);
    const key = fc.array(word, { minLength: words, maxLength: words });
    const range = fc.tuple(key, key).map((pair) => pair.sort(order));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), fc.array(key, { minLength: 1, maxLength: 20 }), (found, questions) => {
        const ranges = [...new Map(found.map((each) => [number(each[0]), each])).values()].sort(([a], [b]) => order(a, b));
        const table = new RangeTable(words);
        for (const [i, [first, last]] of ranges.entries()) table.add(first, last, i + 1);
        for (const question of questions) {
          const candidate = ranges.findLastIndex(([first]) => order(first, question) <= 0);
          const last = ranges[candidate]?.[1];
          expect(table.find(question)).toBe(last !== undefined && order(question, last) <= 0 ? candidate + 1 : undefined);
        }
      }),
    );
  });
});
