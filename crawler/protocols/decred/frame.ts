/** The envelope as Decred fills it (dcrd wire/message.go): BLAKE-256 once for a checksum, and a wrong one ends the connection. */
import { blake256 } from "@noble/hashes/blake1.js";
import { encodeFrame, FrameReader, type Checksum, type FrameLimits } from "../envelope/frame.ts";
import { DECRED_LIMITS } from "./limits.ts";

const firstOctets = (payload: Uint8Array): Uint8Array => blake256(payload).subarray(0, 4);

/** Half of a handshake's messages are empty, and the hash is what takes longest of them. */
const EMPTY = firstOctets(new Uint8Array(0));

/** The first four octets of BLAKE-256 with 14 rounds, the SHA-3 finalist (not BLAKE2). */
export const blakeChecksum: Checksum = (payload) => (payload.length === 0 ? EMPTY : firstOctets(payload));

/** A whole message with its header. `magicHex` is four octets in wire order. Throws `WireError` for a command that the field cannot hold. */
export function encodeMessage(magicHex: string, command: string, payload: Uint8Array): Uint8Array {
  return encodeFrame(magicHex, command, payload, blakeChecksum);
}

/** Cuts what a peer sends into messages. */
export function frameReader(magicHex: string, limits: FrameLimits = DECRED_LIMITS): FrameReader {
  return new FrameReader(magicHex, blakeChecksum, limits);
}
