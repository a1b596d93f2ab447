/** What follows from a probe, in whatever order and portions a peer tells its height. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import type { ProbeFailure, Report } from "../../schema/report.ts";
import type { Engine, Pick } from "./engine.ts";
import { recordFailure, recordSuccess } from "./history.ts";
import { crawlPolicy } from "./policy.ts";
import { newRecord } from "./record.ts";
import { assess } from "./standing.ts";
import { address, engine, evidence, hearsay, NOW, PUBLIC_NETWORK, reportsOf } from "./test-kit.ts";

const policy = crawlPolicy({ heightWindowSeconds: 1e9 });
const FAR = NOW + 1e9;

/** A handshake that tells no height. */
const SILENT = { services: "1", version: 70_016 };

/** An engine that has heard a height of 1,000 from `count` peers, which are not seen again. */
function amongOthers(count: number): Engine {
  const one = engine({ policy });
  one.seed(
    Array.from({ length: count }, (_, n) => address(100 + n)),
    NOW,
  );
  for (let pick = one.next(NOW); pick !== undefined; pick = one.next(NOW)) {
    one.verified(pick, evidence({ height: 1_000 }), NOW);
    one.abandon(pick, FAR);
  }
  return one;
}

/** The lone peer that is due. */
function visit(one: Engine, now: number): Pick {
  const pick = one.next(now);
  if (pick === undefined) throw new TypeError("nobody is due");
  return pick;
}

const stateOf = (one: Engine, key: string, now: number): Report["state"] | undefined =>
  reportsOf(one, now).find((report) => report.address === key)?.state;

const key = formatAddress(address(1));

/** How a visit goes: it fails, or a handshake with or without a height is followed by any number of heights. */
type Visit = { readonly failure: ProbeFailure } | { readonly first: number | undefined; readonly later: readonly number[] };

const heights = fc.constantFrom(5, 980, 995, 1_000);
const visits: fc.Arbitrary<Visit> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Visit>({ failure: "connect-timeout" }, { failure: "closed" }) },
  { weight: 4, arbitrary: fc.record({ first: fc.option(heights, { nil: undefined }), later: fc.array(heights, { maxLength: 3 }) }) },
);

const isStuckAt = (height: number): boolean => height < 1_000 - PUBLIC_NETWORK.maxHeightLag;

/** What a visit comes to: the first height that shows the peer stuck is the last word; with none, what was found last stands. */
function outcome(steps: Visit, before: ProbeFailure | undefined): ProbeFailure | undefined {
  if ("failure" in steps) return steps.failure;
  const told = [...(steps.first === undefined ? [] : [steps.first]), ...steps.later];
  if (told.length === 0) return before === "height-stale" ? before : undefined;
  return told.some(isStuckAt) ? "height-stale" : undefined;
}

