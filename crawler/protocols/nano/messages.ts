/** Cuts a stream of octets into messages, and skips those that a crawler has no use for. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { WireError } from "../wire-error.ts";
import { decodeHeader, HEADER_LENGTH, NANO_TYPE, NETWORK_ID_LENGTH, payloadLength, type Header } from "./header.ts";
import { NANO_LIMITS } from "./limits.ts";

/** One complete message of a type that is read. The payload is the receiver's to keep. */
export interface Message {
  readonly header: Header;
  readonly payload: Uint8Array;
}

/** How much one connection may send; see `NANO_LIMITS`. */
export interface MessageLimits {
  readonly messages: number;
  readonly skippedOctets: number;
}

/** The types that are read; all others are skipped without being kept. The largest of them is a telemetry of 1,023 octets. */
const READ_TYPES: ReadonlySet<number> = new Set([NANO_TYPE.handshake, NANO_TYPE.keepalive, NANO_TYPE.telemetryAck]);

/** Costs time linear in the octets, however they are chunked, and holds at most one payload that is read. */
export class MessageReader {
  readonly #networkId: Uint8Array;
  readonly #limits: MessageLimits;
  readonly #head = new Uint8Array(HEADER_LENGTH);
  #headFill = 0;
  #header: Header | undefined;
  /** Undefined while a message is skipped. */
  #payload: Uint8Array | undefined;
  #length = 0;
  #received = 0;
  #messages = 0;
  #skipped = 0;
  #error: WireError | undefined;

  constructor(networkIdHex: string, limits: MessageLimits = NANO_LIMITS) {
    this.#networkId = hexToBytes(networkIdHex);
    this.#limits = limits;
  }

  /** Octets of payload buffer held now. */
  get buffered(): number {
    return this.#payload?.length ?? 0;
  }

  /**
   * Takes the next octets and yields the messages that they complete, in order. Throws `WireError` at the point of the fault: `wrong-network` for another
   * network id, `malformed` for a type without a known size, `flooding` beyond a limit. After that every call throws the same error.
   */
  *push(bytes: Uint8Array): Generator<Message, void, undefined> {
    if (this.#error !== undefined) throw this.#error;
    let at = 0;
    while (at < bytes.length) {
      const rest = bytes.subarray(at);
      at += this.#header === undefined ? this.#takeHead(rest) : this.#takePayload(rest);
      if (this.#header === undefined || this.#received < this.#length) continue;
      const [header, payload] = [this.#header, this.#payload];
      this.#header = undefined;
      this.#payload = undefined;
      this.#headFill = 0;
      if (payload !== undefined) yield { header, payload };
    }
  }

  #takeHead(bytes: Uint8Array): number {
    const part = bytes.subarray(0, HEADER_LENGTH - this.#headFill);
    this.#head.set(part, this.#headFill);
    this.#headFill += part.length;
    for (let i = 0; i < Math.min(this.#headFill, NETWORK_ID_LENGTH); i++) {
      if (this.#head[i] !== this.#networkId[i]) this.#fail(new WireError("network id", "is another network's", "wrong-network"));
    }
    if (this.#headFill === HEADER_LENGTH) this.#start(decodeHeader(this.#head.subarray(NETWORK_ID_LENGTH)));
    return part.length;
  }

  #start(header: Header): void {
    if (++this.#messages > this.#limits.messages) this.#fail(new WireError("messages", "too many", "flooding"));
    this.#length = this.#lengthOf(header);
    this.#received = 0;
    this.#header = header;
    if (READ_TYPES.has(header.type)) {
      this.#payload = new Uint8Array(this.#length);
      return;
    }
    this.#skipped += this.#length;
    if (this.#skipped > this.#limits.skippedOctets) this.#fail(new WireError("payload", "too many octets of no use", "flooding"));
  }

  #lengthOf(header: Header): number {
    try {
      return payloadLength(header);
    } catch (error) {
      if (error instanceof WireError) this.#fail(error);
      throw error;
    }
  }

  #takePayload(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#length - this.#received);
    this.#payload?.set(part, this.#received);
    this.#received += part.length;
    return part.length;
  }

  #fail(error: WireError): never {
    this.#error = error;
    this.#payload = undefined;
    throw error;
  }
}
