/** The text form of a node's id, as node operators know it from logs and RPC answers (nano-node nano/lib/numbers.cpp, public_key::encode_account). */
import { base32nopad } from "@scure/base";
import { blake2b } from "@noble/hashes/blake2.js";
import { concatBytes } from "@noble/hashes/utils.js";

/** Octets of BLAKE2b over the key, written backwards. */
const CHECKSUM_LENGTH = 5;

/** Five bits a character: RFC 4648 §6, and Nano's own, without 0, 2, l and v, which are too like others. */
const RFC_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const NANO_ALPHABET = "13456789abcdefghijkmnopqrstuwxyz";

const base32 = (octets: Uint8Array): string =>
  base32nopad.encode(octets).replaceAll(/./g, (char) => NANO_ALPHABET.charAt(RFC_ALPHABET.indexOf(char)));

/** `node_` and 60 characters for a 32-octet public key: 52 for the key, which has four zero bits before it, and eight for the checksum. */
export function nodeIdText(nodeId: Uint8Array): string {
  // Three zero octets before the key make whole characters of it; the first four of them are zero and no part of the text.
  const key = base32(concatBytes(new Uint8Array(3), nodeId)).slice(4);
  return `node_${key}${base32(blake2b(nodeId, { dkLen: CHECKSUM_LENGTH }).toReversed())}`;
}
