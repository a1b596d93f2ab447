/** Audits a list at all of its sources: walks each one's chain, compares them, and looks for what was seen before. */
import { webcrypto } from "node:crypto";
import { compareChains, placeSighting, type Placement, type Sighting, type Standing } from "../schema/chain-audit.ts";
import { walkChain, type ChainFault, type ChainWalk } from "../schema/chain-walk.ts";
import { SnapshotRefusedError, type SealedBytes, type SnapshotTrust } from "../schema/seal.ts";
import { decodeSnapshot, SnapshotError } from "../schema/snapshot.ts";
import type { ChainSource } from "./chain-sources.ts";
import { CliError } from "./errors.ts";
import { plain, type Terminal } from "./terminal.ts";

export interface AuditOptions {
  /** Where none is given, the first source's word is taken for it. */
  readonly network: string | undefined;
  /** Public keys that may have signed. */
  readonly keys: readonly string[];
  /** What an earlier audit saw: then chains are walked as far as that. */
  readonly seen: Sighting | undefined;
  /** Unix seconds. */
  readonly now: number;
  readonly terminal: Terminal;
}

/** What came of a source. */
export interface AuditedSource {
  readonly name: string;
  /** Undefined where it gave nothing genuine. */
  readonly walk?: ChainWalk;
  readonly faults: readonly ChainFault[];
  /** How its newest snapshot stands on the newest chain of all. */
  readonly standing?: Standing;
  /** Why it could not be read to the end, in words. */
  readonly problem?: string;
}

export interface Audit {
  readonly network: string;
  readonly sources: readonly AuditedSource[];
  /** The longest chain of all. */
  readonly newest: ChainWalk | undefined;
  readonly seen: (Sighting & { readonly standing?: Standing }) | undefined;
}

/** Rejects only where it is interrupted: whatever is wrong with a source is part of the audit. */
export async function auditSources(sources: readonly ChainSource[], options: AuditOptions): Promise<Audit> {
  const { keys, seen, terminal } = options;
  const heads: (SealedBytes | AuditedSource)[] = [];
  for (const source of sources) heads.push(await tolerant(source, terminal, source.newest));
  const network = options.network ?? sources.find((each) => each.network !== undefined)?.network ?? statedNetwork(heads);
  const trust = { network, keys, crypto: webcrypto.subtle, decodeText };
  const walked: AuditedSource[] = [];
  for (const [i, source] of sources.entries()) {
    const head = heads[i];
    if (head === undefined) continue;
    walked.push("faults" in head ? head : await walkSource(source, head, trust, options));
  }
  terminal.progress("");
  const newest = walked
    .map(({ walk }) => walk)
    .reduce((one, other) => ((other?.head.seq ?? 0) > (one?.head.seq ?? 0) ? other : one), undefined);
  if (newest === undefined) return { network, sources: walked, newest, seen };
  const placed = seen && placeSighting(newest, seen);
  return {
    network,
    newest,
    sources: walked.map((source) => placeSource(source, newest, placed)),
    seen: seen && { ...seen, ...(placed !== undefined && "standing" in placed ? placed : {}) },
  };
}

/** What was wrong with a source ends its part of the audit, not the audit. */
async function tolerant<T>({ name }: ChainSource, terminal: Terminal, work: () => Promise<T>): Promise<T | AuditedSource> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SnapshotRefusedError) return { name, faults: [{ reason: error.reason, seq: null }] };
    if (!(error instanceof CliError) || terminal.signal.aborted) throw error;
    return { name, faults: [], problem: error.message };
  }
}

async function walkSource(
  source: ChainSource,
  head: SealedBytes,
  trust: SnapshotTrust<webcrypto.CryptoKey>,
  { seen, now, terminal }: AuditOptions,
): Promise<AuditedSource> {
  const { name, live, reader } = source;
  const onStep = (seq: number): void => terminal.progress(`${plain(name)}: snapshot ${seq}`);
  const until = seen === undefined ? {} : { until: Math.max(seen.seq, 1) };
  const result = await tolerant(source, terminal, () => walkChain(head, reader, trust, { ...until, onStep }));
  if ("faults" in result) return result;
  const expired: ChainFault[] = live && result.head.expires <= now ? [{ reason: "expired", seq: result.head.seq }] : [];
  return { name, walk: result, faults: result.fault === undefined ? expired : [...expired, result.fault] };
}

/** Compares a source with the newest chain, and that one with what was seen. */
function placeSource(source: AuditedSource, newest: ChainWalk, seen: Placement | undefined): AuditedSource {
  const { walk, faults } = source;
  if (walk === undefined) return source;
  const placement = walk === newest ? (seen ?? { standing: "proven" }) : compareChains(walk, newest);
  if ("fault" in placement) return { ...source, faults: [...faults, placement.fault] };
  return walk === newest ? source : { ...source, standing: placement.standing };
}

const decodeText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/** The network that the bytes claim, where nobody said which to expect. */
function statedNetwork(heads: readonly (SealedBytes | AuditedSource)[]): string {
  const head = heads.find((each) => "bytes" in each);
  if (head === undefined) return "";
  try {
    return decodeSnapshot(decodeText(head.bytes)).network;
  } catch (error) {
    if (error instanceof SnapshotError) return "";
    throw error;
  }
}
