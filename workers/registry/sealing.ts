/** Sealing: the digest and the signature by which everybody else knows that a document is the publisher's. */
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";
import { parsePrivateKey, signerOf } from "../../schema/private-key.ts";
import type { SnapshotSeal } from "../../schema/snapshot.ts";
import { ConfigError, configOf } from "../config.ts";

/** Seals the exact text of document `seq`. Rejects with `PrivateKeyError` or `ConfigError` for a key that cannot sign, or that nobody would believe. */
export async function sealText(bindings: { readonly SNAPSHOT_KEY: string }, seq: number, text: string): Promise<SnapshotSeal> {
  const signer = await signerOf(parsePrivateKey(bindings.SNAPSHOT_KEY), crypto.subtle);
  if (!configOf(bindings).snapshotKeys.includes(signer.publicKey)) {
    throw new ConfigError("SNAPSHOT_KEY: its public key is not among SNAPSHOT_PUBLIC_KEYS, so no edge would serve what it signs");
  }
  const bytes = utf8ToBytes(text);
  return {
    seq,
    digest: bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))),
    keyid: signer.id,
    signature: base64urlnopad.encode(await signer.sign(bytes)),
  };
}
