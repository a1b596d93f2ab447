import { WireError } from "./wire-error.ts";

const INITIAL_CAPACITY = 128;

/** Builds a message octet by octet. A value that its field cannot hold is a `WireError`, never silently cut. */
export class Writer {
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  u8(value: number, field: string): this {
    const checked = unsigned(value, 0xff, field);
    const at = this.#reserve(1);
    this.#view.setUint8(at, checked);
    return this;
  }

  u16le(value: number, field: string): this {
    const checked = unsigned(value, 0xffff, field);
    const at = this.#reserve(2);
    this.#view.setUint16(at, checked, true);
    return this;
  }

  u16be(value: number, field: string): this {
    const checked = unsigned(value, 0xffff, field);
    const at = this.#reserve(2);
    this.#view.setUint16(at, checked);
    return this;
  }

  u32le(value: number, field: string): this {
    const checked = unsigned(value, 0xffff_ffff, field);
    const at = this.#reserve(4);
    this.#view.setUint32(at, checked, true);
    return this;
  }

  u32be(value: number, field: string): this {
    const checked = unsigned(value, 0xffff_ffff, field);
    const at = this.#reserve(4);
    this.#view.setUint32(at, checked);
    return this;
  }

  i32le(value: number, field: string): this {
    if ((value | 0) !== value) throw new WireError(field, "is not a signed 32-bit integer");
    const at = this.#reserve(4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  u64le(value: bigint, field: string): this {
    const checked = unsigned64(value, field);
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, checked, true);
    return this;
  }

  u64be(value: bigint, field: string): this {
    const checked = unsigned64(value, field);
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, checked);
    return this;
  }

  i64le(value: bigint, field: string): this {
    if (BigInt.asIntN(64, value) !== value) throw new WireError(field, "is not a signed 64-bit integer");
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  bytes(value: Uint8Array): this {
    const start = this.#reserve(value.length);
    this.#bytes.set(value, start);
    return this;
  }

  /** A copy of what was written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Where the next octets go. May replace the view: call it before reading `#view`. */
  #reserve(octets: number): number {
    const start = this.#length;
    this.#length += octets;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
}

function unsigned(value: number, most: number, field: string): number {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new WireError(field, `is not an integer from 0 to ${most}`);
  return value;
}

function unsigned64(value: bigint, field: string): bigint {
  if (BigInt.asUintN(64, value) !== value) throw new WireError(field, "is not an unsigned 64-bit integer");
  return value;
}
