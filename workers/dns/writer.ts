/** Writing a message's octets, with names compressed (RFC 1035 §4.1.4). */
import { lowerOctet, type Name } from "./name.ts";

/** Room to write in: most messages fit, for larger ones there is more. */
const SCRATCH_OCTETS = 1232;
/** Shared by all messages, as they are written one after the other without a pause: only what is finished gets octets of its own. */
const SCRATCH = new Uint8Array(SCRATCH_OCTETS);
/** Offsets that a pointer can hold have 14 bits. */
const POINTER_REACH = 0x4000;

/** A name in the message. */
interface Written {
  readonly name: Name;
  /** Where it stands. */
  readonly start: number;
  /** How many of its octets stand there; the rest is a pointer. */
  readonly plain: number;
}

export class Writer {
  #octets = SCRATCH;
  #length = 0;
  readonly #names: Written[] = [];
  /** The last whole name and its place: a set's records share their owner, and need no search. */
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

  /** `count` octets of `source` from `start` on. One by one: for so few, `subarray` and `set` take longer. */
  octetsFrom(source: Uint8Array, start: number, count: number): void {
    this.#reserve(count);
    const octets = this.#octets;
    const length = this.#length;
    for (let i = 0; i < count; i++) octets[length + i] = source[start + i]!;
    this.#length = length + count;
  }

  /** Octets of this message once more. */
  again(start: number, count: number): void {
    this.#reserve(count);
    this.octetsFrom(this.#octets, start, count);
  }

  /** ASCII text. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i) & 0x7f);
  }

  zeros(count: number): void {
    this.#reserve(count);
    this.#octets.fill(0, this.#length, this.#length + count);
    this.#length += count;
  }

  /** A name, as a pointer as far as it or its end stands earlier in the message. Pointed-to names keep the case they have there. */
  name(name: Name): void {
    if (name === this.#last) return this.u16(0xc000 | this.#lastAt);
    const start = this.#length;
    for (let at = 0; name[at] !== 0; at += name[at]! + 1) {
      const place = this.#placeOf(name, at);
      if (place < 0) continue;
      this.#names.push({ name, start, plain: at });
      this.octets(name.subarray(0, at));
      return this.u16(0xc000 | place);
    }
    this.#names.push({ name, start, plain: name.length });
    this.octets(name);
    if (start < POINTER_REACH && name.length > 1) [this.#last, this.#lastAt] = [name, start];
  }

  /** Where the end of `name` from `at` on already stands in the message, within a pointer's reach; -1 for nowhere. */
  #placeOf(name: Name, at: number): number {
    for (const { name: other, start, plain } of this.#names) {
      const from = other.length - (name.length - at);
      if (from >= 0 && from < plain && start + from < POINTER_REACH && endsAlike(name, at, other, from)) return start + from;
    }
    return -1;
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
    return this.#octets.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#octets.length, this.#length + count));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}

/** Whether two names of which equally many octets are left have the same labels there, whatever their case. */
function endsAlike(name: Name, at: number, other: Name, from: number): boolean {
  for (let i = 0; at + i < name.length; i++) if (lowerOctet(name[at + i]!) !== lowerOctet(other[from + i]!)) return false;
  let label = 0;
  while (label < from) label += other[label]! + 1;
  return label === from; // and not octets inside a label that look like labels
}
