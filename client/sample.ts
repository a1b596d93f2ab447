/**
 * A sample: a few peers drawn at random, such that nobody who holds one prefix or one AS has more than a small share of it. The same
 * caps as the edge's own answers have:
 * - a netgroup (/16, /32) gives at most one peer, or ceil(count / netgroups) where the selection has fewer netgroups than wanted;
 * - an AS gives at most two, or ceil(count / operators) where it has too few operators for that; an overlay network counts as one.
 * The sample gets shorter where the caps leave no more.
 */
import type { Entry, Family, Peer } from "./peer.ts";

/** Which peers may be drawn; what is left out does not restrict. */
export interface Selection {
  /** How many, if there are as many; 8 unless given. */
  readonly count?: number;
  /** One family, or `ip` for IPv4 and IPv6. */
  readonly family?: Family | "ip";
  /** Bits that must all be offered: hex of at most 16 digits, or a bigint. */
  readonly services?: string | bigint;
  /** The least protocol version. */
  readonly minVersion?: number;
  readonly port?: number;
}

/** As many as Bitcoin Core keeps outbound connections. */
export const DEFAULT_COUNT = 8;
/** Peers of one AS in a sample, where the selection has enough operators. */
export const OPERATOR_PEERS = 2;

/** A uniform integer from 0 to `below` - 1. */
export type RandomInt = (below: number) => number;

const WORDS = 2 ** 32;
/** Random words fetched at a time. */
const BUFFER_WORDS = 256;

/** Unbiased integers from `crypto.getRandomValues`: words that would favour small results are thrown away. */
export function randomInt(fill: (words: Uint32Array<ArrayBuffer>) => void): RandomInt {
  const words = new Uint32Array(BUFFER_WORDS);
  let next = BUFFER_WORDS;
  return (below) => {
    for (;;) {
      if (next === BUFFER_WORDS) {
        fill(words);
        next = 0;
      }
      const word = words[next++] ?? WORDS;
      if (word < WORDS - (WORDS % below)) return word % below;
    }
  };
}

/** Draws peers. Throws `RangeError` for a count or a mask that is none. */
export function samplePeers(list: readonly Entry[], selection: Selection, random: RandomInt): Peer[] {
  const { count = DEFAULT_COUNT } = selection;
  if (!Number.isInteger(count) || count < 0) throw new RangeError("count: expected a whole number");
  const pool = list.filter(selector(selection));
  const groups = new Tally(pool, ({ group }) => group);
  const operators = new Tally(pool, ({ operator }) => operator);
  const groupCap = Math.ceil(count / groups.size);
  const operatorCap = Math.max(OPERATOR_PEERS, Math.ceil(count / operators.size));
  const sample: Peer[] = [];
  for (const entry of inRandomOrder(pool, random)) {
    if (sample.length === count) break;
    if (groups.of(entry) >= groupCap || operators.of(entry) >= operatorCap) continue;
    groups.add(entry);
    operators.add(entry);
    sample.push(entry.peer);
  }
  // Once more: a crowd in one prefix is nearly always drawn first, and whoever stands first is dialled first.
  return [...inRandomOrder(sample, random)];
}

/** How many have been taken of each kind. */
class Tally {
  readonly #taken = new Map<string, number>();
  readonly #kind: (entry: Entry) => string;
  constructor(pool: readonly Entry[], kind: (entry: Entry) => string) {
    this.#kind = kind;
    for (const entry of pool) this.#taken.set(kind(entry), 0);
  }
  get size(): number {
    return this.#taken.size;
  }
  of(entry: Entry): number {
    return this.#taken.get(this.#kind(entry)) ?? 0;
  }
  add(entry: Entry): void {
    this.#taken.set(this.#kind(entry), this.of(entry) + 1);
  }
}

function selector({ family, services = 0n, minVersion = 0, port }: Selection): (entry: Entry) => boolean {
  if (typeof services === "string" && !/^[0-9a-f]{1,16}$/i.test(services)) throw new RangeError("services: expected up to 16 hex digits");
  const mask = typeof services === "string" ? BigInt(`0x${services}`) : services;
  const families: readonly Family[] | undefined = family === "ip" ? ["ipv4", "ipv6"] : family && [family];
  return ({ peer }) =>
    (families === undefined || families.includes(peer.family)) &&
    (port === undefined || peer.port === port) &&
    peer.version >= minVersion &&
    (mask === 0n || (BigInt(`0x${peer.services}`) & mask) === mask);
}

/** A Fisher-Yates shuffle that goes as far as it is read. */
function* inRandomOrder<T>(values: readonly T[], random: RandomInt): Generator<T> {
  const rest = [...values];
  while (rest.length > 0) {
    const at = random(rest.length);
    const drawn = rest[at];
    const last = rest.pop();
    if (last === undefined || drawn === undefined) return;
    if (at < rest.length) rest[at] = last;
    yield drawn;
  }
}
