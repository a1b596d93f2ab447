import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pool } from "./pool.ts";
import { DRAWS_PER_PEER, OPERATOR_PEERS, samplePool, sampleRows, VISITS_PER_PEER } from "./sample.ts";
import { crowd, onions, poolOf, seeded, spread, type TestPeer } from "./test-pool.ts";

function countBy(ids: Uint32Array, rows: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(ids[row]!, (counts.get(ids[row]!) ?? 0) + 1);
  return [...counts.values()];
}

const all = (pool: Pool): number[] => Array.from({ length: pool.size }, (_, row) => row);

/** Pools of a few groups of very different sizes. */
const sizesArbitrary = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 40 });
const groupsOf = (sizes: readonly number[]): TestPeer[] =>
  sizes.flatMap((size, group) => Array.from({ length: size }, (_, i) => ({ text: `9.${group}.0.${i}:28333` })));

/** How many of these rows come after the 60 of `spread(60)`. */
const overlays = (rows: readonly number[]): number => rows.filter((row) => row >= 60).length;

describe("sampleRows", () => {
  it("gives as many peers as the group caps allow, none twice", () => {
    fc.assert(
      fc.property(sizesArbitrary, fc.integer({ min: 1, max: 100 }), fc.nat(), (sizes, count, seed) => {
        const pool = poolOf(groupsOf(sizes));
        const rows = sampleRows(pool, {}, count, seeded(seed));
        const cap = Math.ceil(count / sizes.length);
        const possible = sizes.reduce((sum, size) => sum + Math.min(size, cap), 0);
        expect(rows).toHaveLength(Math.min(count, possible));
        expect(new Set(rows).size).toBe(rows.length);
        for (const inGroup of countBy(pool.groups, rows)) expect(inGroup).toBeLessThanOrEqual(cap);
      }),
      { numRuns: 400 },
    );
  });

  it("keeps both caps where groups and operators cross", () => {
    const peer = fc.record({ group: fc.nat(30), host: fc.nat(250), asn: fc.option(fc.nat(12)) });
    const pools = fc.uniqueArray(peer, { selector: ({ group, host }) => `${group}.${host}`, minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(pools, fc.integer({ min: 1, max: 60 }), fc.nat(), (peers, count, seed) => {
        const pool = poolOf(peers.map(({ group, host, asn }) => ({ text: `9.${group}.0.${host}:28333`, asn })));
        const rows = sampleRows(pool, {}, count, seeded(seed));
        expect(new Set(rows).size).toBe(rows.length);
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.length).toBeLessThanOrEqual(count);
        for (const each of countBy(pool.groups, rows)) expect(each).toBeLessThanOrEqual(Math.ceil(count / pool.groupCount));
        const operatorCap = Math.max(OPERATOR_PEERS, Math.ceil(count / pool.operatorCount));
        for (const each of countBy(pool.operators, rows)) expect(each).toBeLessThanOrEqual(operatorCap);
      }),
      { numRuns: 400 },
    );
  });

  it("draws only what is selected", () => {
    const pool = poolOf([...spread(50), ...spread(50, 1), { text: "[2a01:1::1]:28333" }]);
    const peers = samplePool(pool, { family: "ipv4", port: 28_333 }, 100, seeded(1));
    expect(peers.map(({ text }) => text).sort()).toEqual(
      spread(50)
        .map(({ text }) => text)
        .sort(),
    );
  });

  it("does not let an overlay network's free addresses crowd out the rest, and gives them whole to whoever asks", () => {
    const mixed = poolOf([...spread(60), ...onions(10_000)]);
    for (let seed = 1; seed <= 50; seed++) {
      const rows = sampleRows(mixed, {}, 25, seeded(seed));
      expect(rows).toHaveLength(25);
      expect(overlays(rows)).toBeLessThanOrEqual(OPERATOR_PEERS);
    }
    expect(overlays(sampleRows(mixed, { family: "onion" }, 25, seeded(1)))).toBe(25);
    expect(overlays(sampleRows(poolOf([...spread(60), ...onions(3)]), {}, 100, seeded(1))), "few of them").toBe(2);
    expect(sampleRows(poolOf(onions(40)), {}, 25, seeded(1)), "a network on Tor alone").toHaveLength(25);
  });

  it("is empty for an empty selection and for a count of none", () => {
    expect(sampleRows(poolOf([]), {}, 25, seeded(1))).toEqual([]);
    expect(sampleRows(poolOf(spread(5)), { family: "onion" }, 25, seeded(1))).toEqual([]);
    expect(sampleRows(poolOf(spread(5)), {}, 0, seeded(1))).toEqual([]);
  });

  it("serves a small network that lives in one prefix whole", () => {
    const pool = poolOf(crowd(12));
    expect(sampleRows(pool, {}, 25, seeded(2)).sort((a, b) => a - b)).toEqual(all(pool));
  });
});

