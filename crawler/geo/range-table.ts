/**
 * Ranges of addresses with a number each, in typed arrays: half a million ranges are 9 MB, and a look-up is a binary search.
 * A key is an address as 32-bit words, one for IPv4 and four for IPv6, most significant first.
 */

/** An address as words; its length is that of the table's keys. */
export type Key = ArrayLike<number>;

/** Words in a key. */
export type KeyWords = 1 | 4;

/** A range that does not fit where it was added. */
export class RangeOrderError extends Error {
  override name = "RangeOrderError";
}

/** Ranges that a new table has room for. The room doubles when it is full. */
const FIRST_ROOM = 4_096;

/** The octets of an address (4 or 16) as a key. */
export function keyOf(octets: Uint8Array): Uint32Array {
  const key = new Uint32Array(octets.length / 4);
  for (let i = 0; i < octets.length; i++) key[i >> 2] = (key[i >> 2]! << 8) | octets[i]!;
  return key;
}

export class RangeTable {
  readonly #words: KeyWords;
  #firsts: Uint32Array;
  #lasts: Uint32Array;
  #values: Uint32Array;
  #size = 0;

  constructor(words: KeyWords) {
    this.#words = words;
    this.#firsts = new Uint32Array(FIRST_ROOM * words);
    this.#lasts = new Uint32Array(FIRST_ROOM * words);
    this.#values = new Uint32Array(FIRST_ROOM);
  }

  /** Ranges in the table. */
  get size(): number {
    return this.#size;
  }

  /** Octets that the table takes in memory. */
  get byteLength(): number {
    return this.#firsts.byteLength + this.#lasts.byteLength + this.#values.byteLength;
  }

  /**
   * Adds the range from `first` to `last`, both included. Ranges come in the order of their first addresses; they may overlap, as those of real
   * tables do. Throws `RangeOrderError`, and is then as it was.
   */
  add(first: Key, last: Key, value: number): void {
    const words = this.#words;
    if (compare(first, 0, last, 0, words) > 0) throw new RangeOrderError("a range ends before it begins");
    if (this.#size > 0 && compare(this.#firsts, (this.#size - 1) * words, first, 0, words) >= 0) {
      throw new RangeOrderError("a range does not begin after the one before");
    }
    if (this.#size === this.#values.length) this.#resize(2 * this.#size);
    this.#firsts.set(first, this.#size * words);
    this.#lasts.set(last, this.#size * words);
    this.#values[this.#size++] = value;
  }

  /** Gives back the room that is not used. */
  trim(): void {
    this.#resize(this.#size);
  }

  /** The number of the range that begins last at or before `key`, where `key` lies in it: of overlapping ranges the narrower beginning wins. */
  find(key: Key): number | undefined {
    const words = this.#words;
    let low = 0;
    let high = this.#size; // the range wanted is the one before the first that begins after `key`
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#firsts, middle * words, key, 0, words) <= 0) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    return at >= 0 && compare(this.#lasts, at * words, key, 0, words) >= 0 ? this.#values[at] : undefined;
  }

  #resize(room: number): void {
    this.#firsts = moved(this.#firsts, room * this.#words);
    this.#lasts = moved(this.#lasts, room * this.#words);
    this.#values = moved(this.#values, room);
  }
}

function moved(from: Uint32Array, room: number): Uint32Array {
  const to = new Uint32Array(room);
  to.set(from.subarray(0, room));
  return to;
}

/** Below, at or above 0 as the key at `i` of `a` is below, at or above that at `j` of `b`. */
function compare(a: Key, i: number, b: Key, j: number, words: number): number {
  for (let word = 0; word < words; word++) {
    const difference = a[i + word]! - b[j + word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
