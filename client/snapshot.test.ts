import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressError } from "../schema/address.ts";
import { freshnessAt, openSnapshot as openByKernel, SNAPSHOT_REFUSALS, SnapshotRefusedError, type SealedBytes } from "../schema/seal.ts";
import { encodeSnapshot, type PeerRow, type SnapshotSeal } from "../schema/snapshot.ts";
import { CHAIN_START, newSigner, sealText, testSnapshot, type Sealed } from "../test/support/sealed-chain.ts";
import { buildPool, peerAt } from "../workers/sampling/pool.ts";
import { FAILURES, SeedcastError } from "./error.ts";
import { openSnapshot, type Position } from "./snapshot.ts";

const NOW = CHAIN_START + 600;
const SEQ = 7;
const PREVIOUS = "ab".repeat(32);
const [trusted, second, stranger] = [newSigner(), newSigner(), newSigner()];
const keys = [trusted.publicKey, second.publicKey];
const ROWS: PeerRow[] = [
  ["1.2.3.4:8333", "409", 70_016, "/x/", null, "DE"],
  ["[2a01::1]:8333", "0", 0, "", 64_500, null],
  [`${"a".repeat(56)}.onion:8333`, "ffffffffffffffff", 70_016, "\u{1F30D}", null, null],
];
const SNAPSHOT = testSnapshot(SEQ, PREVIOUS, { peers: ROWS });
const TEXT = encodeSnapshot(SNAPSHOT);
const GOOD = sealText(TEXT, SEQ, trusted);

/** The client's verdict: what it opened, or why not. */
const verdict = (sealed: SealedBytes, held: Position | undefined, now: number) =>
  openSnapshot(sealed, { network: "devnet", keys, subtle: crypto.subtle }, held, now).then(
    ({ peers, ...rest }) => ({ ...rest, peers: peers.map(({ peer }) => peer) }),
    (error: unknown) => (error instanceof SeedcastError ? error.reason : error),
  );

/** What the kernel's code makes of the same, where whoever serves it goes on to check its age, the chain and the addresses. */
async function kernelVerdict(sealed: SealedBytes, held: Position | undefined, now: number): Promise<unknown> {
  const trust = { network: "devnet", keys, crypto: crypto.subtle, decodeText: (bytes: Uint8Array) => new TextDecoder().decode(bytes) };
  try {
    const { snapshot, seal } = await openByKernel(sealed, trust, held, now);
    const { seq, generated, stale, expires, previous } = snapshot;
    if (freshnessAt(snapshot, now) === "expired") return "expired";
    if (held !== undefined && now < held.expires) {
      if (seq === held.seq && seal.digest !== held.digest) return "forked";
      if (seq === held.seq + 1 && previous !== held.digest) return "forked";
    }
    const pool = buildPool(snapshot);
    const peers = snapshot.peers.map((_, row) => {
      const { address, text, services, version, agent, asn, country } = peerAt(pool, row);
      const { family, host, port } = address;
      return { address: text, host, port, family, services, version, agent, asn, country };
    });
    return { seq, digest: seal.digest, generated, stale, expires, peers };
  } catch (error) {
    if (error instanceof SnapshotRefusedError) return error.reason;
    return error instanceof AddressError ? "malformed" : error;
  }
}

const values = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "0",
    -1,
    0,
    1,
    SEQ,
    1.5,
    true,
    [],
    {},
    [[]],
    "devnet",
    "other",
    PREVIOUS,
    "409",
    "0409",
    "1.2.3.4:1",
    "x:1",
  ),
  fc.jsonValue(),
);

/** Changes one value somewhere in a document: replaces it, takes it away, or adds one beside it. */
const changed = (document: unknown, path: readonly number[], how: "set" | "drop" | "add", value: unknown): unknown => {
  if (path.length === 0 || typeof document !== "object" || document === null) return value;
  const copy = (Array.isArray(document) ? [...document] : { ...document }) as Record<string, unknown>;
  const names = Object.keys(copy);
  const name = names[path[0]! % Math.max(names.length, 1)] ?? "more";
  if (path.length > 1) copy[name] = changed(copy[name], path.slice(1), how, value);
  else if (how === "add") copy[Array.isArray(copy) ? String(names.length) : "more"] = value;
  else if (how === "drop" && Array.isArray(copy)) copy.splice(Number(name), 1);
  else if (how === "drop") delete copy[name];
  else copy[name] = value;
  return copy;
};

const paths = fc.array(fc.nat(20), { minLength: 1, maxLength: 3 });
const hows = fc.constantFrom("set" as const, "drop" as const, "add" as const);
const signers = fc.constantFrom(trusted, second, stranger);

const flipped = fc.tuple(fc.nat(TEXT.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
  const bytes = Uint8Array.from(GOOD.bytes);
  bytes[at]! ^= mask;
  return bytes;
});

