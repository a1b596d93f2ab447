import { WireError } from "./wire-error.ts";

/**
 * A cursor over received octets. Every read names the field it reads and throws `WireError` where the octets end early;
 * nothing is read twice and nothing past the end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many octets are still unread. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(1, field));
  }

  u16le(field: string): number {
    return this.#view.getUint16(this.#take(2, field), true);
  }

  u16be(field: string): number {
    return this.#view.getUint16(this.#take(2, field));
  }

  u32le(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true);
  }

  u32be(field: string): number {
    return this.#view.getUint32(this.#take(4, field));
  }

  i32le(field: string): number {
    return this.#view.getInt32(this.#take(4, field), true);
  }

  u64le(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field), true);
  }

  u64be(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field));
  }

  i64le(field: string): bigint {
    return this.#view.getBigInt64(this.#take(8, field), true);
  }

  /** The next `length` octets, as a view of the received array: copy what must outlive it. */
  bytes(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return this.#bytes.subarray(start, start + length);
  }

  /** For formats that allow nothing after their last field. */
  end(field: string): void {
    if (this.remaining > 0) throw new WireError(field, `${this.remaining} octets too many`);
  }

  #take(length: number, field: string): number {
    if (!(length >= 0 && length <= this.remaining)) {
      throw new WireError(field, `needs ${length} octets, ${this.remaining} are left`);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
