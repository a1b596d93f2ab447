import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newSigner, sealChain, sealSnapshot, sealText, testSnapshot, type Sealed, type TestSigner } from "../test/support/sealed-chain.ts";
import { compareChains, placeSighting } from "./chain-audit.ts";
import { MAX_WALKED, walkChain, type ChainReader, type ChainWalk } from "./chain-walk.ts";
import type { ChainLink } from "./chain.ts";
import { SnapshotRefusedError } from "./seal.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

const [first, second, stranger] = [newSigner(), newSigner(), newSigner()];
const LENGTH = 20;
/** The key was changed in the middle. */
const signerOf = (seq: number): TestSigner => (seq <= 8 ? first : second);
const CHAIN = sealChain(LENGTH, signerOf);

/** Where a number's link stands among all of them, newest first. */
const at = (seq: number): number => LENGTH - seq;

/** A digest of nothing, for links that nobody checks. */
const digest = (seq: number): string => seq.toString(16).padStart(64, "0");

const textOf = ({ bytes }: Sealed): string => Buffer.from(bytes).toString("utf8");

const linkOf = ({ bytes, seal }: Sealed): ChainLink => {
  const { previous, peers, generated } = decodeSnapshot(Buffer.from(bytes).toString("utf8"));
  return { ...seal, previous, created: generated, peers: peers.length, kept: false };
};

interface Served {
  /** The lowest number whose bytes are kept. */
  readonly kept?: number;
  readonly links?: readonly ChainLink[] | null;
  readonly pageLength?: number;
}

/** A chain as an edge serves it. */
const readerOf = (chain: readonly Sealed[], { kept = 1, links, pageLength = 3 }: Served = {}): ChainReader => ({
  snapshot: async (seq) => (seq >= kept ? chain[seq - 1] : undefined),
  links: async (seq) => {
    if (links === null) return undefined;
    return (links ?? chain.map(linkOf).toReversed()).filter((link) => link.seq <= seq).slice(0, pageLength);
  },
});

const trusting = (...keys: readonly TestSigner[]) => ({
  network: "devnet",
  keys: keys.map(({ publicKey }) => publicKey),
  crypto: crypto.subtle,
  decodeText: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
});
const trust = trusting(first, second);

const walk = (chain: readonly Sealed[], served: Served = {}, until?: number): Promise<ChainWalk> =>
  walkChain(chain.at(-1)!, readerOf(chain, served), trust, until === undefined ? {} : { until });

const countOf = ({ links }: ChainWalk, proven: boolean): number => [...links.values()].filter((link) => link.proven === proven).length;

