/** Auditing a list: is it one list, for everyone who asks and at all times? Compares what several sources serve, and what was seen before. */
import type { ChainFault, ChainWalk } from "./chain-walk.ts";

/** What is remembered of an audit, for the next one. */
export interface Sighting {
  readonly seq: number;
  readonly digest: string;
}

/** How sure it is that a snapshot stands on a chain: signatures vouch for it, links claim it, or the walk did not reach it. */
export type Standing = "proven" | "claimed" | "unreached";

/** Where a snapshot stands on a walked chain, or what contradicts it. */
export type Placement = { readonly standing: Standing } | { readonly fault: ChainFault };

/**
 * Looks for a snapshot that was seen before on the chain that there is now.
 * - `rolled-back`: the newest one is older than what was seen.
 * - `forked`: the newest one has the number of what was seen, and is another: two lists of one number exist.
 * - `rewritten`: the chain has gone on, but another snapshot has that number in it: history was replaced since.
 */
export function placeSighting({ head, links }: ChainWalk, { seq, digest }: Sighting): Placement {
  if (head.seq < seq) return { fault: { reason: "rolled-back", seq: head.seq } };
  const link = links.get(seq);
  if (link === undefined) return { standing: "unreached" };
  if (link.digest === digest) return { standing: link.proven ? "proven" : "claimed" };
  return { fault: { reason: head.seq === seq ? "forked" : "rewritten", seq } };
}

/**
 * Compares two chains of one network by the numbers that both have. Two that are proven and differ are two lists: `forked`, at the newest
 * number that differs. Where one of them is a mere claim, that source tells another history: `rewritten`. Else how far the older chain's
 * newest snapshot stands on the newer chain.
 */
export function compareChains(one: ChainWalk, other: ChainWalk): Placement {
  const [newer, older] = one.head.seq >= other.head.seq ? [one, other] : [other, one];
  for (const [seq, { digest, proven }] of older.links) {
    const link = newer.links.get(seq);
    if (link === undefined || link.digest === digest) continue;
    return { fault: { reason: link.proven && proven ? "forked" : "rewritten", seq } };
  }
  return placeSighting(newer, { seq: older.head.seq, digest: older.digest });
}
