/** A zone's key made ready to sign with. */
import type { Rdata } from "../dns/records.ts";
import { dnskeyData, keyTag } from "./dnskey.ts";
import { ALGORITHM, KeySetError, type Algorithm, type ZoneKey } from "./keys.ts";

/** The members of a JSON Web Key that WebCrypto takes, private where there is `d`. */
export type ZoneJwk =
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string; readonly d?: string }
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string; readonly d?: string };

interface ImportParameters {
  readonly name: string;
  readonly namedCurve?: string;
}
interface SignParameters {
  readonly name: string;
  readonly hash?: string;
}

/** The part of WebCrypto that signing a zone needs: `crypto.subtle` of Node and of Workers both are one. */
export interface ZoneCrypto<Key> {
  importKey(format: "jwk", key: ZoneJwk, algorithm: ImportParameters, extractable: boolean, usages: ("sign" | "verify")[]): Promise<Key>;
  sign(algorithm: SignParameters, key: Key, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  verify(algorithm: SignParameters, key: Key, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

export interface ZoneSigner {
  readonly key: ZoneKey;
  readonly algorithm: Algorithm;
  /** The data of the key's DNSKEY record, and its tag. */
  readonly dnskey: Rdata;
  readonly tag: number;
  /** The 64 octets that an RRSIG record has: r and s for algorithm 13 (RFC 6605 §4), RFC 8032's for 15 (RFC 8080 §4). */
  readonly sign: (data: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

const PARAMETERS = {
  [ALGORITHM.ecdsaP256]: { generate: { name: "ECDSA", namedCurve: "P-256" }, sign: { name: "ECDSA", hash: "SHA-256" } },
  [ALGORITHM.ed25519]: { generate: { name: "Ed25519" }, sign: { name: "Ed25519" } },
} as const;

/**
 * A signer from a key, imported once. It has signed once and the signature was verified: a private half that does not belong to the
 * public one would take the zone out of the DNS. Rejects with `KeySetError`.
 */
export async function zoneSignerOf<Key>(key: ZoneKey, crypto: ZoneCrypto<Key>): Promise<ZoneSigner> {
  const { algorithm, d } = key;
  const parameters = PARAMETERS[algorithm];
  const dnskey = dnskeyData(key);
  const tag = keyTag(dnskey);
  const publicJwk: ZoneJwk =
    key.algorithm === ALGORITHM.ecdsaP256 ? { kty: "EC", crv: "P-256", x: key.x, y: key.y } : { kty: "OKP", crv: "Ed25519", x: key.x };
  const unusable = new KeySetError(`the ${key.role} with tag ${tag} is no usable pair of algorithm ${algorithm}: make it again`);
  let sign: ZoneSigner["sign"];
  try {
    const imported = await crypto.importKey("jwk", { ...publicJwk, d }, parameters.generate, false, ["sign"]);
    sign = async (data) => new Uint8Array(await crypto.sign(parameters.sign, imported, data));
    const verifier = await crypto.importKey("jwk", publicJwk, parameters.generate, false, ["verify"]);
    if (!(await crypto.verify(parameters.sign, verifier, await sign(dnskeyCopy(dnskey)), dnskeyCopy(dnskey)))) throw unusable;
  } catch {
    throw unusable; // the platform's reason might quote the key
  }
  return { key, algorithm, dnskey, tag, sign };
}

const dnskeyCopy = (dnskey: Rdata): Uint8Array<ArrayBuffer> => new Uint8Array(dnskey);
