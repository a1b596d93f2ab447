/**
 * A sample: the random draw that answers one query. Uniform among the selected peers, without replacement, and diverse:
 * - a netgroup (/16, /32) gives at most one peer, or ceil(count / netgroups) where the selection has fewer netgroups than wanted;
 * - an AS gives at most two, or ceil(count / operators) where it has too few operators for that;
 * - an overlay network (Tor, I2P, CJDNS) counts as one AS, because addresses there are free. A mixed sample of 25 has two onion services, however many
 *   the pool has; who wants more asks for the family, of which the sample is then whole.
 * So whoever holds one prefix or one AS has a bounded share of every answer, however many peers it lists; the answer gets
 * shorter instead. A small honest network inside one prefix is still served whole.
 *
 * The work depends on `count`, not on the pool: first plain draws that refuse what the caps forbid, a bounded number of them;
 * then, for pools where most draws are refused, sweeps over operators and netgroups in random order.
 */
import { peerAt, type Peer, type Pool } from "./pool.ts";
import type { RandomInt } from "./random.ts";
import { viewOf, type Buckets, type Selection, type View } from "./view.ts";

export { randomInt, type RandomInt } from "./random.ts";
export type { Selection } from "./view.ts";

/** Peers of one AS in a sample, where the selection has enough operators. */
export const OPERATOR_PEERS = 2;

/** Plain draws a wanted peer. 25 of 25 peers take 95 draws on average; beyond 200 a sweep is the shorter way. */
export const DRAWS_PER_PEER = 8;

/** Buckets a sweep visits a wanted peer. Two are enough where the caps of groups and operators do not cross. */
export const VISITS_PER_PEER = 2;

/** Draws up to `count` peers. */
export function samplePool(pool: Pool, selection: Selection, count: number, random: RandomInt): Peer[] {
  return sampleRows(pool, selection, count, random).map((row) => peerAt(pool, row));
}

/** As `samplePool`, but the row numbers, for callers that need only columns. */
export function sampleRows(pool: Pool, selection: Selection, count: number, random: RandomInt): number[] {
  return completeSample(openSample(pool, selection, count), random);
}

/** A sample in the making. Its arrays have their full length at once: as they grew, they would take three times the memory. */
export class Draft {
  readonly view: View;
  readonly count: number;
  readonly #pool: Pool;
  readonly #rows: number[];
  /** Of the rows, in their order: nearer than the pool's columns. */
  readonly #groups: number[];
  readonly #operators: number[];
  readonly #groupCap: number;
  readonly #operatorCap: number;
  #size = 0;

  constructor(pool: Pool, view: View, count: number) {
    this.view = view;
    this.count = count;
    this.#pool = pool;
    this.#rows = Array<number>(count);
    this.#groups = Array<number>(count);
    this.#operators = Array<number>(count);
    this.#groupCap = Math.ceil(count / bucketCount(view.byGroup));
    this.#operatorCap = Math.max(OPERATOR_PEERS, Math.ceil(count / bucketCount(view.byOperator)));
  }

  /** How many rows were taken. */
  get size(): number {
    return this.#size;
  }

  /** The rows taken, in no order that means anything. The draft is over then. */
  finish(): number[] {
    this.#rows.length = this.#size;
    return this.#rows;
  }

  /** Adds a row unless it is in already or the caps forbid it; whether it was added. */
  take(row: number): boolean {
    // Samples are short: looking through them is five times as fast as keeping sets and maps.
    const rows = this.#rows;
    const groups = this.#groups;
    const operators = this.#operators;
    const size = this.#size;
    const group = this.#pool.groups[row]!;
    const operator = this.#pool.operators[row]!;
    let sameGroup = 0;
    let sameOperator = 0;
    for (let i = 0; i < size; i++) {
      if (groups[i] === group) {
        if (rows[i] === row) return false;
        sameGroup++;
      }
      if (operators[i] === operator) sameOperator++;
    }
    if (sameGroup >= this.#groupCap || sameOperator >= this.#operatorCap) return false;
    rows[size] = row;
    groups[size] = group;
    operators[size] = operator;
    this.#size = size + 1;
    return true;
  }
}

/** Begins a sample of up to `count` of the selected rows. */
export const openSample = (pool: Pool, selection: Selection, count: number): Draft => new Draft(pool, viewOf(pool, selection), count);

/** Fills a sample up by chance, and shuffles it. */
export function completeSample(draft: Draft, random: RandomInt): number[] {
  const { view, count } = draft;
  const { byGroup, byOperator } = view;
  const { rows } = byGroup;
  const want = Math.min(count, rows.length);
  for (let draws = DRAWS_PER_PEER * (want - draft.size); draws > 0 && draft.size < want; draws--) draft.take(rows[random(rows.length)]!);
  for (const buckets of [byOperator, byGroup]) {
    if (draft.size >= want) break;
    for (const bucket of sweep(bucketCount(buckets), VISITS_PER_PEER * count, random)) {
      takeOne(buckets, bucket, draft, random);
      if (draft.size === want) break;
    }
  }
  return shuffle(draft.finish(), random);
}

const bucketCount = (buckets: Buckets): number => buckets.starts.length - 1;

/**
 * Visits buckets 0 to `buckets` - 1 in random order, round after round, `visits` in all. A Fisher-Yates shuffle that keeps only
 * the places it has swapped, so a step costs the same for a hundred buckets or a million.
 */
function* sweep(buckets: number, visits: number, random: RandomInt): Generator<number> {
  let swapped = new Map<number, number>();
  for (let visit = 0; visit < visits; visit++) {
    const place = visit % buckets;
    if (place === 0) swapped = new Map();
    const other = place + random(buckets - place);
    yield swapped.get(other) ?? other;
    swapped.set(other, swapped.get(place) ?? place);
  }
}

/**
 * Takes one row of a bucket if any of `count` + 1 in sequence from a random place may be taken. That many hold one that is not
 * taken yet where the bucket has one; only a bucket crossed by full ones of the other kind can be missed.
 */
function takeOne({ rows, starts }: Buckets, bucket: number, draft: Draft, random: RandomInt): void {
  const start = starts[bucket]!;
  const length = starts[bucket + 1]! - start;
  const from = random(length);
  for (let step = 0; step < Math.min(length, draft.count + 1); step++) {
    if (draft.take(rows[start + ((from + step) % length)]!)) return;
  }
}

/** Shuffles in place: clients try the first record first, and late picks must not always stand last. */
function shuffle(sample: number[], random: RandomInt): number[] {
  for (let last = sample.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [sample[last], sample[other]] = [sample[other]!, sample[last]!];
  }
  return sample;
}