describe("a walk", () => {
  it("proves every number whose bytes are kept, and tells who signed what", async () => {
    const steps: number[] = [];
    const whole = await walkChain(CHAIN.at(-1)!, readerOf(CHAIN), trust, { onStep: (seq) => steps.push(seq) });
    expect(whole).toMatchObject({ head: { seq: LENGTH, peers: 1 }, digest: CHAIN.at(-1)!.seal.digest, checked: { from: 1, to: LENGTH } });
    expect(whole.fault).toBeUndefined();
    expect([...whole.links.keys()]).toEqual(CHAIN.map(({ seal }) => seal.seq).toReversed());
    expect(countOf(whole, true)).toBe(LENGTH);
    expect(whole.signed).toEqual([
      { keyid: CHAIN[8]!.seal.keyid, from: 9, to: LENGTH },
      { keyid: CHAIN[7]!.seal.keyid, from: 1, to: 8 },
    ]);
    expect(steps).toEqual([...whole.links.keys()]);
  });

  it("goes on by links, and proves no more than the last signature vouches for", async () => {
    const partly = await walk(CHAIN, { kept: 15 });
    expect(partly.fault).toBeUndefined();
    expect(partly.checked).toEqual({ from: 15, to: LENGTH });
    expect(partly.links.size).toBe(LENGTH);
    expect([partly.links.get(14)?.proven, partly.links.get(13)?.proven]).toEqual([true, false]);
    const linkless = await walk(CHAIN, { kept: 15, links: null });
    expect([...linkless.links.keys()].at(-1)).toBe(14);
  });

  it("stops where it is told to", async () => {
    const short = await walk(CHAIN, {}, 17);
    expect([short.checked.from, [...short.links.keys()].at(-1)]).toEqual([18, 17]);
    expect([...(await walk(CHAIN, { kept: 15 }, 12)).links.keys()].at(-1)).toBe(12);
    expect((await walk(CHAIN, {}, LENGTH)).links.size).toBe(1);
    expect((await walk(CHAIN, {}, LENGTH + 5)).links.size).toBe(1);
  });

  it("needs the key of each time", async () => {
    const fault = { reason: "unknown-key", seq: 8 };
    expect(await walkChain(CHAIN.at(-1)!, readerOf(CHAIN), trusting(second))).toMatchObject({ fault, checked: { from: 9 } });
    await expect(walkChain(CHAIN.at(-1)!, readerOf(CHAIN), trusting(first))).rejects.toThrow(new SnapshotRefusedError("unknown-key"));
    expect((await walkChain(CHAIN.at(-1)!, readerOf(CHAIN, { kept: 9 }), trusting(second))).fault).toBeUndefined();
  });

  const changed = (seq: number): string => encodeSnapshot({ ...decodeSnapshot(textOf(CHAIN[seq - 1]!)), peers: [] });

  it.each([
    [
      "bytes changed under their old seal",
      "bad-digest",
      CHAIN.with(11, { ...CHAIN[11]!, bytes: Uint8Array.from(Buffer.from(changed(12))) }),
    ],
    [
      "bytes changed, and the seal's digest with them",
      "bad-signature",
      CHAIN.with(11, {
        bytes: Uint8Array.from(Buffer.from(changed(12))),
        seal: { ...sealText(changed(12), 12, second).seal, signature: CHAIN[11]!.seal.signature },
      }),
    ],
    ["bytes signed anew by the present key", "rewritten", CHAIN.with(11, sealText(changed(12), 12, second))],
    ["bytes signed anew by a stolen older key", "rewritten", CHAIN.with(11, sealText(changed(12), 12, first))],
    ["bytes signed by a stranger", "unknown-key", CHAIN.with(11, sealText(changed(12), 12, stranger))],
    ["another number's snapshot", "wrong-seq", CHAIN.with(11, CHAIN[10]!)],
    ["another network's snapshot", "wrong-network", CHAIN.with(11, sealSnapshot(testSnapshot(12, null, { network: "other" }), second))],
    ["signed nonsense", "malformed", CHAIN.with(11, sealText("{}", 12, second))],
    ["no seal", "unsealed", CHAIN.with(11, { bytes: CHAIN[11]!.bytes, seal: null as never })],
  ] as const)("finds %s", async (_, reason, chain) => {
    expect(await walk(chain)).toMatchObject({ fault: { reason, seq: 12 }, checked: { from: 13, to: LENGTH } });
  });

  it("finds history that was cut off, and a beginning before the beginning", async () => {
    const cut = sealChain(
      1,
      () => first,
      () => ({ previous: null }),
      CHAIN,
    );
    expect((await walk(cut)).fault).toEqual({ reason: "rewritten", seq: LENGTH });
    const early = sealChain(
      3,
      () => first,
      (seq) => (seq === 1 ? { previous: "ab".repeat(32) } : {}),
    );
    expect((await walk(early)).fault).toEqual({ reason: "rewritten", seq: 1 });
  });

  const LINKS = CHAIN.map(linkOf).toReversed();

  it.each([
    ["a link that is missing", "gap", 5, LINKS.toSpliced(at(5), 1)],
    ["two links that changed places", "gap", 5, LINKS.with(at(5), LINKS[at(4)]!).with(at(4), LINKS[at(5)]!)],
    [
      "links whose numbers were swapped",
      "rewritten",
      5,
      LINKS.with(at(5), { ...LINKS[at(4)]!, seq: 5 }).with(at(4), { ...LINKS[at(5)]!, seq: 4 }),
    ],
    ["a changed digest", "rewritten", 5, LINKS.with(at(5), { ...LINKS[at(5)]!, digest: "00".repeat(32) })],
    ["a changed link to the one before", "rewritten", 4, LINKS.with(at(5), { ...LINKS[at(5)]!, previous: "00".repeat(32) })],
    ["a link to nothing in the middle", "rewritten", 4, LINKS.with(at(5), { ...LINKS[at(5)]!, previous: null })],
    ["the end of the list before its beginning", "gap", 4, LINKS.slice(0, at(4))],
    [
      "a digest that the last signed snapshot does not name",
      "rewritten",
      14,
      LINKS.with(at(14), { ...LINKS[at(14)]!, digest: "00".repeat(32) }),
    ],
  ] as const)("finds %s", async (_, reason, seq, links) => {
    expect((await walk(CHAIN, { kept: 15, links })).fault).toEqual({ reason, seq });
  });

  it("goes back so far and no further", async () => {
    const [seq, pageLength] = [2 * MAX_WALKED, 1_000];
    const head = sealSnapshot(testSnapshot(seq, digest(seq - 1)), second);
    const link = linkOf(head);
    let pages = 0;
    const reader: ChainReader = {
      snapshot: async () => undefined,
      links: async (from) => {
        pages++;
        return Array.from({ length: pageLength }, (_, i) => ({
          ...link,
          seq: from - i,
          digest: digest(from - i),
          previous: digest(from - i - 1),
        }));
      },
    };
    expect((await walkChain(head, reader, trust)).links.size).toBe(MAX_WALKED);
    expect(pages).toBe(MAX_WALKED / pageLength);
  });

  it("passes no chain in which one octet of a kept snapshot is another", async () => {
    const flip = fc.tuple(fc.nat(LENGTH - 2), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.constantFrom(first, second, undefined));
    await fc.assert(
      fc.asyncProperty(flip, async ([i, place, mask, signer]) => {
        const { bytes, seal } = CHAIN[i]!;
        const changedBytes = Uint8Array.from(bytes);
        changedBytes[place % bytes.length]! ^= mask;
        const resealed = signer === undefined ? seal : { ...sealText("", i + 1, signer).seal, digest: seal.digest };
        const { fault } = await walk(CHAIN.with(i, { bytes: changedBytes, seal: resealed }));
        expect(fault?.seq).toBe(i + 1);
      }),
    );
  });
});

