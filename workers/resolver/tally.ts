/** Counts over a snapshot's peers, for the status document and the metrics. Made at first use, kept as long as the pool. */
import type { AddressFamily } from "../../schema/address.ts";
import { FAMILIES, type Pool } from "../sampling/pool.ts";

/** Agents are text of the peers' choosing: only the most frequent are shown. */
export const MAX_TALLIED = 50;

export interface Tally {
  readonly families: Record<AddressFamily, number>;
  /** By protocol version. */
  readonly versions: Record<string, number>;
  /** By user agent, country and AS: the most frequent first. */
  readonly agents: readonly Counted<string>[];
  readonly countries: readonly Counted<string>[];
  readonly asns: readonly Counted<number>[];
}

export interface Counted<T> {
  readonly value: T;
  readonly peers: number;
}

const tallies = new WeakMap<Pool, Tally>();

export function tallyOf(pool: Pool): Tally {
  let tally = tallies.get(pool);
  if (tally === undefined) tallies.set(pool, (tally = count(pool)));
  return tally;
}

function count(pool: Pool): Tally {
  const families = { ipv4: 0, ipv6: 0, onion: 0, i2p: 0, cjdns: 0 };
  for (const family of pool.families) families[FAMILIES[family]!]++;
  const versions = top(pool.rows.map(([, , version]) => version));
  return {
    families,
    versions: Object.fromEntries(versions.map(({ value, peers }) => [String(value), peers])),
    agents: top(pool.rows.map(([, , , agent]) => agent)),
    countries: top(pool.rows.map(([, , , , , country]) => country).filter((country) => country !== null)),
    asns: top(pool.rows.map(([, , , , asn]) => asn).filter((asn) => asn !== null)),
  };
}

function top<T>(values: readonly T[]): Counted<T>[] {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const counted = Array.from(counts, ([value, peers]) => ({ value, peers }));
  return counted.sort((a, b) => b.peers - a.peers).slice(0, MAX_TALLIED);
}
