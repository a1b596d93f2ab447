/** DNS messages on a stream: each after its length in two octets (RFC 1035 §4.2.2). */

/** A message after its length, as one piece: two writes may become two segments, which RFC 7766 §8 warns of. */
export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + 2);
  framed[0] = message.length >> 8;
  framed[1] = message.length & 0xff;
  framed.set(message, 2);
  return framed;
}

/** The longest message with its length. */
const LONGEST = 65_537;
/** What is kept to write to while nothing is held. */
const IDLE = new Uint8Array(0);

/**
 * Cuts a stream into messages, however it arrives. Octets are copied a few times at most, in whatever pieces they come: a client that
 * sends them one by one must not make work that grows with their square.
 */
export class MessageReader {
  #buffer: Uint8Array = IDLE;
  #start = 0;
  #end = 0;

  /** Octets that are held: no whole message, or messages that were not asked for yet. */
  get held(): number {
    return this.#end - this.#start;
  }

  /** Takes what came. The message last given is no longer valid. */
  push(bytes: Uint8Array): void {
    const { held } = this;
    if (this.#end + bytes.length > this.#buffer.length) {
      const needed = held + bytes.length;
      const room =
        needed <= this.#buffer.length ? this.#buffer : new Uint8Array(Math.max(needed, Math.min(2 * this.#buffer.length, LONGEST)));
      room.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = room;
      this.#start = 0;
      this.#end = held;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The next whole message, valid until more is pushed; undefined where there is none. */
  next(): Uint8Array | undefined {
    const { held } = this;
    if (held === 0) {
      this.#buffer = IDLE;
      this.#start = this.#end = 0;
    }
    if (held < 2) return undefined;
    const length = (this.#buffer[this.#start]! << 8) | this.#buffer[this.#start + 1]!;
    if (held < 2 + length) return undefined;
    const message = this.#buffer.subarray(this.#start + 2, this.#start + 2 + length);
    this.#start += 2 + length;
    return message;
  }
}