describe("a visit", () => {
  it("leaves one outcome in the history, as if all had been told at once", () => {
    fc.assert(
      fc.property(fc.array(visits, { maxLength: 12 }), (script) => {
        const one = amongOthers(40);
        const model = newRecord(address(1), "public", NOW);
        one.seed([address(1)], NOW);
        let now = NOW;
        for (const steps of script) {
          const pick = visit(one, (now = Math.max(now, Math.ceil(one.nextDue ?? now))));
          if ("failure" in steps) one.failed(pick, steps.failure, now);
          else {
            one.verified(pick, steps.first === undefined ? SILENT : evidence({ height: steps.first }), now);
            for (const height of steps.later) one.learned(pick, { height }, now);
          }
          const failure = outcome(steps, model.failure);
          if (failure === undefined) recordSuccess(model, now);
          else recordFailure(model, failure, now);
          const { attempts, successes, failures, lastSuccess, since, windows } = model;
          expect(pick.record).toMatchObject({ attempts, successes, failures, failure, lastSuccess, since });
          expect(pick.record.windows).toEqual(windows);
          model.everGood = pick.record.everGood;
          expect(stateOf(one, key, now)).toBe(assess(model, policy, now, NOW)?.state);
          one.release(pick, now);
        }
      }),
    );
  });

  it("counts once for every peer of a young network, however often its height is told", () => {
    const told = fc.record({ peer: fc.nat(9), height: heights });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 200 }), (script) => {
        const one = engine({ policy });
        one.seed(
          Array.from({ length: 10 }, (_, n) => address(n)),
          NOW,
        );
        const picks = Array.from({ length: 10 }, () => visit(one, NOW));
        for (const pick of picks) one.verified(pick, SILENT, NOW);
        for (const { peer, height } of script) one.learned(picks[peer]!, { height }, NOW + 1);
        for (const { record } of picks) {
          expect(record).toMatchObject({ attempts: 1, successes: record.failures === 0 ? 1 : 0 });
          expect(record.failures).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe("a stuck peer", () => {
  it("stays stuck while it tells no height, and is good again by the next one that it tells", () => {
    const one = amongOthers(40);
    one.seed([address(1)], NOW);
    const first = visit(one, NOW);
    one.verified(first, SILENT, NOW);
    one.hear(first, hearsay(500, 6), NOW);
    one.learned(first, { height: 5 }, NOW + 1);
    one.release(first, NOW + 1);
    const again = Array.from({ length: 7 }, () => visit(one, NOW + 3_600)).find(({ record }) => record === first.record)!;
    expect(again.harvest).toBe(true); // or it would have no occasion to tell
    expect(one.verified(again, SILENT, NOW + 3_600)).toBe("height-stale");
    one.learned(again, { agent: "/2/" }, NOW + 3_601);
    expect(stateOf(one, key, NOW + 3_601)).toBeUndefined();
    one.learned(again, { height: 1_000 }, NOW + 3_602);
    expect(stateOf(one, key, NOW + 3_602)).toBe("good");
  });

  it("that tells one height after another keeps nobody else out of view", () => {
    const one = engine({ policy });
    one.seed(
      Array.from({ length: 6 }, (_, n) => address(n)),
      NOW,
    );
    const picks = Array.from({ length: 6 }, () => visit(one, NOW));
    for (const pick of picks) one.verified(pick, SILENT, NOW);
    for (let n = 0; n < 100; n++) one.learned(picks[0]!, { height: 1_000 + (n % 2) }, NOW);
    one.learned(picks[1]!, { height: 5 }, NOW);
    for (const pick of picks.slice(2)) one.learned(pick, { height: 1_000 }, NOW);
    expect(stateOf(one, picks[1]!.record.key, NOW)).toBeUndefined();
    expect(one.stats.good).toBe(5);
  });

  it("keeps the tenure that the registry remembers", () => {
    const one = amongOthers(40);
    const memory = { ...evidence(), address: key, since: NOW - 86_400, seen: NOW - 900, reliability: [1, 1, 1, 1, 1] };
    one.adopt([{ ...memory, state: "good" }], NOW);
    const pick = visit(one, NOW);
    one.verified(pick, SILENT, NOW);
    one.learned(pick, { height: 5 }, NOW + 1);
    expect(reportsOf(one, NOW + 1).find((each) => each.address === key)).toMatchObject({
      state: "lapsed",
      reason: "height-stale",
      since: NOW - 86_400,
    });
  });

  it("of other faults too is not rescued by a height", () => {
    const one = amongOthers(40);
    one.seed([address(1)], NOW);
    const pick = visit(one, NOW);
    expect(one.verified(pick, { services: "0", version: 70_016 }, NOW)).toBe("services-missing");
    one.learned(pick, { height: 1_000 }, NOW);
    expect(pick.record).toMatchObject({ failure: "services-missing", attempts: 1 });
  });
});

describe("a harvest", () => {
  it("is not repeated sooner because a lone entry followed the answer", () => {
    const one = amongOthers(3);
    one.seed([address(1)], NOW);
    const pick = visit(one, NOW);
    one.verified(pick, evidence({ height: 1_000 }), NOW);
    one.hear(pick, hearsay(500, 2), NOW);
    one.hear(pick, hearsay(502, 1), NOW + 1);
    expect(pick.record.harvestAt).toBe(NOW + policy.harvestSeconds);
  });
});
