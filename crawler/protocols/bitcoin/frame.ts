/** The envelope as the Bitcoin family fills it: SHA-256 twice for a checksum, within the family's limits. */
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeFrame, FrameReader, type Checksum, type FrameLimits } from "../envelope/frame.ts";
import { BITCOIN_LIMITS } from "./limits.ts";

/** The checksum of Bitcoin and its descendants: SHA-256 twice. */
export const doubleSha256: Checksum = (payload) => sha256(sha256(payload)).subarray(0, 4);

/** A whole message with its header. `magicHex` is four octets in wire order. */
export function encodeMessage(magicHex: string, command: string, payload: Uint8Array, checksum: Checksum = doubleSha256): Uint8Array {
  return encodeFrame(magicHex, command, payload, checksum);
}

/** Cuts what a peer sends into messages. */
export function frameReader(magicHex: string, checksum: Checksum = doubleSha256, limits: FrameLimits = BITCOIN_LIMITS): FrameReader {
  return new FrameReader(magicHex, checksum, limits);
}
