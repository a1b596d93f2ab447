/** An audit in words and as JSON. */
import { CHAIN_FAULTS, type ChainFault, type ChainWalk, type SeqRange } from "../schema/chain-walk.ts";
import { freshnessAt } from "../schema/seal.ts";
import type { Audit, AuditedSource } from "./chain-audit.ts";
import { formatTime, plain } from "./terminal.ts";

export type FoundFault = ChainFault & { readonly source: string };

/** Everything that is wrong, source by source. */
export const faultsOf = ({ sources }: Audit): readonly FoundFault[] =>
  sources.flatMap(({ name, faults }) => faults.map(({ reason, seq }) => ({ source: name, reason, seq })));

/** What could not be found out: it is neither good nor bad news of the list. */
export function problemsOf({ sources, seen }: Audit): readonly string[] {
  const problems = sources.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  return seen?.standing === "unreached"
    ? [...problems, `snapshot ${seen.seq}, seen before, lies further back than the chain can be read`]
    : problems;
}

/** The numbers that are only claimed; undefined where there are none. */
function claimedOf({ links }: ChainWalk): SeqRange | undefined {
  const claimed = [...links].filter(([, { proven }]) => !proven).map(([seq]) => seq);
  const [to, from] = [claimed[0], claimed.at(-1)];
  return to === undefined || from === undefined ? undefined : { from, to };
}

/** As JSON. Times are Unix seconds. `genuine` is whether nothing was wrong; `reason` what was, first of all. */
export function auditJson(audit: Audit, now: number): unknown {
  const { network, newest, seen } = audit;
  const faults = faultsOf(audit);
  return {
    genuine: faults.length === 0 && newest !== undefined,
    ...(faults[0] === undefined ? {} : { reason: faults[0].reason }),
    network,
    ...(newest === undefined ? {} : headJson(newest, now)),
    faults,
    problems: problemsOf(audit),
    seen: seen ?? null,
    sources: audit.sources.map(({ name, walk, standing }) => ({
      source: name,
      seq: walk?.head.seq ?? null,
      digest: walk?.digest ?? null,
      checked: walk?.checked ?? null,
      claimed: (walk && claimedOf(walk)) ?? null,
      signed: walk?.signed ?? [],
      standing: standing ?? null,
    })),
  };
}

function headJson({ head, digest, keyid }: ChainWalk, now: number) {
  const { seq, peers, generated, expires } = head;
  return { seq, peers, generated, expires, freshness: freshnessAt(head, now), digest, keyid };
}

/** In words, one line each. */
export function describeAudit(audit: Audit, now: number): readonly string[] {
  const faults = faultsOf(audit).map(({ source, reason, seq }) => {
    const where = seq === null ? plain(source) : `snapshot ${seq} of ${plain(source)}`;
    return `not to be used: ${where}: ${CHAIN_FAULTS[reason]} (${reason})`;
  });
  const { network, newest, sources, seen } = audit;
  if (newest === undefined) return faults;
  const { head, digest, keyid } = newest;
  const main = sources.find(({ walk }) => walk === newest);
  const lines = [
    `${faults.length > 0 ? "newest" : "genuine"}: snapshot ${head.seq} of ${plain(network)} with ${head.peers} peers, ${freshnessAt(head, now)}`,
    `generated  ${formatTime(head.generated)}`,
    `expires    ${formatTime(head.expires)}`,
    `digest     ${digest}`,
    `key id     ${keyid}`,
    `checked    ${range(newest.checked)}: bytes, signatures, and that each names the one before`,
    ...(newest.signed.length > 1 ? newest.signed.map((run) => `signed by  ${run.keyid} ${range(run)}`) : []),
  ];
  const claimed = claimedOf(newest);
  if (claimed !== undefined)
    lines.push(`claimed    ${range(claimed)}: the links agree, but their bytes are no longer kept, so nothing proves them`);
  if (seen?.standing === "proven") lines.push(`seen       ${seen.seq} is on the chain, as it was`);
  if (seen?.standing === "claimed")
    lines.push(`seen       ${seen.seq} is on the chain by the links' word; its successors' bytes are no longer kept to prove it`);
  return [...faults, ...lines, ...sources.filter((source) => source !== main).flatMap((source) => besides(source, newest))];
}

const range = ({ from, to }: SeqRange): string => (from === to ? String(to) : `${from}–${to}`);

const STANDINGS = {
  proven: "on the same chain",
  claimed: "on the same chain by the links' word",
  unreached: "too far from the rest to be compared",
} as const;

function besides({ name, walk, standing }: AuditedSource, newest: ChainWalk): readonly string[] {
  if (walk === undefined || standing === undefined) return [];
  const behind = newest.head.seq - walk.head.seq;
  const lag = behind === 0 ? "as new" : `${behind} behind`;
  return [`also       ${plain(name)}: snapshot ${walk.head.seq}, ${lag}, ${STANDINGS[standing]}`];
}
