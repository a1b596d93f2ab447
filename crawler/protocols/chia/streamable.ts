/** Chia's Streamable encoding of composite fields (chia/util/streamable.py): big-endian, lengths and counts of 32 bits. */
import { utf8 } from "@scure/base";
import type { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";
import type { Writer } from "../writer.ts";

/** `bytes`: a length and so many octets, as a view. Throws `WireError` above `most` octets. */
export function readBytes(reader: Reader, most: number, field: string): Uint8Array {
  const length = reader.u32be(field);
  if (length > most) throw new WireError(field, `at most ${most} octets are allowed`);
  return reader.bytes(length, field);
}

export function writeBytes(writer: Writer, value: Uint8Array, field: string): void {
  writer.u32be(value.length, field).bytes(value);
}

/** `str`: UTF-8 behind its length in octets. Throws `WireError` above `most` octets, and for octets that are no UTF-8, as nodes do. */
export function readText(reader: Reader, most: number, field: string): string {
  const octets = readBytes(reader, most, field);
  try {
    return utf8.encode(octets);
  } catch {
    throw new WireError(field, "is not UTF-8");
  }
}

/** Throws `TypeError` for text with half of a surrogate pair. */
export function writeText(writer: Writer, value: string, field: string): void {
  writeBytes(writer, utf8.decode(value), field);
}

/** `List`: a count and so many items. Throws `WireError` (`flooding`) above `most` items, before any is read. */
export function readList<T>(reader: Reader, most: number, field: string, readItem: () => T): T[] {
  const count = reader.u32be(field);
  if (count > most) throw new WireError(field, `at most ${most} items are allowed`, "flooding");
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(readItem());
  return items;
}

/** `Optional`: 0, or 1 and the value; any other octet is a `WireError`. */
export function readOptional<T>(reader: Reader, field: string, readValue: () => T): T | undefined {
  const flag = reader.u8(field);
  if (flag > 1) throw new WireError(field, "is neither there nor not");
  return flag === 1 ? readValue() : undefined;
}

export function writeOptional<T>(writer: Writer, value: T | undefined, field: string, writeValue: (value: T) => void): void {
  writer.u8(value === undefined ? 0 : 1, field);
  if (value !== undefined) writeValue(value);
}
