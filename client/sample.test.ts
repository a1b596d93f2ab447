import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATOR_PEERS as EDGE_OPERATOR_PEERS, samplePool, type Selection as EdgeSelection } from "../workers/sampling/sample.ts";
import { crowd, onions, poolOf, seeded, spread, type TestPeer } from "../workers/sampling/test-pool.ts";
import { readEntry, type Entry } from "./peer.ts";
import { DEFAULT_COUNT, OPERATOR_PEERS, randomInt, samplePeers, type Selection } from "./sample.ts";

const entriesOf = (peers: readonly TestPeer[]): readonly Entry[] =>
  peers.map(({ text, services = "409", version = 70_016, asn = null }) => {
    const entry = readEntry({ address: text, services, version, agent: "", asn, country: null });
    if (entry === undefined) throw new TypeError(text);
    return entry;
  });

const draw = (peers: readonly TestPeer[], selection: Selection, seed = 1): readonly string[] =>
  samplePeers(entriesOf(peers), selection, seeded(seed)).map(({ address }) => address);

const sizesOf = (values: readonly string[]): readonly number[] =>
  [...Map.groupBy(values, (value) => value).values()].map((each) => each.length);

const testPeers = fc.uniqueArray(
  fc.record({
    text: fc.oneof(
      fc.tuple(fc.nat(12), fc.nat(30)).map(([group, host]) => `9.${group}.0.${host}:28333`),
      fc.tuple(fc.nat(4), fc.nat(9)).map(([group, host]) => `[2a01:${group}::${host}]:28333`),
      fc.nat(20).map((i) => onions(21)[i]!.text),
    ),
    asn: fc.option(fc.nat(8)),
    services: fc.constantFrom("0", "1", "409", "8000000000000001"),
    version: fc.constantFrom(1, 70_016),
  }),
  { selector: ({ text }) => text, minLength: 1, maxLength: 80 },
);

const selections = fc.record(
  {
    family: fc.constantFrom("ipv4", "ipv6", "onion", "ip"),
    services: fc.constantFrom("0", "1", "409", "8000000000000000"),
    minVersion: fc.constantFrom(0, 2),
    port: fc.constantFrom(28_333, 1),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<EdgeSelection & Selection>;

describe("samplePeers", () => {
  it("keeps the caps, and leaves out nobody whom they allow", () => {
    expect([OPERATOR_PEERS, DEFAULT_COUNT]).toEqual([EDGE_OPERATOR_PEERS, 8]);
    fc.assert(
      fc.property(testPeers, selections, fc.integer({ min: 0, max: 40 }), fc.nat(), (peers, selection, count, seed) => {
        const entries = entriesOf(peers);
        const sample = samplePeers(entries, { ...selection, count }, seeded(seed));
        // Whom the selection lets through, as the edge sees it: a count that all caps allow draws them all.
        const whole = new Set(samplePool(poolOf(peers), selection, 10_000, seeded(seed)).map(({ text }) => text));
        const pool = entries.filter(({ peer }) => whole.has(peer.address));
        const drawn = pool.filter(({ peer }) => sample.includes(peer));
        expect(drawn).toHaveLength(sample.length);
        expect(new Set(sample).size).toBe(sample.length);

        const groups = sizesOf(drawn.map(({ group }) => group));
        const operators = sizesOf(drawn.map(({ operator }) => operator));
        const groupCap = Math.ceil(count / new Set(pool.map(({ group }) => group)).size);
        const operatorCap = Math.max(OPERATOR_PEERS, Math.ceil(count / new Set(pool.map(({ operator }) => operator)).size));
        for (const size of groups) expect(size).toBeLessThanOrEqual(groupCap);
        for (const size of operators) expect(size).toBeLessThanOrEqual(operatorCap);
        if (sample.length === count) return;
        for (const entry of pool.filter(({ peer }) => !sample.includes(peer))) {
          const sameGroup = drawn.filter(({ group }) => group === entry.group).length;
          const sameOperator = drawn.filter(({ operator }) => operator === entry.operator).length;
          expect(sameGroup >= groupCap || sameOperator >= operatorCap, entry.peer.address).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives an attacker with one prefix one place, with one AS two, and not the first", () => {
    const prefix = [...crowd(9_950), ...spread(50)];
    const owned = spread(1_000).map(({ text }, i) => ({ text, asn: i < 900 ? 666 : i }));
    let first = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const sample = draw(prefix, { count: 25 }, seed);
      expect(sample).toHaveLength(25);
      expect(sample.filter((text) => text.startsWith("200.100."))).toHaveLength(1);
      if (sample[0]!.startsWith("200.100.")) first++;
      const theirs = new Set(owned.slice(0, 900).map(({ text }) => text));
      expect(draw(owned, { count: 25 }, seed).filter((text) => theirs.has(text)).length).toBeLessThanOrEqual(2);
    }
    expect(first).toBeLessThan(10); // 1.6 are expected; 40 without the second shuffle
  });

  it("serves a small network in one prefix whole, and an empty selection with nobody", () => {
    expect(draw(crowd(5), {})).toHaveLength(5);
    expect(draw(crowd(5), { family: "ipv6" })).toEqual([]);
    expect(draw([], {})).toEqual([]);
    expect(draw(crowd(5), { count: 0 })).toEqual([]);
    expect(draw(onions(40), { count: 25 })).toHaveLength(25);
  });

  it("takes services as hex or as a bigint, and refuses what is neither", () => {
    const peers = [...spread(1), { text: "9.9.9.9:1", services: "8000000000000001" }];
    expect(draw(peers, { services: "8000000000000000" })).toEqual(["9.9.9.9:1"]);
    expect(draw(peers, { services: 1n << 63n })).toEqual(["9.9.9.9:1"]);
    for (const services of ["", "0x1", "g", "1".repeat(17)]) expect(() => draw(peers, { services })).toThrow(RangeError);
    for (const count of [-1, 1.5, Number.NaN]) expect(() => draw(peers, { count })).toThrow(RangeError);
  });

  it("is flat where the pool is spread", () => {
    const [peers, count, draws] = [200, 10, 10_000];
    const entries = entriesOf(spread(peers));
    const random = seeded(3);
    const drawn = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      for (const { address } of samplePeers(entries, { count }, random)) drawn.set(address, (drawn.get(address) ?? 0) + 1);
    }
    const expected = (draws * count) / peers;
    const sum = [...drawn.values()].reduce((total, times) => total + (times - expected) ** 2 / expected, 0);
    expect(drawn.size).toBe(peers);
    // Pearson's statistic, corrected for drawing without replacement: 199 degrees of freedom, above 305 once in a million.
    expect(sum / (1 - count / peers)).toBeLessThan(305);
  });
});

describe("randomInt", () => {
  it("throws away words that would favour small results", () => {
    const words = [0xffff_ffff, 0xffff_fffe, 5];
    const random = randomInt((buffer) => buffer.set(words));
    expect(random(0xffff_fffe)).toBe(5); // both before are beyond the last whole multiple
    const fair = randomInt((buffer) => void crypto.getRandomValues(buffer));
    for (let i = 0; i < 1_000; i++) expect(fair(3)).toBeLessThan(3);
  });
});
