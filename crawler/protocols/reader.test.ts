import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";
import { WireError } from "./wire-error.ts";

const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0x88);

describe("Reader", () => {
  it("reads numbers in either order", () => {
    expect(new Reader(BYTES).u8("x")).toBe(1);
    expect(new Reader(BYTES).u16le("x")).toBe(0x0201);
    expect(new Reader(BYTES).u16be("x")).toBe(0x0102);
    expect(new Reader(BYTES).u32le("x")).toBe(0x04030201);
    expect(new Reader(BYTES).u32be("x")).toBe(0x01020304);
    expect(new Reader(BYTES).u64le("x")).toBe(0x8807060504030201n);
    expect(new Reader(BYTES).u64be("x")).toBe(0x0102030405060788n);
    expect(new Reader(BYTES).i64le("x")).toBe(0x8807060504030201n - 2n ** 64n);
    expect(new Reader(Uint8Array.of(0xfe, 0xff, 0xff, 0xff)).i32le("x")).toBe(-2);
  });

  it("reads inside a larger buffer only what it was given", () => {
    const reader = new Reader(BYTES.subarray(2, 4));
    expect(reader.u16be("x")).toBe(0x0304);
    expect(() => reader.u8("next")).toThrow(new WireError("next", "needs 1 octets, 0 are left"));
  });

  it("names the field that is cut off, and consumes nothing", () => {
    const reader = new Reader(BYTES);
    reader.bytes(6, "x");
    expect(() => reader.u32le("height")).toThrow(WireError);
    expect(() => reader.u32le("height")).toThrow("height: needs 4 octets, 2 are left");
    expect(reader.remaining).toBe(2);
  });

  it("refuses lengths that are none", () => {
    for (const length of [-1, Number.NaN, 9, Infinity]) expect(() => new Reader(BYTES).bytes(length, "x")).toThrow(WireError);
  });

  it("tells where octets are left over", () => {
    const reader = new Reader(BYTES);
    expect(() => reader.end("message")).toThrow("message: 8 octets too many");
    reader.bytes(8, "x");
    expect(() => reader.end("message")).not.toThrow();
  });
});