describe("an attacker's share", () => {
  it("is one record for a prefix with 9,990 of 10,000 peers", () => {
    const pool = poolOf([...crowd(9_950), ...spread(50)]);
    for (let seed = 0; seed < 200; seed++) {
      const peers = samplePool(pool, {}, 25, seeded(seed));
      expect(peers).toHaveLength(25);
      expect(peers.filter(({ text }) => text.startsWith("200.100.")).length).toBeLessThanOrEqual(1);
    }
  });

  it("is ceil(count / groups) where honest groups are few: 9,990 in one /16, ten elsewhere", () => {
    const pool = poolOf([...crowd(9_990), ...spread(10)]);
    for (let seed = 0; seed < 50; seed++) {
      const peers = samplePool(pool, {}, 25, seeded(seed));
      const attackers = peers.filter(({ text }) => text.startsWith("200.100."));
      expect([attackers.length, peers.length]).toEqual([3, 13]);
    }
  });

  it("is two records for an AS with 9,900 of 10,000 peers, each in a prefix of its own", () => {
    const honest = spread(100).map((peer, i) => ({ text: peer.text, asn: 64_000 + i }));
    const hostile = spread(10_000)
      .slice(100)
      .map((peer) => ({ text: peer.text, asn: 666 }));
    const pool = poolOf([...honest, ...hostile]);
    for (let seed = 0; seed < 200; seed++) {
      const peers = samplePool(pool, {}, 25, seeded(seed));
      expect(peers).toHaveLength(25);
      expect(peers.filter(({ asn }) => asn === 666).length).toBeLessThanOrEqual(OPERATOR_PEERS);
    }
  });

  it("is spread over the places of the answer", () => {
    const pool = poolOf([...crowd(9_950), ...spread(50)]);
    const firsts = Array.from({ length: 500 }, (_, seed) => samplePool(pool, {}, 25, seeded(seed))[0]!);
    const hostile = firsts.filter(({ text }) => text.startsWith("200.100.")).length;
    expect(hostile).toBeLessThan(60); // 20 are expected of 500; 500 without the shuffle
  });
});

describe("uniformity", () => {
  const PEERS = 200;
  const COUNT = 10;
  const DRAWS = 20_000;

  /** Pearson's statistic over how often each peer was drawn, corrected for drawing without replacement. */
  function chiSquare(random: (below: number) => number): number {
    const pool = poolOf(spread(PEERS));
    const drawn = new Uint32Array(PEERS);
    for (let i = 0; i < DRAWS; i++) for (const row of sampleRows(pool, {}, COUNT, random)) drawn[row]!++;
    const expected = (DRAWS * COUNT) / PEERS;
    const sum = drawn.reduce((total, times) => total + (times - expected) ** 2 / expected, 0);
    return sum / (1 - COUNT / PEERS);
  }

  // 199 degrees of freedom: mean 199, and above 305 once in a million.
  const CRITICAL = 305;

  it("holds over all selected peers", () => {
    for (const seed of [1, 2, 3]) expect(chiSquare(seeded(seed))).toBeLessThan(CRITICAL);
  });

  it("would be missed with a source that prefers low numbers by a tenth", () => {
    const fair = seeded(1);
    const biased = (below: number) => (fair(20) === 0 ? fair(Math.ceil(below / 2)) : fair(below));
    expect(chiSquare(biased)).toBeGreaterThan(CRITICAL);
  });

  it("holds over the groups of a pool in which most draws are refused", () => {
    // One group of 5,000 and 40 of one: each of the 40 stands in an answer of 10 about equally often.
    const pool = poolOf([...spread(40), ...crowd(5_000)]);
    const random = seeded(9);
    const drawn = new Uint32Array(41);
    for (let i = 0; i < 8_000; i++) for (const row of sampleRows(pool, {}, 10, random)) drawn[Math.min(row, 40)]!++;
    const honest = drawn.subarray(0, 40);
    const expected = honest.reduce((sum, times) => sum + times) / 40;
    const sum = honest.reduce((total, times) => total + (times - expected) ** 2 / expected, 0);
    expect(sum / (1 - expected / 8_000)).toBeLessThan(90); // 39 degrees of freedom: above 90 once in 100,000
  });
});

/** Counts the draws of chance and the reads of rows' groups that a sample takes once its view is there. */
function costOf(peers: readonly TestPeer[], count: number): { draws: number; reads: number } {
  let reads = 0;
  const counted = (ids: Uint32Array): Uint32Array =>
    new Proxy(ids, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
  const plain = poolOf(peers);
  sampleRows(plain, {}, 1, seeded(1)); // makes the view, which both pools share
  const pool: Pool = { ...plain, groups: counted(plain.groups), operators: counted(plain.operators) };
  let draws = 0;
  const source = seeded(5);
  sampleRows(pool, {}, count, (below) => {
    draws++;
    return source(below);
  });
  return { draws, reads };
}

// All plain draws, a visit with its probe's start for each bucket of both sweeps, and the shuffle.
const mostDraws = (count: number): number => (DRAWS_PER_PEER + 2 * 2 * VISITS_PER_PEER + 1) * count;

describe("cost", () => {
  it.each([1_000, 10_000, 50_000])("is about two draws a peer in a diverse pool of %i", (size) => {
    expect(costOf(spread(size), 25).draws).toBeLessThanOrEqual(2 * 25);
  });

  it.each([1_000, 10_000, 60_000])("is bounded in a pool of %i of which nearly all stand in one prefix", (size) => {
    const { draws, reads } = costOf([...crowd(size), ...spread(50)], 25);
    expect(draws).toBeLessThanOrEqual(mostDraws(25));
    expect(reads).toBeLessThan(40_000);
  });

  it("is bounded where groups and operators block each other", () => {
    // Every operator is in every group: after a few picks most of what is probed is refused.
    const peers = Array.from({ length: 10_000 }, (_, i) => ({ text: `9.${i % 40}.${Math.floor(i / 250)}.${i % 250}:28333`, asn: i % 3 }));
    expect(costOf(peers, 100).draws).toBeLessThanOrEqual(mostDraws(100));
  });
});
