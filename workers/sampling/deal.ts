/**
 * Dealing: many samples of one pool at once, made beforehand, such that certain rows are among them. Each sample obeys the same
 * caps as one drawn for a query. Rows that are due are laid where the caps let them; chance fills the rest.
 */
import type { Pool } from "./pool.ts";
import { completeSample, openSample } from "./sample.ts";
import type { RandomInt } from "./random.ts";
import { viewOf, type Selection } from "./view.ts";

export interface Deal {
  /** Records in a sample. */
  readonly count: number;
  /** How many samples to make, at least and at most. */
  readonly least: number;
  readonly most: number;
}

/**
 * Deals samples of which together every due row is part, as long as `most` samples have room for it under the caps. Where one
 * sample holds all that is selected, or nothing is, one is made, or none.
 */
export function dealSamples(
  pool: Pool,
  selection: Selection,
  { count, least, most }: Deal,
  isDue: (row: number) => boolean,
  random: RandomInt,
): number[][] {
  const { rows } = viewOf(pool, selection).byGroup;
  if (rows.length === 0 || count <= 0) return [];
  let waiting = Array.from(rows).filter(isDue);
  for (let i = waiting.length - 1; i > 0; i--) {
    const other = random(i + 1);
    [waiting[i], waiting[other]] = [waiting[other]!, waiting[i]!];
  }
  const samples: number[][] = [];
  while (samples.length < most && (samples.length < least || waiting.length > 0)) {
    const draft = openSample(pool, selection, count);
    waiting = waiting.filter((row) => draft.size >= count || !draft.take(row));
    samples.push(completeSample(draft, random));
    if (samples[0]?.length === rows.length) break;
  }
  return samples;
}

/** How many seconds all rows take to be due once. */
export const ROUND_SECONDS = 3_600;

/**
 * Whether a row is due between `from` and `from` + `seconds` (Unix seconds): every row has its moment in each round, told by its
 * address, so that publications need not remember what others dealt.
 */
export function dueBetween(pool: Pool, from: number, seconds: number): (row: number) => boolean {
  const start = from % ROUND_SECONDS;
  return (row) => (momentOf(pool.rows[row]![0]) - start + ROUND_SECONDS) % ROUND_SECONDS < seconds;
}

/** A number below `ROUND_SECONDS` from an address: FNV-1a, which spreads texts that differ little. */
function momentOf(address: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < address.length; i++) hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % ROUND_SECONDS;
}
