/** A memory for what is dear to make and asked for again: bounded, and forgotten as a whole when it is full. */

/** The most entries of one memory. Strangers choose what is asked: a flood of made-up questions must not grow it. */
export const MAX_KEPT = 1_024;
/** The most octets of one memory, keys included: an isolate has 128 MB for everything. */
export const MAX_KEPT_OCTETS = 4 * 1_024 * 1_024;
/** What objects around octets take: 260 in the heap for a typed array and its buffer, the rest for the memory that the buffer points to. */
export const OBJECT_OCTETS = 400;

/**
 * Forgetting everything at once costs nothing while there is room, unlike keeping an order of use; what is asked for often is soon back.
 * `Value`s may grow after they were put: whoever makes them grow says so by `grow`.
 */
export class Kept<Value> {
  readonly #values = new Map<string, Value>();
  #octets = 0;

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Puts a value of about that many octets, in place of any other under that key. */
  put(key: string, value: Value, octets: number): void {
    if (this.#values.size >= MAX_KEPT) this.#forget();
    this.#values.set(key, value);
    this.grow(key.length + octets);
  }

  /** Counts octets that were added to a value, and the objects around them: a small answer's are most of it. */
  grow(octets: number): void {
    this.#octets += OBJECT_OCTETS + octets;
    if (this.#octets > MAX_KEPT_OCTETS) this.#forget();
  }

  #forget(): void {
    this.#values.clear();
    this.#octets = 0;
  }
}
