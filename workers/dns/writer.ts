/** Writing a message's octets, with names compressed (RFC 1035 §4.1.4). */
import { lowerOctet, type Name } from "./name.ts";

/** Room to start with: most messages fit, larger ones grow. */
const INITIAL_OCTETS = 1232;
/** Offsets that a pointer can hold have 14 bits. */
const POINTER_REACH = 0x4000;

export class Writer {
  #octets = new Uint8Array(INITIAL_OCTETS);
  #length = 0;
  /** Where each suffix written so far stands, by its lower-case octets. */
  readonly #suffixes = new Map<string, number>();
  /** The last plain name and its place: a set's records share their owner, and need no search. */
  #last: Name | undefined;
  #lastAt = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#octets[this.#length++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#octets[this.#length++] = value >>> 8;
    this.#octets[this.#length++] = value;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  octets(data: Uint8Array): void {
    this.#reserve(data.length);
    this.#octets.set(data, this.#length);
    this.#length += data.length;
  }

  /** ASCII text. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i) & 0x7f);
  }

  zeros(count: number): void {
    this.#reserve(count);
    this.#length += count;
  }

  /** A name, as a pointer as far as it or its end stands earlier in the message. Pointed-to names keep the case they have there. */
  name(name: Name): void {
    if (name === this.#last) return this.u16(0xc000 | this.#lastAt);
    const start = this.#length;
    let at = 0;
    while (name[at] !== 0) {
      const suffix = suffixKey(name, at);
      const place = this.#suffixes.get(suffix);
      if (place !== undefined) {
        this.octets(name.subarray(0, at));
        return this.u16(0xc000 | place);
      }
      if (start + at < POINTER_REACH) this.#suffixes.set(suffix, start + at);
      at += name[at]! + 1;
    }
    this.octets(name);
    if (start < POINTER_REACH && name.length > 1) [this.#last, this.#lastAt] = [name, start];
  }

  /** Writes a two-octet length before what `write` writes. */
  counted(write: () => void): void {
    const start = this.#length;
    this.u16(0);
    write();
    const length = this.#length - start - 2;
    this.#octets[start] = length >>> 8;
    this.#octets[start + 1] = length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#octets.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#octets.length, this.#length + count));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}

function suffixKey(name: Name, from: number): string {
  let key = "";
  for (let i = from; i < name.length; i++) key += String.fromCharCode(lowerOctet(name[i]!));
  return key;
}
