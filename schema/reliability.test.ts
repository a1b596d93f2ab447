import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EMPTY_WINDOWS,
  FIRST_TEST_AGE_SECONDS,
  isReliable,
  MAX_CREDIT_SECONDS,
  OUTAGE_GRACE_SECONDS,
  reliabilityThousandths,
  restoreWindows,
  tenureSince,
  UNSEEN_GRACE_SECONDS,
  updateWindows,
  WINDOW_SECONDS,
  windowAt,
  type Windows,
} from "./reliability.ts";

interface Golden {
  readonly name: string;
  readonly tests: readonly (readonly [success: 0 | 1, age: number])[];
  readonly reliable: string;
  readonly last: readonly number[];
}

const golden: readonly Golden[] = JSON.parse(readFileSync("test/golden/reliability.json", "utf8"));

type Test = readonly [success: boolean, age: number];

const run = (tests: readonly Test[], from: Windows = EMPTY_WINDOWS): Windows =>
  tests.reduce((windows, [success, age]) => updateWindows(windows, success, age), from);
const verdict = (total: number, successes: number): boolean => isReliable(EMPTY_WINDOWS, { total, successes });
const indexes = WINDOW_SECONDS.map((_, i) => i);
const age = fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.double(), fc.constantFrom(0, -1, 1e300));
const history = fc.array(fc.tuple(fc.boolean(), age), { maxLength: 60 });
const saneHistory = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 1e6 })), { minLength: 1, maxLength: 60 });

describe("golden vectors, computed independently", () => {
  for (const { name, tests, last, reliable } of golden) {
    it(name, () => {
      let windows = EMPTY_WINDOWS;
      let successes = 0;
      const verdicts = tests.map(([success, seconds], i) => {
        windows = updateWindows(windows, success === 1, seconds);
        successes += success;
        return isReliable(windows, { total: i + 1, successes }) ? "1" : "0";
      });
      expect(verdicts.join("")).toBe(reliable);
      for (const [i, value] of last.entries()) expect(windows[i]).toBeCloseTo(value, 11);
    });
  }
});

describe("updateWindows", () => {
  it("keeps 0 <= reliability <= weight <= 1 and a finite count, whatever the ages", () => {
    fc.assert(
      fc.property(history, (tests) => {
        const windows = run(tests);
        for (const i of indexes) {
          const { reliability, count, weight } = windowAt(windows, i);
          expect(reliability).toBeGreaterThanOrEqual(0);
          expect(reliability).toBeLessThanOrEqual(weight + 1e-9);
          expect(weight).toBeLessThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(tests.length);
          expect(count).toBeGreaterThanOrEqual(Math.min(tests.length, 1));
        }
      }),
    );
  });

  it("never lowers any reliability when a failure becomes a success", () => {
    fc.assert(
      fc.property(saneHistory, fc.nat(), (tests, pick) => {
        const better = tests.map(([success, seconds], i): Test => [success || i === pick % tests.length, seconds]);
        const [less, more] = [run(tests), run(better)];
        for (const i of indexes) {
          expect(windowAt(more, i).reliability).toBeGreaterThanOrEqual(windowAt(less, i).reliability - 1e-12);
        }
      }),
    );
  });

  it("composes: two like outcomes equal one over the whole time", () => {
    const part = fc.integer({ min: 0, max: MAX_CREDIT_SECONDS / 2 });
    fc.assert(
      fc.property(saneHistory, fc.boolean(), part, part, (before, success, a, b) => {
        const [two, one] = [
          run(
            [
              [success, a],
              [success, b],
            ],
            run(before),
          ),
          run([[success, a + b]], run(before)),
        ];
        for (const i of indexes) {
          expect(windowAt(two, i).reliability).toBeCloseTo(windowAt(one, i).reliability, 10);
          expect(windowAt(two, i).weight).toBeCloseTo(windowAt(one, i).weight, 10);
        }
      }),
    );
  });

  it("moves the shorter windows further", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e5 }), { minLength: 1, maxLength: 40 }), (ages) => {
        const windows = run(ages.map((seconds): Test => [true, seconds]));
        for (const i of indexes.slice(1)) {
          expect(windowAt(windows, i).reliability).toBeLessThanOrEqual(windowAt(windows, i - 1).reliability);
        }
      }),
    );
  });

  it("gives the first test a fixed age", () => {
    expect(updateWindows(EMPTY_WINDOWS, true, 1e9)).toEqual(updateWindows(EMPTY_WINDOWS, true, NaN));
    expect(windowAt(updateWindows(EMPTY_WINDOWS, true, 0), 0).weight).toBeCloseTo(1 - Math.exp(-FIRST_TEST_AGE_SECONDS / 7200), 12);
  });

  it("lets one test after a year speak for a day only", () => {
    const month = windowAt(
      run([
        [true, 0],
        [true, 365 * 86_400],
      ]),
      4,
    );
    expect(month.reliability).toBeLessThan(1 - Math.exp(-MAX_CREDIT_SECONDS / WINDOW_SECONDS[4]) + 1e-5);
  });
});

