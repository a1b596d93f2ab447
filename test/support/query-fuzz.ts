/**
 * Hostile DNS messages without end: valid ones, valid ones damaged in the ways that find faults in parsers, and plain noise. The same
 * seed gives the same messages; who reports a failure reports the seed.
 */
import type { RandomInt } from "../../workers/sampling/random.ts";
import { seeded } from "../../workers/sampling/test-pool.ts";
import { queryCorpus } from "./query-corpus.ts";

/** So many hostile messages go over each transport. */
export const FUZZED_QUERIES = 200_000;

/** Says what to repeat: the seed of the environment, or a new one. */
export function fuzzSeed(): number {
  const given = process.env[SEED_VARIABLE];
  if (given !== undefined && !/^\d{1,10}$/.test(given)) throw new RangeError(`${SEED_VARIABLE}: expected digits, not ${given}`);
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
}

/** Set to the seed of a failure, the same messages come again. */
export const SEED_VARIABLE = "SEEDCAST_FUZZ_SEED";

/** A message that went wrong, in words that are enough to repeat it. */
export class FuzzFailure extends Error {
  override name = "FuzzFailure";
  constructor(what: string, seed: number, query: Uint8Array, reply?: Uint8Array) {
    super(`${what}\n${SEED_VARIABLE}=${seed}\nquery ${hex(query)}${reply === undefined ? "" : `\nreply ${hex(reply)}`}`);
  }
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** The longest message made, in octets: beyond it is only more of the same. Limits of size have tests of their own. */
const MAX_OCTETS = 5_000;

type Mutation = (octets: Buffer, random: RandomInt, other: Uint8Array) => Buffer;

/** Octets that mean something: ends of ranges, label types, pointers, header flags. */
const MEANINGFUL = Uint8Array.of(0, 1, 0x0c, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff);

const place = (octets: Buffer, random: RandomInt): number => random(octets.length + 1);

const setOctet = (octets: Buffer, at: number, value: number): Buffer => {
  if (at < octets.length) octets[at] = value;
  return octets;
};

const MUTATIONS: readonly Mutation[] = [
  // A bit, an octet that means something, an octet.
  (octets, random) => {
    const at = place(octets, random);
    return setOctet(octets, at, (octets[at] ?? 0) ^ (1 << random(8)));
  },
  (octets, random) => setOctet(octets, place(octets, random), MEANINGFUL[random(MEANINGFUL.length)]!),
  (octets, random) => setOctet(octets, place(octets, random), random(256)),
  // Cut short, a piece gone, a piece twice, octets in between, octets behind.
  (octets, random) => octets.subarray(0, place(octets, random)),
  (octets, random) => {
    const at = place(octets, random);
    return Buffer.concat([octets.subarray(0, at), octets.subarray(at + 1 + random(12))]);
  },
  (octets, random) => {
    const at = place(octets, random);
    return Buffer.concat([octets.subarray(0, at + random(40)), octets.subarray(at)]);
  },
  (octets, random) => {
    const at = place(octets, random);
    return Buffer.concat([octets.subarray(0, at), noise(random, random(12)), octets.subarray(at)]);
  },
  (octets, random) => Buffer.concat([octets, noise(random, 1 + random(4))]),
  // The beginning of one and the end of another.
  (octets, random, other) => Buffer.concat([octets.subarray(0, place(octets, random)), other.subarray(random(other.length + 1))]),
  // Counts that lie: one of the four, by a little or by all there is.
  (octets, random) => {
    const at = 4 + 2 * random(4);
    if (octets.length < at + 2) return octets;
    octets.writeUInt16BE([random(4), random(65_536), 65_535][random(3)]!, at);
    return octets;
  },
  // Lengths that lie: a label's, a record's or an option's, by a little.
  (octets, random) => {
    const at = place(octets, random);
    return setOctet(octets, at, (octets[at] ?? 0) + random(5) - 2);
  },
  // A pointer: back, ahead, to itself.
  (octets, random) => {
    const at = place(octets, random);
    return setOctet(setOctet(octets, at, 0xc0 | random(2)), at + 1, [random(256), at, 12][random(3)]!);
  },
];

function noise(random: RandomInt, length: number): Buffer {
  const octets = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) octets[at] = random(256);
  return octets;
}

/** Noise; most of it with a header that gets past the first checks. */
function raw(random: RandomInt): Buffer {
  const octets = noise(random, random(100));
  if (random(4) > 0)
    octets.set(Uint8Array.of(0, 1, random(2), 0, 0, random(3), 0, random(2), 0, random(2), 0, random(3)).subarray(0, octets.length));
  return octets;
}

/**
 * Gives one message after the other for zones with these apexes. One in four is valid as it is, one in eight is noise, the others are
 * damaged once to three times.
 */
export function queryFuzz(seed: number, apexes: readonly string[]): () => Uint8Array {
  const random = seeded(seed);
  const corpus = apexes.flatMap(queryCorpus);
  const one = (): Uint8Array => corpus[random(corpus.length)]!;
  return () => {
    const kind = random(8);
    if (kind === 0) return raw(random);
    let octets: Buffer = Buffer.from(one());
    for (let times = kind < 3 ? 0 : 1 + random(3); times > 0; times--) octets = MUTATIONS[random(MUTATIONS.length)]!(octets, random, one());
    return octets.subarray(0, MAX_OCTETS);
  };
}
