import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";
import { WireError } from "./wire-error.ts";
import { Writer } from "./writer.ts";

const NUMBERS = [
  ["u8", 1, 0n, 0xffn],
  ["u16le", 2, 0n, 0xffffn],
  ["u16be", 2, 0n, 0xffffn],
  ["u32le", 4, 0n, 0xffff_ffffn],
  ["u32be", 4, 0n, 0xffff_ffffn],
  ["i32le", 4, -(2n ** 31n), 2n ** 31n - 1n],
] as const;
const BIG_NUMBERS = [
  ["u64le", 0n, 2n ** 64n - 1n],
  ["u64be", 0n, 2n ** 64n - 1n],
  ["i64le", -(2n ** 63n), 2n ** 63n - 1n],
] as const;

describe("Writer", () => {
  it.each(NUMBERS)("writes %s as the reader reads it", (method, octets, least, most) => {
    fc.assert(
      fc.property(fc.bigInt({ min: least, max: most }), fc.integer({ min: 0, max: 300 }), (big, before) => {
        const value = Number(big);
        const bytes = new Writer().bytes(new Uint8Array(before))[method](value, "x").finish();
        expect(bytes.length).toBe(before + octets);
        expect(new Reader(bytes.subarray(before))[method]("x")).toBe(value);
      }),
    );
  });

  it.each(BIG_NUMBERS)("writes %s as the reader reads it", (method, least, most) => {
    fc.assert(
      fc.property(fc.bigInt({ min: least, max: most }), (value) => {
        expect(new Reader(new Writer()[method](value, "x").finish())[method]("x")).toBe(value);
      }),
    );
  });

  it("refuses what a field cannot hold, and names the field", () => {
    for (const [method, , least, most] of NUMBERS) {
      for (const value of [Number(least) - 1, Number(most) + 1, 0.5, Number.NaN]) {
        expect(() => new Writer()[method](value, "port")).toThrow(WireError);
        expect(() => new Writer()[method](value, "port")).toThrow(/^port: /);
      }
    }
    for (const [method, least, most] of BIG_NUMBERS) {
      for (const value of [least - 1n, most + 1n]) expect(() => new Writer()[method](value, "port")).toThrow(WireError);
    }
  });

  it("keeps what was written when a later value is refused", () => {
    const writer = new Writer().u8(1, "x");
    expect(() => writer.u8(256, "x")).toThrow(WireError);
    expect(writer.finish()).toEqual(Uint8Array.of(1));
  });
});
