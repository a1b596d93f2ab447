/**
 * The eight octets before every message, and how many octets follow them (nano-node nano/node/messages.hpp, message_header::payload_length_bytes).
 * There is no length field: whoever does not know the size of every kind of message loses the thread.
 */
import { hexToBytes } from "@noble/hashes/utils.js";
import type { NetworkOf } from "../../../schema/network.ts";
import { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";

export type NanoWire = NetworkOf<"nano">["wire"];

export const HEADER_LENGTH = 8;
export const NETWORK_ID_LENGTH = 2;

/** What follows the network id. */
export interface Header {
  readonly versionMax: number;
  /** The protocol version that the sender speaks. */
  readonly versionUsing: number;
  readonly versionMin: number;
  readonly type: number;
  /** Flags and counts, by type. */
  readonly extensions: number;
}

/** Message types. */
export const NANO_TYPE = {
  keepalive: 0x02,
  publish: 0x03,
  confirmReq: 0x04,
  confirmAck: 0x05,
  bulkPull: 0x06,
  bulkPush: 0x07,
  frontierReq: 0x08,
  handshake: 0x0a,
  bulkPullAccount: 0x0b,
  telemetryReq: 0x0c,
  telemetryAck: 0x0d,
  ascPullReq: 0x0e,
  ascPullAck: 0x0f,
} as const;

/** Bits of the extensions of a handshake. */
export const HANDSHAKE_FLAG = { query: 0x1, response: 0x2, v2: 0x4 } as const;

/** Octets of the parts of a handshake, and of a keepalive. */
export const QUERY_LENGTH = 32;
export const RESPONSE_V1_LENGTH = 96;
export const RESPONSE_V2_LENGTH = 160;
export const KEEPALIVE_LENGTH = 144;

/** Octets of a block, by its type: send, receive, open, change, state. */
const BLOCK_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 152],
  [3, 136],
  [4, 168],
  [5, 136],
  [6, 216],
]);

/** Fixed sizes, or how the extensions tell them. */
const PAYLOAD_LENGTHS: ReadonlyMap<number, (extensions: number) => number> = new Map([
  [NANO_TYPE.keepalive, () => KEEPALIVE_LENGTH],
  [NANO_TYPE.publish, blockLength],
  [NANO_TYPE.confirmReq, (extensions) => 64 * itemCount(extensions)],
  [NANO_TYPE.confirmAck, (extensions) => 104 + 32 * itemCount(extensions)],
  [NANO_TYPE.bulkPull, (extensions) => ((extensions & 1) === 0 ? 64 : 72)],
  [NANO_TYPE.bulkPush, () => 0],
  [NANO_TYPE.frontierReq, () => 40],
  [NANO_TYPE.handshake, handshakeLength],
  [NANO_TYPE.bulkPullAccount, () => 49],
  [NANO_TYPE.telemetryReq, () => 0],
  [NANO_TYPE.telemetryAck, (extensions) => extensions & 0x3ff],
  [NANO_TYPE.ascPullReq, (extensions) => 9 + extensions],
  [NANO_TYPE.ascPullAck, (extensions) => 9 + extensions],
]);

/** How many octets follow the header. Throws `WireError` for a type, or a block of a type, that nobody knows the size of. */
export function payloadLength({ type, extensions }: Pick<Header, "type" | "extensions">): number {
  const length = PAYLOAD_LENGTHS.get(type);
  if (length === undefined) throw new WireError("type", "is unknown");
  return length(extensions);
}

function blockLength(extensions: number): number {
  const length = BLOCK_LENGTHS.get((extensions >> 8) & 0xf);
  if (length === undefined) throw new WireError("block type", "is unknown");
  return length;
}

/** How many hashes or votes there are: 4 bits, or 8 in two halves where the lowest bit says so. */
function itemCount(extensions: number): number {
  const high = (extensions >> 12) & 0xf;
  return (extensions & 1) === 0 ? high : (high << 4) | ((extensions >> 4) & 0xf);
}

/** A query is 32 octets whatever the V2 flag says: without a response it only announces that V2 is understood. */
function handshakeLength(extensions: number): number {
  const query = (extensions & HANDSHAKE_FLAG.query) === 0 ? 0 : QUERY_LENGTH;
  if ((extensions & HANDSHAKE_FLAG.response) === 0) return query;
  return query + ((extensions & HANDSHAKE_FLAG.v2) === 0 ? RESPONSE_V1_LENGTH : RESPONSE_V2_LENGTH);
}

/** Decodes a header after its network id, which the caller has compared already. Throws `WireError` where octets are missing. */
export function decodeHeader(octets: Uint8Array): Header {
  const reader = new Reader(octets);
  return {
    versionMax: reader.u8("version max"),
    versionUsing: reader.u8("version using"),
    versionMin: reader.u8("version min"),
    type: reader.u8("type"),
    extensions: reader.u16le("extensions"),
  };
}

/** A whole message: the network's id and versions, then type, extensions and payload. Throws `WireError` where these do not agree on the size. */
export function encodeMessage(wire: NanoWire, type: number, extensions: number, payload: Uint8Array): Uint8Array {
  const length = payloadLength({ type, extensions });
  if (payload.length !== length) throw new WireError("payload", `of ${payload.length} octets, ${length} are announced`);
  return new Writer()
    .bytes(hexToBytes(wire.networkId))
    .u8(wire.versionMax, "version max")
    .u8(wire.versionUsing, "version using")
    .u8(wire.versionMin, "version min")
    .u8(type, "type")
    .u16le(extensions, "extensions")
    .bytes(payload)
    .finish();
}
