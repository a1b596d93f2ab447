import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { keyId } from "./key.ts";
import {
  freshnessAt,
  openSnapshot,
  sealFromHeaders,
  sealHeaders,
  SnapshotRefusedError,
  type RefusedSnapshot,
  type SealedBytes,
} from "./seal.ts";
import { encodeSnapshot, SNAPSHOT_COLUMNS, SNAPSHOT_FORMAT, snapshotDigest, type Snapshot, type SnapshotSeal } from "./snapshot.ts";

const NOW = 1_800_000_000;
const pair = generateKeyPairSync("ed25519");
const publicKey = pair.publicKey.export({ format: "jwk" }).x!;

const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  format: SNAPSHOT_FORMAT,
  network: "devnet",
  seq: 7,
  previous: null,
  generated: NOW - 10,
  stale: NOW + 100,
  expires: NOW + 1000,
  columns: [...SNAPSHOT_COLUMNS],
  peers: [["127.0.0.1:28333", "9", 70016, "/x/", null, null]],
  ...change,
});

function seal(text: string, seq = 7, key: KeyObject = pair.privateKey): { bytes: Uint8Array<ArrayBuffer>; seal: SnapshotSeal } {
  const bytes = Uint8Array.from(Buffer.from(text));
  const signature = sign(null, bytes, key).toString("base64url");
  return { bytes, seal: { seq, digest: snapshotDigest(bytes), keyid: keyId(publicKey), signature } };
}

const trust = {
  network: "devnet",
  keys: [publicKey],
  crypto: crypto.subtle,
  decodeText: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
};
const open = (sealed: SealedBytes, held?: { seq: number; expires: number }) => openSnapshot(sealed, trust, held, NOW);
const refusal = async (sealed: SealedBytes, held?: { seq: number; expires: number }): Promise<RefusedSnapshot | undefined> => {
  const error: unknown = await open(sealed, held).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof SnapshotRefusedError ? error.reason : undefined;
};

describe("openSnapshot", () => {
  const good = seal(encodeSnapshot(snapshot()));

  it("opens what a trusted key signed", async () => {
    expect((await open(good)).snapshot).toEqual(snapshot());
  });

  it("refuses bytes, signatures and seals that do not belong together", async () => {
    const other = generateKeyPairSync("ed25519");
    const flipped = Uint8Array.from(good.bytes);
    flipped[20]! ^= 1;
    expect(await refusal({ bytes: good.bytes, seal: null })).toBe("unsealed");
    expect(await refusal({ bytes: good.bytes, seal: { ...good.seal, keyid: "x" } })).toBe("unknown-key");
    expect(await refusal({ bytes: flipped, seal: good.seal })).toBe("bad-digest");
    expect(await refusal({ bytes: flipped, seal: { ...good.seal, digest: snapshotDigest(flipped) } })).toBe("bad-signature");
    expect(await refusal({ bytes: good.bytes, seal: { ...good.seal, signature: "!!" } })).toBe("bad-signature");
    expect(await refusal(seal(encodeSnapshot(snapshot()), 7, other.privateKey))).toBe("bad-signature");
  });

  it("refuses signed text that is not this network's snapshot of that number", async () => {
    expect(await refusal(seal("{}"))).toBe("malformed");
    expect(await refusal(seal("not json"))).toBe("malformed");
    expect(await refusal(seal(encodeSnapshot(snapshot({ network: "other" }))))).toBe("wrong-network");
    expect(await refusal(seal(encodeSnapshot(snapshot()), 8))).toBe("wrong-seq");
  });

  it("refuses to go back while the held one lives, and takes anything signed when it does not", async () => {
    expect(await refusal(good, { seq: 8, expires: NOW + 1 })).toBe("rolled-back");
    expect((await open(good, { seq: 8, expires: NOW })).snapshot.seq).toBe(7);
    expect((await open(good, { seq: 7, expires: NOW + 1 })).snapshot.seq).toBe(7);
    const dead = seal(encodeSnapshot(snapshot({ stale: NOW - 5, expires: NOW })));
    expect(await refusal(dead, { seq: 6, expires: NOW + 1 })).toBe("expired");
    expect((await open(dead)).snapshot.expires).toBe(NOW);
  });
});

describe("freshnessAt", () => {
  it("steps down exactly at the snapshot's own times", () => {
    const held = { stale: 100, expires: 200 };
    expect([99, 100, 199, 200].map((now) => freshnessAt(held, now))).toEqual(["fresh", "stale", "stale", "expired"]);
    expect(freshnessAt(undefined, 0)).toBe("absent");
    expect(freshnessAt({ stale: 300, expires: 200 }, 250), "a zone may be configured to expire before it grows stale").toBe("expired");
  });
});

describe("the seal in headers", () => {
  it("comes back as it went, and malformed where a header is missing", async () => {
    const good = seal(encodeSnapshot(snapshot()));
    const headers = new Map(Object.entries(sealHeaders(good.seal)));
    expect(sealFromHeaders((name) => headers.get(name) ?? null)).toEqual(good.seal);
    headers.delete("seedcast-seq");
    expect(await refusal({ bytes: good.bytes, seal: sealFromHeaders((name) => headers.get(name) ?? null) })).toBe("unsealed");
  });
});
