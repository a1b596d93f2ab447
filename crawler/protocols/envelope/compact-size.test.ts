import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";
import { readCompactSize, readCompactSize64, writeCompactSize } from "./compact-size.ts";

const written = (value: number | bigint): Uint8Array => {
  const writer = new Writer();
  writeCompactSize(writer, value, "count");
  return writer.finish();
};
const read = (hex: string): bigint => readCompactSize64(new Reader(hexToBytes(hex)), "count");

describe("CompactSize", () => {
  it.each([
    [0n, "00"],
    [252n, "fc"],
    [253n, "fdfd00"],
    [0xffffn, "fdffff"],
    [0x1_0000n, "fe00000100"],
    [0xffff_ffffn, "feffffffff"],
    [0x1_0000_0000n, "ff0000000001000000"],
    [2n ** 64n - 1n, "ffffffffffffffffff"],
  ])("writes %s as %s", (value, hex) => {
    expect(bytesToHex(written(value))).toBe(hex);
    expect(read(hex)).toBe(value);
  });

  it.each(["fd0000", "fdfc00", "fe00000000", "feffff0000", "ff0000000000000000", "ffffffffff00000000"])(
    "refuses %s: not the shortest form",
    (hex) => {
      expect(() => read(hex)).toThrow("count: is not in its shortest form");
    },
  );

  it.each(["", "fd", "fdff", "fe", "feffffff", "ff", "ffffffffffffffff"])("refuses %s: cut off", (hex) => {
    expect(() => read(hex)).toThrow(WireError);
  });

  it("is its own inverse", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(read(bytesToHex(written(value)))).toBe(value);
      }),
    );
  });

  it("refuses more than is allowed, with the failure that the caller chose", () => {
    expect(() => readCompactSize(new Reader(written(1001)), 1000, "count", "flooding")).toThrow(
      expect.objectContaining({ failure: "flooding", field: "count" }),
    );
    expect(readCompactSize(new Reader(written(1001)), 1001, "count")).toBe(1001);
    expect(() => readCompactSize(new Reader(written(2n ** 64n - 1n)), Number.MAX_SAFE_INTEGER, "count")).toThrow(WireError);
  });

  it("does not write what it could not read", () => {
    for (const value of [-1, -1n, 0.5, Number.NaN, 2 ** 53, 2n ** 64n]) expect(() => written(value)).toThrow(WireError);
  });
});
