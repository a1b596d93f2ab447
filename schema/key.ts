/** The id of an Ed25519 key. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";

/** The id of a raw Ed25519 public key (base64url): the RFC 7638 §3 thumbprint of its public JWK (members of RFC 8037 §2). */
export function keyId(publicKey: string): string {
  return base64urlnopad.encode(sha256(utf8ToBytes(`{"crv":"Ed25519","kty":"OKP","x":"${publicKey}"}`)));
}
