/**
 * The authority of Seedcast's own devnet. Its key follows from a phrase, so that a devnet and a crawler that know nothing of each other agree on it, and
 * nothing of the devnet's passes for a node of Chia's.
 */
import { webcrypto } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Authority } from "./authority.ts";
import { exportKey, issueCertificate } from "./issue.ts";

const PHRASE = "Seedcast devnet authority; vouches for nobody";
const NAME = "CN=Seedcast devnet CA, O=Seedcast";
const NOT_BEFORE = new Date("2026-01-01T00:00:00Z");
const NOT_AFTER = new Date("2100-01-01T00:00:00Z");

let making: Promise<Authority> | undefined;

/** The devnet's authority, with its key. Certificates made of it in different processes differ in their signatures only, which nobody checks. */
export const devnetAuthority = (): Promise<Authority> => (making ??= make());

async function make(): Promise<Authority> {
  const secret = sha256(utf8ToBytes(PHRASE));
  const point = p256.getPublicKey(secret, false);
  const publicJwk = { kty: "EC", crv: "P-256", x: base64(point.subarray(1, 33)), y: base64(point.subarray(33)) };
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const publicKey = await webcrypto.subtle.importKey("jwk", publicJwk, algorithm, true, ["verify"]);
  const signingKey = await webcrypto.subtle.importKey("jwk", { ...publicJwk, d: base64(secret) }, algorithm, true, ["sign"]);
  const certPem = await issueCertificate({
    subject: NAME,
    issuer: NAME,
    publicKey,
    signingKey,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
  });
  return { name: "chia-devnet", certPem, keyPem: await exportKey(signingKey) };
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");
