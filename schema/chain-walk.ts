/**
 * Walking back a chain of snapshots. Each names the digest of the one before, so whoever trusts the newest can prove the older ones, as far
 * back as their bytes are kept. Of what lies further back only links are left: that they say what they always said cannot be proven.
 */
import type { ChainLink } from "./chain.ts";
import {
  openSnapshot,
  SNAPSHOT_REFUSALS,
  SnapshotRefusedError,
  type OpenedSnapshot,
  type SealedBytes,
  type SnapshotTrust,
} from "./seal.ts";

/** The most numbers that one walk goes back; what lies further stays out of reach. At one a minute they are ten weeks. */
export const MAX_WALKED = 100_000;

/** What can be wrong with a chain, and what that says of it to people. The reasons are stable: programs act on them. */
export const CHAIN_FAULTS = {
  ...SNAPSHOT_REFUSALS,
  gap: "a number is missing from its chain",
  rewritten: "its history was changed: what has this number is not what its successor names, or what was seen before",
  forked: "there are two genuine snapshots of this number: two lists are about",
} as const;

export interface ChainFault {
  readonly reason: keyof typeof CHAIN_FAULTS;
  /** The snapshot where it shows; null where the source gave none. */
  readonly seq: number | null;
}

/** Where a chain's snapshots come from: an edge, a folder of files. */
export interface ChainReader {
  /** A snapshot by its number; undefined where its bytes are not kept. */
  readonly snapshot: (seq: number) => Promise<SealedBytes | undefined>;
  /** The links from number `seq` downwards, newest first, as many as come at once; undefined where links are not to be had. */
  readonly links: (seq: number) => Promise<readonly ChainLink[] | undefined>;
}

/** What is known of a number. */
export interface WalkedLink {
  readonly digest: string;
  /** Whether a trusted signature vouches for it, its own or a successor's; else it is a mere claim. */
  readonly proven: boolean;
}

/** A run of numbers, both included. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

export interface ChainWalk {
  /** Without its peers: they may be many, and chains long. */
  readonly head: Omit<OpenedSnapshot["snapshot"], "peers"> & { readonly peers: number };
  readonly digest: string;
  readonly keyid: string;
  /** The snapshots whose bytes and signatures were checked. */
  readonly checked: SeqRange;
  /** By number, without a gap from the head down. */
  readonly links: ReadonlyMap<number, WalkedLink>;
  /** Which key signed which of the checked ones, newest first. */
  readonly signed: readonly (SeqRange & { readonly keyid: string })[];
  /** What ended the walk early; undefined where all that was seen agrees. */
  readonly fault?: ChainFault;
}

export interface WalkOptions {
  /** The number at which to stop; 1 walks to the beginning. */
  readonly until?: number;
  /** Called with the number of each snapshot that was checked and of each page's last link. */
  readonly onStep?: (seq: number) => void;
}

class FaultError extends Error {
  readonly fault: ChainFault;
  constructor(reason: ChainFault["reason"], seq: number) {
    super(reason);
    this.fault = { reason, seq };
  }
}

/** Opens a chain's newest snapshot and walks back from it. Rejects with `SnapshotRefusedError` where already that one is not genuine. */
export async function walkChain<Key>(
  newest: SealedBytes,
  reader: ChainReader,
  trust: SnapshotTrust<Key>,
  { until = 1, onStep = () => undefined }: WalkOptions = {},
): Promise<ChainWalk> {
  const opened = await openSnapshot(newest, trust, undefined, 0);
  const { peers, ...head } = opened.snapshot;
  const { digest, keyid } = opened.seal;
  const links = new Map<number, WalkedLink>([[head.seq, { digest, proven: true }]]);
  const signed = [{ keyid, from: head.seq, to: head.seq }];
  const walk = { head: { ...head, peers: peers.length }, digest, keyid, links, signed };
  const result = (fault?: ChainFault): ChainWalk => ({
    ...walk,
    checked: { from: signed.at(-1)?.from ?? head.seq, to: head.seq },
    ...(fault === undefined ? {} : { fault }),
  });
  try {
    let below = opened;
    for (;;) {
      onStep(below.snapshot.seq);
      const before = predecessor(below.snapshot.seq, below.snapshot.previous);
      if (before === undefined || before.seq < until) return result();
      links.set(before.seq, { digest: before.digest, proven: true });
      if (before.seq === until && until > 1) return result(); // its successor's signature vouches for it
      if (links.size >= MAX_WALKED) return result();
      const sealed = await reader.snapshot(before.seq);
      if (sealed === undefined) {
        await walkLinks(before, reader, links, until, onStep);
        return result();
      }
      below = await openLink(sealed, before, trust);
      const last = signed.at(-1);
      if (last?.keyid === below.seal.keyid) last.from = before.seq;
      else signed.push({ keyid: below.seal.keyid, from: before.seq, to: before.seq });
    }
  } catch (error) {
    if (error instanceof FaultError) return result(error.fault);
    throw error;
  }
}

interface Expected {
  readonly seq: number;
  readonly digest: string;
}

/** What a snapshot says of the one before it; undefined where it is the first. */
function predecessor(seq: number, previous: string | null): Expected | undefined {
  if ((previous === null) !== (seq === 1)) throw new FaultError("rewritten", Math.max(seq - 1, 1)); // cut off, or more than there can be
  return previous === null ? undefined : { seq: seq - 1, digest: previous };
}

async function openLink<Key>(sealed: SealedBytes, { seq, digest }: Expected, trust: SnapshotTrust<Key>): Promise<OpenedSnapshot> {
  let opened: OpenedSnapshot;
  try {
    opened = await openSnapshot(sealed, trust, undefined, 0);
  } catch (error) {
    if (error instanceof SnapshotRefusedError) throw new FaultError(error.reason, seq);
    throw error;
  }
  if (opened.seal.seq !== seq) throw new FaultError("wrong-seq", seq);
  if (opened.seal.digest !== digest) throw new FaultError("rewritten", seq);
  return opened;
}

/** Goes on by links alone, from one whose digest is known. */
async function walkLinks(
  first: Expected,
  reader: ChainReader,
  links: Map<number, WalkedLink>,
  until: number,
  onStep: (seq: number) => void,
): Promise<void> {
  let expected: Expected | undefined = first;
  while (expected !== undefined && expected.seq >= until) {
    const page = await reader.links(expected.seq);
    if (page === undefined) return;
    if (page.length === 0) throw new FaultError("gap", expected.seq);
    for (const { seq, digest, previous } of page) {
      if (expected === undefined || expected.seq < until || links.size >= MAX_WALKED) return;
      if (seq !== expected.seq) throw new FaultError("gap", expected.seq);
      if (digest !== expected.digest) throw new FaultError("rewritten", seq);
      if (!links.has(seq)) links.set(seq, { digest, proven: false });
      expected = predecessor(seq, previous);
    }
    onStep(page.at(-1)?.seq ?? first.seq);
  }
}