describe("what was seen before", () => {
  const seen = (seq: number) => ({ seq, digest: CHAIN[seq - 1]!.seal.digest });
  const branch = sealChain(8, signerOf, () => ({ peers: [] }), CHAIN.slice(0, 16)); // 17 to 24 differ

  it("stands on the chain: proven, claimed, or out of reach", async () => {
    const partly = await walk(CHAIN, { kept: 15 });
    expect([LENGTH, 15, 14, 13, 1].map((seq) => placeSighting(partly, seen(seq)))).toEqual(
      ["proven", "proven", "proven", "claimed", "claimed"].map((standing) => ({ standing })),
    );
    expect(placeSighting(await walk(CHAIN, { kept: 15, links: null }), seen(3))).toEqual({ standing: "unreached" });
  });

  it("is newer than the list: rolled back", async () => {
    expect(placeSighting(await walk(CHAIN.slice(0, 12)), seen(13))).toEqual({ fault: { reason: "rolled-back", seq: 12 } });
  });

  it("has the list's number and is another: forked", async () => {
    expect(placeSighting(await walk(branch.slice(0, LENGTH)), seen(LENGTH))).toEqual({ fault: { reason: "forked", seq: LENGTH } });
  });

  it("is gone from a chain that went on, though that agrees with itself: rewritten", async () => {
    const other = await walk(branch);
    expect(other.fault).toBeUndefined();
    expect(placeSighting(other, seen(18))).toEqual({ fault: { reason: "rewritten", seq: 18 } });
    expect(placeSighting(other, seen(16))).toEqual({ standing: "proven" });
  });
});

describe("two sources", () => {
  const branch = sealChain(8, signerOf, () => ({ peers: [] }), CHAIN.slice(0, 16));

  it("agree where one is only behind the other", async () => {
    const [ahead, behind] = [await walk(CHAIN), await walk(CHAIN.slice(0, 17))];
    expect(compareChains(ahead, behind)).toEqual({ standing: "proven" });
    expect(compareChains(behind, ahead)).toEqual({ standing: "proven" });
    const copy = await walkChain(CHAIN[2]!, readerOf([], { links: null }), trust);
    expect(compareChains(await walk(CHAIN, { kept: 15 }), copy)).toEqual({ standing: "claimed" });
    expect(compareChains(await walk(CHAIN, { kept: 15, links: null }), copy)).toEqual({ standing: "unreached" });
  });

  it("fork where both signed another snapshot of one number, whichever is ahead", async () => {
    const [one, other] = [await walk(CHAIN), await walk(branch)];
    const fault = { reason: "forked", seq: LENGTH };
    expect(compareChains(one, other)).toEqual({ fault });
    expect(compareChains(other, one)).toEqual({ fault });
    // A copy without a chain, one number ahead: by the predecessor that it names.
    const copy = await walkChain(branch[LENGTH]!, readerOf([], { links: null }), trust);
    expect(compareChains(one, copy)).toEqual({ fault });
  });

  it("tell another history where one of them only claims it", async () => {
    const old = sealChain(6, signerOf, () => ({ peers: [] }));
    const truth = CHAIN.map(linkOf).toReversed();
    const lies = old.map(linkOf).toReversed();
    const joint = { ...truth[at(7)]!, previous: old[5]!.seal.digest };
    const mended = [...truth.slice(0, at(7)), joint, ...lies];
    const liar = await walk(CHAIN, { kept: 15, links: mended });
    expect(liar.fault).toBeUndefined(); // its claims agree with each other: alone, nobody can tell
    expect(compareChains(await walk(CHAIN), liar)).toEqual({ fault: { reason: "rewritten", seq: 6 } });
  });
});
