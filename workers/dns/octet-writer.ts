/** Writing octets one after the other: what messages and JSON are made with. */

/** Room to write in: nearly all answers fit, for larger ones there is more. */
const SCRATCH_OCTETS = 4_096;
/** Shared by all answers, as they are written one after the other without a pause: only what is finished gets octets of its own. */
const SCRATCH = new Uint8Array(SCRATCH_OCTETS);

const [DOT, ZERO] = [0x2e, 0x30];

export class OctetWriter {
  #octets = SCRATCH;
  #length = 0;

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

  /** Octets that were written before, once more. */
  again(start: number, count: number): void {
    this.#reserve(count);
    this.octetsFrom(this.#octets, start, count);
  }

  /** ASCII text. */
  ascii(text: string): void {
    this.#reserve(text.length);
    putAscii(text, this.#octets, this.#length);
    this.#length += text.length;
  }

  /** Four octets, those from `at` on, as a dotted quad. */
  dotted(source: Uint8Array, at: number): void {
    this.#reserve(15);
    const octets = this.#octets;
    let length = this.#length;
    for (let i = at; i < at + 4; i++) {
      const octet = source[i]!;
      if (i > at) octets[length++] = DOT;
      if (octet >= 100) octets[length++] = ZERO + Math.trunc(octet / 100);
      if (octet >= 10) octets[length++] = ZERO + (Math.trunc(octet / 10) % 10);
      octets[length++] = ZERO + (octet % 10);
    }
    this.#length = length;
  }

  zeros(count: number): void {
    this.#reserve(count);
    this.#octets.fill(0, this.#length, this.#length + count);
    this.#length += count;
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

  /** All that was written, in a buffer of exactly that size. */
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

function putAscii(text: string, octets: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) octets[at + i] = text.charCodeAt(i) & 0x7f;
}

/** ASCII text that is to be written more than once. */
export function asciiOctets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  putAscii(text, octets, 0);
  return octets;
}
