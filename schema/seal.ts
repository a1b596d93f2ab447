/**
 * What whoever serves a snapshot must check before it does: that a trusted key signed these exact bytes, that they are this
 * network's, and that they are not older than what is held. The resolver, the name server and mirrors all check by this.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";
import * as v from "valibot";
import { keyId } from "./key.ts";
import { BankError, decodeBank, type BankDocument } from "./bank.ts";
import { decodeSnapshot, SnapshotError, SnapshotSealSchema, type Snapshot, type SnapshotSeal } from "./snapshot.ts";

/** The part of WebCrypto that checking a seal needs: `crypto.subtle` of Node and of Workers both are one. */
export interface SealCrypto<Key> {
  digest(algorithm: "SHA-256", data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  importKey(format: "raw", key: Uint8Array<ArrayBuffer>, algorithm: "Ed25519", extractable: boolean, usages: "verify"[]): Promise<Key>;
  verify(algorithm: "Ed25519", key: Key, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** Why a snapshot was not taken over, and what that says of it to people. The reasons are stable: they stand in metrics and logs. */
export const SNAPSHOT_REFUSALS = {
  unsealed: "its seal is missing or malformed",
  "unknown-key": "it is signed by a key that was not given for it",
  "bad-digest": "its bytes are not the ones that were sealed",
  "bad-signature": "its signature is not the stated key's over these bytes",
  malformed: "it is signed, but no snapshot",
  "wrong-network": "it is another network's",
  "wrong-seq": "its seal states another number",
  expired: "it has expired",
  "rolled-back": "it is older than one seen before",
} as const;
export type RefusedSnapshot = keyof typeof SNAPSHOT_REFUSALS;

/** A snapshot that must not be served. */
export class SnapshotRefusedError extends Error {
  override name = "SnapshotRefusedError";
  readonly reason: RefusedSnapshot;
  constructor(reason: RefusedSnapshot) {
    super(`snapshot refused: ${reason}`);
    this.reason = reason;
  }
}

/** A snapshot as it is handed around: exact bytes, and the seal of unknown shape that came with them. */
export interface SealedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly seal: unknown;
}

/** What a holder already has of the network; decides what is a roll-back. */
export interface Position {
  readonly seq: number;
  readonly expires: number;
}

/** How a holder opens snapshots of one network. */
export interface SnapshotTrust<Key> {
  readonly network: string;
  /** Trusted raw Ed25519 public keys, base64url. */
  readonly keys: readonly string[];
  readonly crypto: SealCrypto<Key>;
  readonly decodeText: (bytes: Uint8Array) => string;
}

export interface OpenedSnapshot {
  readonly snapshot: Snapshot;
  readonly seal: SnapshotSeal;
}

/**
 * Checks digest, signature, network, number and age, and decodes. `now` is Unix seconds. A lower number than the held one is a roll-back
 * unless the held one has expired: then any signed one is taken, and its own times say whether it may be served. Throws `SnapshotRefusedError`.
 */
export async function openSnapshot<Key>(
  sealed: SealedBytes,
  trust: SnapshotTrust<Key>,
  held: Position | undefined,
  now: number,
): Promise<OpenedSnapshot> {
  const { document: snapshot, seal } = await open(sealed, trust, decodeSnapshot);
  checkPosition(snapshot, held, now);
  return { snapshot, seal };
}

/** As `openSnapshot`, for the bank of the same network: it is sealed in the same way. */
export async function openBankDocument<Key>(
  sealed: SealedBytes,
  trust: SnapshotTrust<Key>,
  held: Position | undefined,
  now: number,
): Promise<{ readonly bank: BankDocument; readonly seal: SnapshotSeal }> {
  const { document: bank, seal } = await open(sealed, trust, decodeBank);
  checkPosition(bank, held, now);
  return { bank, seal };
}

/** Checks all but the age. */
async function open<Document extends Pick<Snapshot, "network" | "seq">, Key>(
  { bytes, seal: untrusted }: SealedBytes,
  trust: SnapshotTrust<Key>,
  decode: (text: string) => Document,
): Promise<{ readonly document: Document; readonly seal: SnapshotSeal }> {
  const parsed = v.safeParse(SnapshotSealSchema, untrusted);
  if (!parsed.success) throw new SnapshotRefusedError("unsealed");
  const seal = parsed.output;
  await checkSignature(bytes, seal, trust);
  const document = translated(() => decode(trust.decodeText(bytes)));
  if (document.network !== trust.network) throw new SnapshotRefusedError("wrong-network");
  if (document.seq !== seal.seq) throw new SnapshotRefusedError("wrong-seq");
  return { document, seal };
}

function checkPosition(found: Position, held: Position | undefined, now: number): void {
  if (held === undefined || now >= held.expires) return;
  if (found.seq < held.seq) throw new SnapshotRefusedError("rolled-back");
  if (found.expires <= now) throw new SnapshotRefusedError("expired");
}

async function checkSignature<Key>(bytes: Uint8Array<ArrayBuffer>, seal: SnapshotSeal, trust: SnapshotTrust<Key>): Promise<void> {
  const key = trust.keys.find((each) => keyId(each) === seal.keyid);
  if (key === undefined) throw new SnapshotRefusedError("unknown-key");
  const digest = new Uint8Array(await trust.crypto.digest("SHA-256", bytes));
  if (bytesToHex(digest) !== seal.digest) throw new SnapshotRefusedError("bad-digest");
  const signature = octets(seal.signature);
  if (signature?.length !== 64) throw new SnapshotRefusedError("bad-signature");
  const imported = await trust.crypto.importKey("raw", Uint8Array.from(base64urlnopad.decode(key)), "Ed25519", false, ["verify"]);
  if (!(await trust.crypto.verify("Ed25519", imported, signature, bytes))) throw new SnapshotRefusedError("bad-signature");
}

function octets(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(base64urlnopad.decode(text));
  } catch {
    return undefined; // the coder's only failure: text outside its alphabet
  }
}

function translated<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SnapshotError || error instanceof BankError) throw new SnapshotRefusedError("malformed");
    throw error;
  }
}

/** How far a held snapshot may be trusted: fresh, stale (served with a warning), expired (not served), or none held. */
export type Freshness = "fresh" | "stale" | "expired" | "absent";

/** The step of the staleness ladder at `now`, Unix seconds. */
export function freshnessAt(held: { readonly stale: number; readonly expires: number } | undefined, now: number): Freshness {
  if (held === undefined) return "absent";
  if (now >= held.expires) return "expired"; // whatever it says of when it grows stale
  return now < held.stale ? "fresh" : "stale";
}

/** The seal as the response headers of `/v1/networks/{network}/snapshot` (names in lower case). */
export const sealHeaders = ({ seq, digest, keyid, signature }: SnapshotSeal): Record<string, string> => ({
  "seedcast-seq": String(seq),
  "seedcast-digest": digest,
  "seedcast-key-id": keyid,
  "seedcast-signature": signature,
});

/** The seal from response headers, unchecked: `openSnapshot` checks it. Missing headers make it malformed. */
export const sealFromHeaders = (get: (name: string) => string | null): unknown => ({
  seq: Number(get("seedcast-seq") ?? Number.NaN),
  digest: get("seedcast-digest"),
  keyid: get("seedcast-key-id"),
  signature: get("seedcast-signature"),
});
