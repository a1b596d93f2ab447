/** Public Ed25519 keys as text, and their ids. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";
import * as v from "valibot";

/** 32 octets, a private or a public half, in base64url: 43 digits, of which the last has two unused bits. Were they free, one key would have four ids. */
export const KEY_OCTETS = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** A raw Ed25519 public key, base64url without padding. */
export const PublicKeySchema = v.pipe(v.string(), v.regex(KEY_OCTETS, "expected an Ed25519 public key in base64url"));

/** The id of a raw Ed25519 public key (base64url): the RFC 7638 §3 thumbprint of its public JWK (members of RFC 8037 §2). */
export function keyId(publicKey: string): string {
  return base64urlnopad.encode(sha256(utf8ToBytes(`{"crv":"Ed25519","kty":"OKP","x":"${publicKey}"}`)));
}