const mutants: fc.Arbitrary<SealedBytes> = fc.oneof(
  fc.constant(GOOD),
  flipped.map((bytes): Sealed => ({ bytes, seal: GOOD.seal })),
  // Broken or replaced text, signed all the same.
  fc.tuple(flipped, signers).map(([bytes, signer]) => sealText(Buffer.from(bytes).toString("latin1"), SEQ, signer)),
  fc
    .tuple(paths, hows, values, signers, fc.constantFrom(SEQ, SEQ, SEQ + 1))
    .map(([path, how, value, signer, seq]) => sealText(JSON.stringify(changed(SNAPSHOT, path, how, value)), seq, signer)),
  fc
    .record({
      seq: fc.constantFrom(1, SEQ, SEQ + 1),
      expires: fc.constantFrom(NOW - 1, NOW, NOW + 1),
      previous: fc.constantFrom(null, PREVIOUS),
    })
    .map((change) => sealText(encodeSnapshot({ ...SNAPSHOT, ...change }), change.seq, trusted)),
  fc
    .tuple(
      fc.constantFrom<keyof SnapshotSeal | "more">("seq", "digest", "keyid", "signature", "more"),
      hows,
      fc.oneof(values, fc.base64String()),
    )
    .map(([name, how, value]) => {
      const seal: Record<string, unknown> = { ...GOOD.seal };
      if (how === "drop") delete seal[name];
      else seal[name] = value;
      return { bytes: GOOD.bytes, seal };
    }),
  // A signature of one octet less or more, or with padding bits that are not zero.
  fc.constantFrom(GOOD.seal.signature.slice(0, -1), `${GOOD.seal.signature}A`, GOOD.seal.signature.replace(/.$/, "B")).map((signature) => ({
    bytes: GOOD.bytes,
    seal: { ...GOOD.seal, signature },
  })),
  fc.constantFrom(null, undefined, 5, "x", []).map((seal) => ({ bytes: GOOD.bytes, seal })),
);

const positions = fc.option(
  fc.record({
    seq: fc.integer({ min: SEQ - 2, max: SEQ + 1 }),
    digest: fc.constantFrom(PREVIOUS, GOOD.seal.digest, "00".repeat(32)),
    expires: fc.constantFrom(NOW, NOW + 1),
  }),
  { nil: undefined },
);

/** One for every verdict that there is. */
const examples: [SealedBytes, Position | undefined, number][] = [
  [GOOD, undefined, NOW],
  [{ bytes: GOOD.bytes, seal: null }, undefined, NOW],
  [sealText(TEXT, SEQ, stranger), undefined, NOW],
  [{ bytes: GOOD.bytes, seal: { ...GOOD.seal, digest: PREVIOUS } }, undefined, NOW],
  [{ bytes: GOOD.bytes, seal: { ...GOOD.seal, signature: second.sign(GOOD.bytes) } }, undefined, NOW],
  [sealText("{}", SEQ, trusted), undefined, NOW],
  [sealText(encodeSnapshot({ ...SNAPSHOT, network: "other" }), SEQ, trusted), undefined, NOW],
  [sealText(TEXT, SEQ + 1, trusted), undefined, NOW],
  [GOOD, undefined, SNAPSHOT.expires],
  [GOOD, { seq: SEQ + 1, digest: PREVIOUS, expires: NOW + 1 }, NOW],
  [GOOD, { seq: SEQ, digest: PREVIOUS, expires: NOW + 1 }, NOW],
];

const notSupported = () => Promise.reject(new DOMException("no such algorithm", "NotSupportedError"));

describe("openSnapshot", () => {
  it("comes to the kernel's verdict about whatever is handed to it", async () => {
    const seen = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(mutants, positions, fc.constantFrom(NOW, SNAPSHOT.expires), async (sealed, held, now) => {
        const own = await verdict(sealed, held, now);
        seen.add(typeof own === "string" ? own : "good");
        expect(own).toEqual(await kernelVerdict(sealed, held, now));
      }),
      { numRuns: 4_000, examples },
    );
    expect(seen).toEqual(new Set([...Object.keys(SNAPSHOT_REFUSALS), "forked", "good"]));
  });

  it("knows the kernel's reasons, with the same words", () => {
    expect(FAILURES).toMatchObject(SNAPSHOT_REFUSALS);
  });

  it("holds to the digest remembered: the same number means the same bytes, and the next one names it", async () => {
    const later = NOW + 100;
    expect(await verdict(GOOD, { seq: SEQ, digest: GOOD.seal.digest, expires: later }, NOW)).toMatchObject({ seq: SEQ });
    expect(await verdict(GOOD, { seq: SEQ - 1, digest: PREVIOUS, expires: later }, NOW)).toMatchObject({ seq: SEQ });
    expect(await verdict(GOOD, { seq: SEQ, digest: PREVIOUS, expires: later }, NOW)).toBe("forked");
    expect(await verdict(GOOD, { seq: SEQ - 1, digest: "00".repeat(32), expires: later }, NOW)).toBe("forked");
    expect(await verdict(GOOD, { seq: SEQ + 1, digest: PREVIOUS, expires: later }, NOW)).toBe("rolled-back");
  });

  it("says where the platform knows no Ed25519", async () => {
    const { subtle } = crypto;
    const without = { digest: subtle.digest.bind(subtle), verify: subtle.verify.bind(subtle), importKey: notSupported };
    await expect(openSnapshot(GOOD, { network: "devnet", keys, subtle: without }, undefined, NOW)).rejects.toMatchObject({
      reason: "unsupported",
    });
  });
});
