/** Samples made beforehand: those of live draws in all but that certain rows are among them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dealSamples, dueBetween, ROUND_SECONDS } from "./deal.ts";
import { crowd, poolOf, seeded, spread } from "./test-pool.ts";
import { OPERATOR_PEERS } from "./sample.ts";

const COUNT = 25;
const DEAL = { count: COUNT, least: 8, most: 256 };
const nobody = (): boolean => false;
const everybody = (): boolean => true;

describe("dealSamples", () => {
  it("has every due row in a sample", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(), fc.integer({ min: 1, max: 7 }), (size, seed, step) => {
        const pool = poolOf(spread(size));
        const samples = dealSamples(pool, {}, DEAL, (row) => row % step === 0, seeded(seed));
        const dealt = new Set(samples.flat());
        for (let row = 0; row < size; row += step) expect(dealt.has(row)).toBe(true);
        for (const rows of samples) {
          expect(rows).toHaveLength(Math.min(size, COUNT));
          expect(new Set(rows).size).toBe(rows.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("obeys the caps of live samples, and makes no more samples than it may", () => {
    const pool = poolOf([...spread(300), ...crowd(500).map(({ text }) => ({ text, asn: 7 }))]);
    const samples = dealSamples(pool, {}, { ...DEAL, most: 40 }, everybody, seeded(1));
    expect(samples).toHaveLength(40);
    for (const rows of samples) {
      const operators = new Map<number, number>();
      for (const row of rows) operators.set(pool.operators[row]!, (operators.get(pool.operators[row]!) ?? 0) + 1);
      expect(Math.max(...operators.values())).toBeLessThanOrEqual(OPERATOR_PEERS);
      expect(new Set(rows.map((row) => pool.groups[row])).size).toBe(rows.length);
    }
  });

  it("makes the least number where few are due, one where one holds all, none where there is nobody", () => {
    expect(dealSamples(poolOf(spread(100)), {}, DEAL, nobody, seeded(2))).toHaveLength(8);
    expect(dealSamples(poolOf(spread(COUNT)), {}, DEAL, everybody, seeded(2))).toHaveLength(1);
    expect(dealSamples(poolOf([]), {}, DEAL, everybody, seeded(2))).toEqual([]);
    expect(dealSamples(poolOf(spread(3)), { family: "ipv6" }, DEAL, everybody, seeded(2))).toEqual([]);
    expect(dealSamples(poolOf(spread(3)), {}, { ...DEAL, count: 0 }, everybody, seeded(2))).toEqual([]);
  });

  it("makes several samples of few rows that the caps keep apart: none can hold them all", () => {
    const peers = [
      ...spread(10),
      ...spread(20)
        .slice(10)
        .map(({ text }) => ({ text, asn: 7 })),
    ];
    const samples = dealSamples(poolOf(peers), {}, DEAL, nobody, seeded(4));
    expect(samples).toHaveLength(DEAL.least);
    for (const rows of samples) expect(rows.length).toBeLessThan(peers.length);
    expect(new Set(samples.flat()).size).toBeGreaterThan(samples[0]!.length);
  });
});

describe("dueBetween", () => {
  it("has every row due once in a round, whenever the publications come", () => {
    const pool = poolOf(spread(500));
    const rows = Array.from({ length: 500 }, (_, row) => row);
    fc.assert(
      fc.property(fc.nat(2_000_000_000), fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 60 }), (start, pauses) => {
        const times = new Map(rows.map((row) => [row, 0]));
        let at = start;
        for (const pause of pauses) {
          const seconds = Math.min(pause, start + ROUND_SECONDS - at);
          if (seconds <= 0) break;
          for (const row of rows.filter(dueBetween(pool, at, seconds))) times.set(row, times.get(row)! + 1);
          at += seconds;
        }
        const most = Math.max(...times.values());
        expect(most).toBeLessThanOrEqual(1);
        if (at === start + ROUND_SECONDS) expect([...times.values()].every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("spreads the rows over the round", () => {
    const pool = poolOf(spread(6_000));
    for (let start = 0; start < ROUND_SECONDS; start += 600) {
      const due = Array.from({ length: 6_000 }, (_, row) => row).filter(dueBetween(pool, start, 600));
      expect(due.length).toBeGreaterThan(800);
      expect(due.length).toBeLessThan(1_200);
    }
  });
});
