/** DNS messages on a stream: each after its length in two octets (RFC 1035 §4.2.2). */

/** A message after its length, as one piece: two writes may become two segments, which RFC 7766 §8 warns of. */
export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + 2);
  framed[0] = message.length >> 8;
  framed[1] = message.length & 0xff;
  framed.set(message, 2);
  return framed;
}

/** Cuts a stream into messages, however it arrives. Holds at most one incomplete message, 65,537 octets. */
export class MessageReader {
  #held: Uint8Array = new Uint8Array(0);

  /** The messages that `bytes` completes. The rest is kept for the next call. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    // Without Node's `Buffer`, whose `slice` is no copy.
    let buffer = join(this.#held, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    this.#held = new Uint8Array(0);
    while (buffer.length >= 2) {
      const end = 2 + ((buffer[0]! << 8) | buffer[1]!);
      if (buffer.length < end) break;
      yield buffer.subarray(2, end);
      buffer = buffer.subarray(end);
    }
    this.#held = buffer.slice();
  }
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) return tail;
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