describe("isReliable", () => {
  it("serves a young network: half of up to three tests is enough", () => {
    expect([verdict(1, 1), verdict(2, 1), verdict(3, 2)]).toEqual([true, true, true]);
    expect([verdict(0, 0), verdict(1, 0), verdict(3, 1), verdict(4, 4)]).toEqual([false, false, false, false]);
  });

  it("has no hole between youth and maturity for any retest interval up to an hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 3_600 }), fc.integer({ min: 1, max: 300 }), (seconds, count) => {
        const tests = Array.from({ length: count }, (): Test => [true, seconds]);
        expect(isReliable(run(tests), { total: count, successes: count })).toBe(true);
      }),
    );
  });

  it("does not call a peer reliable that never passed", () => {
    fc.assert(
      fc.property(saneHistory, (tests) => {
        const failures = tests.map(([, seconds]): Test => [false, seconds]);
        expect(isReliable(run(failures), { total: tests.length, successes: 0 })).toBe(false);
      }),
    );
  });

  it("does not let a day of flapping pass for a month of service", () => {
    const tests = Array.from({ length: 100 }, (_, i): Test => [i % 2 === 0, 864]);
    expect(isReliable(run(tests), { total: 100, successes: 50 })).toBe(false);
  });
});

describe("restoreWindows", () => {
  it("takes back what updateWindows made and nothing that is not windows", () => {
    const windows = run([
      [true, 1200],
      [false, 60],
      [true, 86_400],
    ]);
    expect(restoreWindows([...windows])).toEqual(windows);
    expect(restoreWindows([])).toBeUndefined();
    for (const bad of [NaN, -1, 2, Infinity]) expect(restoreWindows([bad, ...windows.slice(1)])).toBeUndefined();
    expect(restoreWindows([windows[0]!, NaN, ...windows.slice(2)])).toBeUndefined();
    expect(restoreWindows([windows[0]!, windows[1]!, NaN, ...windows.slice(3)])).toBeUndefined();
  });
});

describe("reliabilityThousandths", () => {
  it("is five integers from 0 to 1000", () => {
    fc.assert(
      fc.property(history, (tests) => {
        const values = reliabilityThousandths(run(tests));
        expect(values).toHaveLength(5);
        for (const value of values) expect(Number.isInteger(value) && value >= 0 && value <= 1000).toBe(true);
      }),
    );
  });
});

describe("tenureSince", () => {
  const now = 1_800_000_000;

  it("starts at the first success", () => {
    expect(tenureSince({ since: undefined, lastSuccess: undefined, failingSince: now - 50 }, now)).toBe(now);
  });

  it("survives a short outage and ends with a long one", () => {
    const service = (seconds: number) => ({ since: now - 1e6, lastSuccess: now - seconds - 60, failingSince: now - seconds });
    expect(tenureSince(service(OUTAGE_GRACE_SECONDS), now)).toBe(now - 1e6);
    expect(tenureSince(service(OUTAGE_GRACE_SECONDS + 1), now)).toBe(now);
  });

  it("does not hold the crawler's own pause against a peer, unless it was very long", () => {
    const service = (seconds: number) => ({ since: now - 1e6, lastSuccess: now - seconds, failingSince: undefined });
    expect(tenureSince(service(UNSEEN_GRACE_SECONDS), now)).toBe(now - 1e6);
    expect(tenureSince(service(UNSEEN_GRACE_SECONDS + 1), now)).toBe(now);
  });

  it("never lies in the future", () => {
    expect(tenureSince({ since: now + 5, lastSuccess: now + 5, failingSince: undefined }, now)).toBe(now);
  });
});
