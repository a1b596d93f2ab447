/**
 * The envelope of Bitcoin's v1 transport (Bitcoin Core src/protocol.h CMessageHeader) and of the protocols that took it over (dcrd wire/message.go):
 * magic, command, length, checksum, payload. The families differ in the checksum, and in what they bear with.
 */
import { hexToBytes } from "@noble/hashes/utils.js";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";

/** The first four octets of the family's hash of a payload. */
export type Checksum = (payload: Uint8Array) => Uint8Array;

/** One complete message with a right checksum. The payload is the receiver's to keep. */
export interface Message {
  readonly command: string;
  readonly payload: Uint8Array;
}

/** How much one connection may send, and what is borne with; every family states its own. */
export interface FrameLimits {
  /** Largest payload in octets of each known command. */
  readonly payload: Readonly<Record<string, number>>;
  /** Payload octets of all skipped messages. */
  readonly skippedOctets: number;
  /** Payload octets of all messages that are read. */
  readonly readOctets: number;
  /** Messages of any kind. */
  readonly messages: number;
  /** A wrong checksum is malformed, as for dcrd. Without this the message is dropped and counted, as in Core. */
  readonly strictChecksum?: boolean;
  /** An unknown command is malformed, as for dcrd. Without this the message is skipped unread, as in Core. */
  readonly strictCommand?: boolean;
}

const COMMAND_LENGTH = 12;
const HEADER_LENGTH = 24;
/** A payload's buffer starts small and doubles: a peer must send octets before it costs memory. */
const INITIAL_PAYLOAD_CAPACITY = 1_024;

/** A whole message with its header. `magicHex` is four octets in wire order. Throws `WireError` for a command that the field cannot hold. */
export function encodeFrame(magicHex: string, command: string, payload: Uint8Array, checksum: Checksum): Uint8Array {
  const name = Uint8Array.from(command, (char) => char.charCodeAt(0));
  if (name.length > COMMAND_LENGTH || !/^[ -~]*$/.test(command)) throw new WireError("command", "is not up to 12 ASCII characters");
  return new Writer()
    .bytes(hexToBytes(magicHex))
    .bytes(name)
    .bytes(new Uint8Array(COMMAND_LENGTH - name.length))
    .u32le(payload.length, "length")
    .bytes(checksum(payload))
    .bytes(payload)
    .finish();
}

/**
 * Cuts a stream of octets into messages. Costs time linear in the octets, however they are chunked, and holds at most one payload of
 * a known command.
 */
export class FrameReader {
  readonly #magic: Uint8Array;
  readonly #checksum: Checksum;
  readonly #limits: FrameLimits;
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerFill = 0;
  #command = "";
  /** Undefined while a message is skipped. */
  #payload: Uint8Array | undefined;
  #length = 0;
  #received = 0;
  #messages = 0;
  #read = 0;
  #skipped = 0;
  #dropped = 0;
  #error: WireError | undefined;

  constructor(magicHex: string, checksum: Checksum, limits: FrameLimits) {
    this.#magic = hexToBytes(magicHex);
    this.#checksum = checksum;
    this.#limits = limits;
  }

  /** Messages begun, those included that are dropped or skipped. */
  get messages(): number {
    return this.#messages;
  }

  /** Messages dropped for a wrong checksum. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Octets of payload buffer held now: at most the largest of the limits' payloads. */
  get buffered(): number {
    return this.#payload?.length ?? 0;
  }

  /**
   * Takes the next octets and yields the messages that they complete, in order. Throws `WireError` at the point of the fault: `wrong-network`
   * for another magic, `malformed` for a bad command or what the limits call strict, `flooding` beyond a limit. After that every call throws the same error.
   */
  *push(bytes: Uint8Array): Generator<Message, void, undefined> {
    if (this.#error !== undefined) throw this.#error;
    let at = 0;
    while (at < bytes.length) {
      const rest = bytes.subarray(at);
      at += this.#headerFill < HEADER_LENGTH ? this.#takeHeader(rest) : this.#takePayload(rest);
      if (this.#headerFill === HEADER_LENGTH && this.#received === this.#length) {
        const message = this.#finishMessage();
        if (message !== undefined) yield message;
      }
    }
  }

  #takeHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, HEADER_LENGTH - this.#headerFill);
    this.#header.set(part, this.#headerFill);
    this.#headerFill += part.length;
    for (let i = 0; i < Math.min(this.#headerFill, 4); i++) {
      if (this.#header[i] !== this.#magic[i]) this.#fail("magic", "is another network's", "wrong-network");
    }
    if (this.#headerFill === HEADER_LENGTH) this.#startPayload();
    return part.length;
  }

  #startPayload(): void {
    this.#command = this.#readCommand();
    this.#length = new DataView(this.#header.buffer).getUint32(16, true);
    this.#received = 0;
    if (++this.#messages > this.#limits.messages) this.#fail("messages", "too many", "flooding");
    const most = Object.hasOwn(this.#limits.payload, this.#command) ? this.#limits.payload[this.#command] : undefined;
    if (most === undefined) {
      if (this.#limits.strictCommand === true) this.#fail("command", "is unknown");
      this.#skipped += this.#length;
      if (this.#skipped > this.#limits.skippedOctets) this.#fail("length", "unknown messages are too large", "flooding");
      return;
    }
    this.#read += this.#length;
    if (this.#length > most) this.#fail("length", `payload of ${this.#length} octets, at most ${most} are allowed`, "flooding");
    if (this.#read > this.#limits.readOctets) this.#fail("length", "messages are too large in all", "flooding");
    this.#payload = new Uint8Array(Math.min(this.#length, INITIAL_PAYLOAD_CAPACITY));
  }

  #readCommand(): string {
    const field = this.#header.subarray(4, 4 + COMMAND_LENGTH);
    const zero = field.indexOf(0);
    const name = zero < 0 ? field : field.subarray(0, zero);
    const padded = field.subarray(name.length).every((octet) => octet === 0);
    const text = String.fromCharCode(...name);
    if (!padded || !/^[ -~]*$/.test(text)) this.#fail("command", "is not zero-padded ASCII", "malformed");
    return text;
  }

  #takePayload(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#length - this.#received);
    if (this.#payload !== undefined) {
      this.#reserve(this.#received + part.length);
      this.#payload.set(part, this.#received);
    }
    this.#received += part.length;
    return part.length;
  }

  #reserve(octets: number): void {
    const held = this.#payload;
    if (held === undefined || octets <= held.length) return;
    const grown = new Uint8Array(Math.min(this.#length, Math.max(octets, 2 * held.length)));
    grown.set(held);
    this.#payload = grown;
  }

  #finishMessage(): Message | undefined {
    const payload = this.#payload;
    this.#payload = undefined;
    this.#headerFill = 0;
    if (payload === undefined) return undefined;
    const stated = this.#header.subarray(20);
    if (this.#checksum(payload).every((octet, i) => octet === stated[i])) return { command: this.#command, payload };
    if (this.#limits.strictChecksum === true) this.#fail("checksum", "is wrong");
    this.#dropped++;
    return undefined;
  }

  #fail(...fault: ConstructorParameters<typeof WireError>): never {
    this.#error = new WireError(...fault);
    this.#payload = undefined;
    throw this.#error;
  }
}
