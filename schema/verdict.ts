/** The registry's verdict on a peer: servable, or exactly one stable reason why not. */

/** In the order in which they are decided: the first that applies is the reason. */
export const VERDICT_REASONS = [
  "not-routable", // the address cannot be reached from the public network
  "foreign-port", // the port of another network that shares the magic
  "not-reported", // no vantage that counts says anything about it
  "lapsed", // no vantage that counts says it is good now
  "version-too-old", // below the network's floor
  "services-missing", // lacks service bits that the network needs
  "height-stale", // below the network's minimum height
  "tenure-too-short", // good, but not for long enough
  "quorum-not-met", // good, but by too few vantages
] as const;
export type VerdictReason = (typeof VERDICT_REASONS)[number];

export type Verdict = { readonly servable: true } | { readonly servable: false; readonly reason: VerdictReason };
