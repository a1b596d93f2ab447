/** CompactSize, the envelope families' variable-length integer (Bitcoin Core src/serialize.h): 1, 3, 5 or 9 octets, shortest form only. */
import type { Reader } from "../reader.ts";
import { WireError, type WireFailure } from "../wire-error.ts";
import type { Writer } from "../writer.ts";

/** Reads any 64-bit value. Throws `WireError` where it is cut off or not in its shortest form. */
export function readCompactSize64(reader: Reader, field: string): bigint {
  const first = reader.u8(field);
  if (first < 0xfd) return BigInt(first);
  const [value, least] =
    first === 0xfd
      ? [BigInt(reader.u16le(field)), 0xfdn]
      : first === 0xfe
        ? [BigInt(reader.u32le(field)), 0x1_0000n]
        : [reader.u64le(field), 0x1_0000_0000n];
  if (value < least) throw new WireError(field, "is not in its shortest form");
  return value;
}

/** Reads a count or length of at most `most`. More is a `WireError` with the given failure. */
export function readCompactSize(reader: Reader, most: number, field: string, failure: WireFailure = "malformed"): number {
  const value = readCompactSize64(reader, field);
  if (value > BigInt(most)) throw new WireError(field, `at most ${most} is allowed`, failure);
  return Number(value);
}

/** Writes a value in its shortest form. Throws `WireError` outside 0 to 2^64 - 1. */
export function writeCompactSize(writer: Writer, value: number | bigint, field: string): void {
  const big = typeof value === "bigint" ? value : toBigInt(value, field);
  if (big < 0n) throw new WireError(field, "is negative");
  if (big < 0xfdn) writer.u8(Number(big), field);
  else if (big <= 0xffffn) writer.u8(0xfd, field).u16le(Number(big), field);
  else if (big <= 0xffff_ffffn) writer.u8(0xfe, field).u32le(Number(big), field);
  else writer.u8(0xff, field).u64le(big, field);
}

function toBigInt(value: number, field: string): bigint {
  if (!Number.isSafeInteger(value)) throw new WireError(field, "is not an integer");
  return BigInt(value);
}
