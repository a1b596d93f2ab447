/** What following an edge may cost. */
export const FOLLOWING_LIMITS = {
  /** The longest snapshot read from the edge: KV's own limit. */
  snapshotOctets: 25 * 1024 * 1024,
  /** The longest bank read from the edge: the two share one value of KV. */
  bankOctets: 25 * 1024 * 1024,
  /** The longest problem document read from the edge. */
  problemOctets: 16 * 1024,
  /** How long the edge may take for one answer. */
  edgeTimeoutMs: 20_000,
  /** While a network's first snapshot is missing, the edge is asked this often (seconds), or as often as otherwise if that is more. */
  retrySeconds: 5,
} as const;
