/** The envelope of every message: one binary WebSocket frame holds exactly one (chia/protocols/outbound_message.py). */
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { CHIA_LIMITS } from "./limits.ts";
import { readBytes, readOptional, writeBytes, writeOptional } from "./streamable.ts";

/** The message types that we read or send (chia/protocols/protocol_message_types.py). */
export const MESSAGE_TYPES = {
  handshake: 1,
  newPeak: 20,
  requestPeers: 43,
  respondPeers: 44,
  newPeakWallet: 50,
  requestPeersIntroducer: 63,
  respondPeersIntroducer: 64,
  error: 255,
} as const;

export interface Message {
  /** 0 to 255. Types that we do not know are skipped by whoever reads. */
  readonly type: number;
  /** Ties a reply to its request: the dialling side numbers from 0, the accepting side from 32768. Absent where nobody waits for a reply. */
  readonly id?: number;
  /** The Streamable encoding of the type's own fields. */
  readonly data: Uint8Array;
}

/** Decodes one frame, all of it. The data is a view of `frame`. Throws `WireError`: `malformed`. */
export function decodeMessage(frame: Uint8Array): Message {
  const reader = new Reader(frame);
  const type = reader.u8("type");
  const id = readOptional(reader, "id", () => reader.u16be("id"));
  const data = readBytes(reader, CHIA_LIMITS.message, "data");
  reader.end("message");
  return id === undefined ? { type, data } : { type, id, data };
}

/** Encodes one frame. Throws `WireError` for a type or id out of range. */
export function encodeMessage({ type, id, data }: Message): Uint8Array {
  const writer = new Writer().u8(type, "type");
  writeOptional(writer, id, "id", (value) => writer.u16be(value, "id"));
  writeBytes(writer, data, "data");
  return writer.finish();
}
