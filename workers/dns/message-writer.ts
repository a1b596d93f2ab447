/** Writing a message, with names compressed (RFC 1035 §4.1.4). */
import { lowerOctet, type Name } from "./name.ts";
import { OctetWriter } from "./octet-writer.ts";

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

export class MessageWriter extends OctetWriter {
  readonly #names: Written[] = [];
  /** The last whole name and its place: a set's records share their owner, and need no search. */
  #last: Name | undefined;
  #lastAt = 0;

  /** A name, as a pointer as far as it or its end stands earlier in the message. Pointed-to names keep the case they have there. */
  name(name: Name): void {
    if (name === this.#last) return this.u16(0xc000 | this.#lastAt);
    const start = this.length;
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
}

/** Whether two names of which equally many octets are left have the same labels there, whatever their case. */
function endsAlike(name: Name, at: number, other: Name, from: number): boolean {
  for (let i = 0; at + i < name.length; i++) if (lowerOctet(name[at + i]!) !== lowerOctet(other[from + i]!)) return false;
  let label = 0;
  while (label < from) label += other[label]! + 1;
  return label === from; // and not octets inside a label that look like labels
}
