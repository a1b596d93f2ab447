/** Private Ed25519 keys as JSON Web Keys (RFC 8037): how crawler, operator and registry hold the keys they sign with. */
import * as v from "valibot";
import { KEY_OCTETS, keyId } from "./key.ts";

const OctetsSchema = v.pipe(v.string(), v.regex(KEY_OCTETS));

/** A private Ed25519 JWK, RFC 8037 §2. Members that we do not use (`kid`, `use`, `key_ops`) are dropped. */
const PrivateKeySchema = v.object({ kty: v.literal("OKP"), crv: v.literal("Ed25519"), x: OctetsSchema, d: OctetsSchema });
export type PrivateKey = v.InferOutput<typeof PrivateKeySchema>;

/** Text that is not a private Ed25519 JWK. The message never carries any of it. */
export class PrivateKeyError extends Error {
  override name = "PrivateKeyError";
}

/** Parses a private key file or secret. Throws `PrivateKeyError`. */
export function parsePrivateKey(text: string): PrivateKey {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PrivateKeyError("private key is not JSON");
  }
  const result = v.safeParse(PrivateKeySchema, value);
  if (!result.success) throw new PrivateKeyError("private key is not an Ed25519 JWK with kty, crv, x and d");
  return result.output;
}

/** The part of WebCrypto that signing needs: `crypto.subtle` of Node and of Workers both are one. */
export interface SigningCrypto<Key> {
  importKey(format: "jwk", key: PrivateKey, algorithm: "Ed25519", extractable: boolean, usages: "sign"[]): Promise<Key>;
  sign(algorithm: "Ed25519", key: Key, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
}

/** Who signs: the id by which others know the key, and the act itself. */
export interface Signer {
  /** The RFC 7638 thumbprint of the public key. */
  readonly id: string;
  /** Raw public key, base64url. */
  readonly publicKey: string;
  /** The 64 octets of an Ed25519 signature (RFC 8032) over `data`. */
  readonly sign: (data: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A signer from a private key. Rejects with `PrivateKeyError` where the platform refuses the key. */
export async function signerOf<Key>(key: PrivateKey, crypto: SigningCrypto<Key>): Promise<Signer> {
  let imported: Key;
  try {
    imported = await crypto.importKey("jwk", key, "Ed25519", false, ["sign"]);
  } catch {
    throw new PrivateKeyError("private key is not a usable Ed25519 key"); // the platform's reason might quote the key
  }
  return {
    id: keyId(key.x),
    publicKey: key.x,
    sign: async (data) => new Uint8Array(await crypto.sign("Ed25519", imported, data)),
  };
}
