import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UNSEEN_GRACE_SECONDS } from "../../schema/reliability.ts";
import { isSpent, nextDue, recordFailure, recordSuccess } from "./history.ts";
import { crawlPolicy, PolicyError, type CrawlPolicy } from "./policy.ts";
import { NOW, record } from "./test-kit.ts";

const policy = crawlPolicy();
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("nextDue", () => {
  it("retests a good peer well inside the window in which it counts as good", () => {
    fc.assert(
      fc.property(unit, (chance) => {
        const peer = record(1);
        recordSuccess(peer, NOW);
        const wait = nextDue(peer, policy, NOW, () => chance) - NOW;
        expect(wait).toBeGreaterThanOrEqual(policy.retestSeconds * (1 - policy.retestJitter));
        expect(wait).toBeLessThanOrEqual(policy.retestSeconds * (1 + policy.retestJitter));
        expect(2 * wait).toBeLessThan(policy.goodWindowSeconds);
      }),
    );
  });

  it("backs off from failing ones, never below the minimum nor above the cap", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.boolean(), unit, (failures, verified, chance) => {
        const peer = Object.assign(record(1), { failures, lastSuccess: verified ? NOW - 9 : 0 });
        const wait = nextDue(peer, policy, NOW, () => chance) - NOW;
        const cap = verified ? policy.lapsedRetrySeconds : policy.hearsayRetrySeconds;
        expect(wait).toBeGreaterThanOrEqual(policy.minRetrySeconds);
        expect(wait).toBeLessThanOrEqual(cap * (1 + policy.retestJitter));
        const next = nextDue({ ...peer, failures: failures + 1 }, policy, NOW, () => chance) - NOW;
        expect(next).toBeGreaterThanOrEqual(wait);
      }),
    );
  });
});

describe("recordSuccess and recordFailure", () => {
  it("keep tenure over a short outage and start it anew after a long one", () => {
    const peer = record(1);
    recordSuccess(peer, NOW);
    recordFailure(peer, "refused", NOW + 1_200);
    recordSuccess(peer, NOW + 3_600);
    expect(peer).toMatchObject({ since: NOW, failures: 0, failingSince: 0, failure: undefined, attempts: 3, successes: 2 });
    for (let hour = 2; hour < 10; hour++) recordFailure(peer, "refused", NOW + 3_600 * hour);
    expect(peer).toMatchObject({ failures: 8, failingSince: NOW + 7_200 });
    recordSuccess(peer, NOW + 36_000);
    expect(peer.since).toBe(NOW + 36_000);
  });

  it("begin the history with the first success", () => {
    const peer = record(1);
    recordFailure(peer, "refused", NOW);
    expect(peer.windows).toBeUndefined();
    recordSuccess(peer, NOW + 600);
    expect(peer.windows?.[1]).toBe(1);
  });

  it("forget a history that nobody saw the end of", () => {
    const peer = record(1);
    for (let n = 0; n < 50; n++) recordSuccess(peer, NOW + 1_200 * n);
    const later = NOW + 1_200 * 49 + UNSEEN_GRACE_SECONDS + 1;
    recordSuccess(peer, later);
    expect(peer).toMatchObject({ attempts: 1, successes: 1, since: later });
  });
});

describe("isSpent", () => {
  const failing = (fields: object) => Object.assign(record(1), { failures: policy.dropFailures, failure: "refused", ...fields });
  const later = NOW + policy.dropUnheardSeconds + 1;

  it("drops hearsay that fails and that nobody repeats", () => {
    expect(isSpent(failing({}), policy, later)).toBe(true);
    expect(isSpent(failing({ heard: later }), policy, later)).toBe(false);
    expect(isSpent(failing({ failures: policy.dropFailures - 1 }), policy, later)).toBe(false);
    expect(isSpent(failing({ pinned: true }), policy, later)).toBe(false);
  });

  it("keeps a peer that was verified until it is gone", () => {
    const verified = failing({ lastSuccess: NOW });
    expect(isSpent(verified, policy, NOW + policy.goneSeconds)).toBe(false);
    expect(isSpent(verified, policy, NOW + policy.goneSeconds + 1)).toBe(true);
  });
});

describe("crawlPolicy", () => {
  it("refuses numbers that contradict each other, by name", () => {
    const bad: Partial<CrawlPolicy>[] = [
      { goodWindowSeconds: 1_200 }, // the mistake of dcrseeder: retest interval and good window equal
      { minRetrySeconds: 1_200 },
      { backoffFactor: 0.5 },
      { retestJitter: 1 },
      { maxKnown: NaN },
      { sourceQuota: -1 },
    ];
    for (const overrides of bad) expect(() => crawlPolicy(overrides), JSON.stringify(overrides)).toThrow(PolicyError);
    expect(() => crawlPolicy({ maxKnown: -1 })).toThrow(/maxKnown/);
  });
});
