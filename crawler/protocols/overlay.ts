/** Text names of overlay networks' addresses: Tor v3 (rend-spec-v3 §6 [ONIONADDRESS]) and I2P (BIP155). */
import { sha3_256 } from "@noble/hashes/sha3.js";
import { base32nopad } from "@scure/base";
import type { PeerAddress } from "../../schema/address.ts";
import { WireError } from "./wire-error.ts";

const ONION_VERSION = 3;
const ONION_SALT = Uint8Array.from(".onion checksum", (char) => char.charCodeAt(0));
const ONION_HOST = /^[a-z2-7]{56}\.onion$/;
const I2P_HOST = /^[a-z2-7]{52}\.b32\.i2p$/;

/** The `.onion` name of a Tor v3 service's 32-octet public key. */
export function onionHost(key: Uint8Array): string {
  const name = new Uint8Array(35);
  name.set(key);
  name.set(onionChecksum(key), 32);
  name[34] = ONION_VERSION;
  return `${base32nopad.encode(name).toLowerCase()}.onion`;
}

/** The 32-octet public key in a canonical `.onion` name. Throws `WireError` for a wrong form or checksum. */
export function onionKey(host: string): Uint8Array {
  if (!ONION_HOST.test(host)) throw new WireError("onion", "is not a v3 name");
  // 56 characters of base32 are exactly 35 octets, so the decoder has nothing to refuse.
  const name = base32nopad.decode(host.slice(0, 56).toUpperCase());
  const key = name.subarray(0, 32);
  const [first, second] = onionChecksum(key);
  if (name[32] !== first || name[33] !== second || name[34] !== ONION_VERSION)
    throw new WireError("onion", "has a wrong checksum or version");
  return key;
}

function onionChecksum(key: Uint8Array): Uint8Array {
  const input = new Uint8Array(ONION_SALT.length + 33);
  input.set(ONION_SALT);
  input.set(key, ONION_SALT.length);
  input[input.length - 1] = ONION_VERSION;
  return sha3_256(input).subarray(0, 2);
}

/** The `.b32.i2p` name of a 32-octet I2P destination hash. */
export function i2pHost(hash: Uint8Array): string {
  return `${base32nopad.encode(hash).toLowerCase()}.b32.i2p`;
}

/** The destination hash in a canonical `.b32.i2p` name. Throws `WireError` for any other text. */
export function i2pHash(host: string): Uint8Array {
  if (!I2P_HOST.test(host)) throw new WireError("i2p", "is not a b32.i2p name");
  const text = host.slice(0, 52);
  // 52 characters hold 260 bits, 32 octets 256: the last four bits must be zero.
  if (!"aq".includes(text[51] ?? "")) throw new WireError("i2p", "has stray bits at its end");
  return base32nopad.decode(text.toUpperCase());
}

/**
 * False for a name that stands for no key: a wrong checksum, or stray bits. The wire carries keys, so gossip cannot contain one; the text that a
 * person, a network's file or a registry gives can. Always true of IP addresses. An onion name takes some 20 µs.
 */
export function standsForKey({ family, host }: PeerAddress): boolean {
  try {
    if (family === "onion") onionKey(host);
    if (family === "i2p") i2pHash(host);
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}
