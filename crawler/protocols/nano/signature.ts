/**
 * Nano's signatures: Ed25519 (RFC 8032 §5.1) with unkeyed BLAKE2b-512 wherever it says SHA-512 (nano-node crypto/ed25519-donna). A node's signer mixes
 * chance into its nonces, so its signatures differ from ours of the same octets; who verifies cannot tell.
 */
import { eddsa } from "@noble/curves/abstract/edwards.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";

export const NODE_ID_LENGTH = 32;
export const SIGNATURE_LENGTH = 64;
export const SECRET_LENGTH = 32;

const nanoEd = eddsa(ed25519.Point, blake2b, { adjustScalarBytes: clamp, zip215: false });

/** RFC 8032 §5.1.5, step 2. */
function clamp(scalar: Uint8Array): Uint8Array {
  scalar[0]! &= 248;
  scalar[31]! &= 127;
  scalar[31]! |= 64;
  return scalar;
}

/** The 32-octet public key, which is the node's id, of a 32-octet secret. */
export const nodeIdOf = (secret: Uint8Array): Uint8Array => nanoEd.getPublicKey(secret);

/** The 64-octet signature of a message. Some 0.5 ms. */
export const sign = (message: Uint8Array, secret: Uint8Array): Uint8Array => nanoEd.sign(message, secret);

/**
 * Whether the signature is the node's. Some 1.5 ms. Never throws for fields of the right lengths. Refuses what nodes refuse, and the upper part of the signature
 * at or above the group's order too: that is more than the three bits (RS[63] & 0xE0) that nodes look at, and no signer makes it.
 */
export const verify = (signature: Uint8Array, message: Uint8Array, nodeId: Uint8Array): boolean =>
  nanoEd.verify(signature, message, nodeId);
