/** Public keys as records: DNSKEY and CDNSKEY, and their digests as DS and CDS, which have the same data (RFC 7344 §3). */
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";
import { lowerOctet, type Name } from "../dns/name.ts";
import type { Rdata } from "../dns/records.ts";
import { ALGORITHM, type ZoneKey } from "./keys.ts";

/** TTL in seconds of DNSKEY, CDS and CDNSKEY. Rollovers wait for it. */
export const DNSKEY_TTL = 3_600;

const ZONE_KEY_FLAG = 0x0100;
/** Secure entry point: a key that a parent's DS may point to (RFC 4034 §2.1.1). */
const SEP_FLAG = 0x0001;
const PROTOCOL = 3;
const DIGEST_SHA256 = 2;

/** The data of a key's DNSKEY record (RFC 4034 §2.1): Q without a prefix for algorithm 13 (RFC 6605 §4), the 32 octets for 15 (RFC 8080 §3). */
export function dnskeyData(key: ZoneKey): Rdata {
  const parts = key.algorithm === ALGORITHM.ecdsaP256 ? [key.x, key.y] : [key.x];
  const data = new Uint8Array(4 + 32 * parts.length);
  const flags = ZONE_KEY_FLAG | (key.role === "ksk" ? SEP_FLAG : 0);
  data.set([flags >> 8, flags & 0xff, PROTOCOL, key.algorithm]);
  parts.forEach((part, i) => data.set(base64urlnopad.decode(part), 4 + 32 * i));
  return data;
}

/** The tag of a DNSKEY record's data (RFC 4034 Appendix B). */
export function keyTag(dnskey: Rdata): number {
  let sum = 0;
  dnskey.forEach((octet, i) => (sum += (i & 1) === 0 ? octet << 8 : octet));
  return (sum + (sum >>> 16)) & 0xffff;
}

/** The data of the DS record that points to a DNSKEY record: its SHA-256 (RFC 4509 §2) with the owner's name before it (RFC 4034 §5.1.4). */
export function dsData(owner: Name, dnskey: Rdata): Rdata {
  const tag = keyTag(dnskey);
  const digest = sha256.create().update(owner.map(lowerOctet)).update(dnskey).digest();
  return Uint8Array.of(tag >> 8, tag & 0xff, dnskey[3] ?? 0, DIGEST_SHA256, ...digest);
}
