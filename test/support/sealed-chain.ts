/** Snapshots signed as the publisher signs them, one by one or as a chain. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from "node:crypto";
import { keyId } from "../../schema/key.ts";
import {
  encodeSnapshot,
  SNAPSHOT_COLUMNS,
  SNAPSHOT_FORMAT,
  snapshotDigest,
  type Snapshot,
  type SnapshotSeal,
} from "../../schema/snapshot.ts";

export interface TestSigner {
  /** Raw, base64url. */
  readonly publicKey: string;
  readonly sign: (bytes: Uint8Array) => string;
}

export function newSigner(): TestSigner {
  const { privateKey } = generateKeyPairSync("ed25519");
  return withKey(privateKey);
}

/** The signer of a private JWK, as text. */
export const signerFrom = (jwk: string): TestSigner => withKey(createPrivateKey({ key: JSON.parse(jwk) as JsonWebKey, format: "jwk" }));

const withKey = (privateKey: KeyObject): TestSigner => ({
  publicKey: createPublicKey(privateKey).export({ format: "jwk" }).x ?? "",
  sign: (bytes) => sign(null, bytes, privateKey).toString("base64url"),
});

export interface Sealed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly seal: SnapshotSeal;
}

/** Signs text as the snapshot of a number, whatever it says. */
export function sealText(text: string, seq: number, signer: TestSigner): Sealed {
  const bytes = Uint8Array.from(Buffer.from(text));
  const seal = { seq, digest: snapshotDigest(bytes), keyid: keyId(signer.publicKey), signature: signer.sign(bytes) };
  return { bytes, seal };
}

export const sealSnapshot = (snapshot: Snapshot, signer: TestSigner): Sealed => sealText(encodeSnapshot(snapshot), snapshot.seq, signer);

/** When the first snapshot of a test chain is made, Unix seconds. One a minute follows; each is fresh for 15 minutes and lives a day. */
export const CHAIN_START = 1_800_000_000;

/** A snapshot with one peer. */
export function testSnapshot(seq: number, previous: string | null, change: Partial<Snapshot> = {}): Snapshot {
  const generated = CHAIN_START + 60 * (seq - 1);
  return {
    format: SNAPSHOT_FORMAT,
    network: "devnet",
    seq,
    previous,
    generated,
    stale: generated + 900,
    expires: generated + 86_400,
    columns: [...SNAPSHOT_COLUMNS],
    peers: [["20.1.0.1:28333", "409", 70_016, `/at ${seq}/`, 64_500, "DE"]],
    ...change,
  };
}

/** A chain of `length` snapshots, oldest first, on top of `before`. */
export function sealChain(
  length: number,
  signerOf: (seq: number) => TestSigner,
  change: (seq: number) => Partial<Snapshot> = () => ({}),
  before: readonly Sealed[] = [],
): readonly Sealed[] {
  const chain = [...before];
  while (chain.length < before.length + length) {
    const seq = chain.length + 1;
    chain.push(sealSnapshot(testSnapshot(seq, chain.at(-1)?.seal.digest ?? null, change(seq)), signerOf(seq)));
  }
  return chain;
}
