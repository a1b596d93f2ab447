import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { ReportSchema } from "../../schema/report.ts";
import { crawlPolicy } from "./policy.ts";
import type { Engine, Pick } from "./engine.ts";
import { address, engine, evidence, hearsay, NOW, PUBLIC_NETWORK, reportsOf, round, seededRandom, withGoodPeer } from "./test-kit.ts";

const policy = crawlPolicy();

/** What a lone peer with this evidence is told, and how many peers are then reported. */
const failureOf = (fields: Parameters<typeof evidence>[0], network = PUBLIC_NETWORK) => {
  const one = engine({ network });
  one.seed([address(1)], NOW);
  const pick = one.next(NOW)!;
  return [one.verified(pick, evidence(fields), NOW), reportsOf(one, NOW).length];
};

describe("gossip", () => {
  it("registers hearsay, makes nobody good and changes nobody's schedule", () => {
    const one = withGoodPeer();
    const before = one.nextDue!;
    one.seed([address(2)], NOW);
    const pick = one.next(NOW)!;
    expect(one.hear(pick, [...hearsay(1, 1), ...hearsay(10, 5)], NOW)).toBe(5);
    one.verified(pick, evidence(), NOW);
    one.release(pick, NOW);
    expect(
      reportsOf(one, NOW)
        .map(({ address: text }) => text)
        .sort(),
    ).toEqual([formatAddress(address(1)), formatAddress(address(2))]);
    round(one, NOW, () => false); // the five
    expect(one.nextDue).toBeGreaterThan(NOW);
    const third = engine();
    third.seed([address(3)], NOW);
    round(third, NOW, () => false);
    const due = third.nextDue!;
    third.seed([address(4)], NOW);
    const teller = third.next(NOW)!;
    for (let n = 0; n < 50; n++) third.hear(teller, hearsay(3, 1, NOW), NOW + n);
    expect(third.next(due - 1)).toBeUndefined(); // however often they speak of it
    expect(before).toBeGreaterThan(NOW);
  });

  it("never makes more probes due than the schedule allows, whoever says what", () => {
    const script = fc.array(fc.record({ teller: fc.nat(3), from: fc.nat(30), count: fc.nat(30), wait: fc.nat(900) }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(script, fc.nat(), (steps, seed) => {
        const random = seededRandom(seed);
        const one = engine({ random });
        one.seed(
          [0, 1, 2, 3].map((n) => address(10_000 + n)),
          NOW,
        );
        const last = new Map<string, number>();
        let now = NOW;
        for (const { from, count, wait } of steps) {
          now += wait;
          const picks: Pick[] = [];
          for (let pick = one.next(now); pick !== undefined; pick = one.next(now)) picks.push(pick);
          for (const pick of picks) {
            const key = pick.record.key;
            expect(now - (last.get(key) ?? -Infinity)).toBeGreaterThanOrEqual(policy.minRetrySeconds);
            last.set(key, now);
            one.hear(pick, hearsay(from, count, now), now);
            if (random() < 0.5) one.verified(pick, evidence(), now);
            else one.failed(pick, "closed", now);
            one.release(pick, now);
          }
        }
      }),
    );
  });

  it("is ignored when too old, and bounded by the teller's quota", () => {
    const one = engine({ policy: crawlPolicy({ sourceQuota: 30 }) });
    one.seed([address(1)], NOW);
    const pick = one.next(NOW)!;
    expect(one.hear(pick, hearsay(10, 5, NOW - policy.maxHearsayAgeSeconds - 1), NOW)).toBe(0);
    expect(one.hear(pick, hearsay(100, 1_000), NOW)).toBe(30);
    expect(one.stats.known).toBe(31);
  });
});

describe("reports", () => {
  it("hold what the contract says, for peers that were good only", () => {
    const one = engine();
    one.seed([address(1), address(2)], NOW);
    round(one, NOW + 0.7, ({ record }) => record.key === formatAddress(address(1)));
    const reports = reportsOf(one, NOW + 1);
    expect(reports).toEqual([
      { address: formatAddress(address(1)), state: "good", ...evidence(), since: NOW, seen: NOW, reliability: [130, 34, 12, 2, 0] },
    ]);
    for (const report of reports) v.parse(ReportSchema, report);
  });

  it("lapse a peer at its first failed retest, with the reason", () => {
    const one = withGoodPeer();
    const revision = one.revision;
    round(one, NOW + 1_500, () => false);
    expect(reportsOf(one, NOW + 1_500)).toMatchObject([{ state: "lapsed", reason: "refused", since: NOW, seen: NOW + 1_500 }]);
    expect(one.revision).toBeGreaterThan(revision);
    expect(one.stats.good).toBe(0);
  });

  it("lapse a peer that nobody managed to retest in the good window, without blame", () => {
    const one = withGoodPeer();
    expect(reportsOf(one, NOW + policy.goodWindowSeconds)).toMatchObject([{ state: "good" }]);
    const [report] = reportsOf(one, NOW + policy.goodWindowSeconds + 1);
    expect(report).toMatchObject({ state: "lapsed" });
    expect(report).not.toHaveProperty("reason");
  });

  it("forget a peer that stayed away for long", () => {
    const one = withGoodPeer();
    let now = NOW;
    while (now < NOW + policy.goneSeconds + 2 * policy.lapsedRetrySeconds) round(one, (now += 600), () => false);
    expect(reportsOf(one, now)).toEqual([]);
    expect(one.stats.known).toBe(1); // pinned: the operator named it
    expect(reportsOf(one, now)).toEqual([]);
  });

  it("call a peer unreliable that passes after flapping", () => {
    const one = withGoodPeer();
    let now = NOW;
    for (let n = 0; n < 40; n++) {
      round(one, (now = Math.max(now + 1, one.nextDue!)), () => n % 2 === 1);
    }
    expect(reportsOf(one, now)).toMatchObject([{ state: "lapsed", reason: "unreliable" }]);
  });

  it("keep a steady peer good from the first probe on", () => {
    const one = withGoodPeer();
    for (let now = NOW; now < NOW + 2 * 86_400; now = one.nextDue!) {
      round(one, now);
      expect(reportsOf(one, now)).toMatchObject([{ state: "good", since: NOW }]);
    }
  });

  it("do not move the revision while nothing but time and height change", () => {
    const one = withGoodPeer();
    const revision = one.revision;
    round(one, NOW + 1_500);
    expect(one.revision).toBe(revision);
  });
});

const picked = (one: Engine): Pick => one.next(NOW + 1_800)!;

describe("what a peer tells later, or not at all", () => {
  it("stands as it was told before where a later handshake does not tell it", () => {
    const one = withGoodPeer();
    const pick = picked(one);
    expect(one.verified(pick, { services: "1", version: 70_016 }, NOW + 1_800)).toBeUndefined();
    expect(reportsOf(one, NOW + 1_800)).toMatchObject([{ state: "good", agent: "/test/", height: 100 }]);
  });

  it("does not call a peer stuck that told no height, but keeps the floor", () => {
    const floor = { ...PUBLIC_NETWORK, minHeight: 50 };
    expect(failureOf({ height: 0 }, floor)).toEqual(["height-stale", 0]);
    const one = engine({ network: floor });
    one.seed([address(1)], NOW);
    const pick = one.next(NOW)!;
    expect(one.verified(pick, { services: "1", version: 70_016 }, NOW)).toBe("height-stale"); // never told one
    const known = withGoodPeer();
    expect(known.verified(picked(known), { services: "1", version: 70_016 }, NOW + 1_800)).toBeUndefined();
  });

  it("is taken into the report when it is learnt", () => {
    const one = withGoodPeer();
    const pick = picked(one);
    one.verified(pick, evidence(), NOW + 1_800);
    const before = one.revision;
    one.learned(pick, { agent: "/later/", height: 200 }, NOW + 1_801);
    expect(one.revision).toBeGreaterThan(before);
    expect(reportsOf(one, NOW + 1_801)).toMatchObject([{ state: "good", agent: "/later/", height: 200 }]);
  });

  it("takes the success back where it shows the peer stuck", () => {
    const one = engine();
    one.seed(
      Array.from({ length: 5 }, (_, n) => address(n)),
      NOW,
    );
    const picks = Array.from({ length: 5 }, () => one.next(NOW)!);
    for (const pick of picks) one.verified(pick, { services: "1", version: 70_016 }, NOW);
    expect(reportsOf(one, NOW)).toHaveLength(5);
    for (const [n, pick] of picks.entries()) one.learned(pick, { height: n === 4 ? 5 : 1_000 }, NOW + 1);
    expect(reportsOf(one, NOW + 1)).toHaveLength(4);
    one.learned(picks[4]!, { height: 5 }, NOW + 2); // once is enough
    expect(reportsOf(one, NOW + 2)).toHaveLength(4);
  });
});

describe("evidence", () => {
  it("must show version, services and a height above the floor", () => {
    const network = { ...PUBLIC_NETWORK, services: "9", minHeight: 50 };
    expect(failureOf({ version: 70_000, services: "9" }, network)).toEqual(["version-too-old", 0]);
    expect(failureOf({ services: "1" }, network)).toEqual(["services-missing", 0]);
    expect(failureOf({ services: "409", height: 49 }, network)).toEqual(["height-stale", 0]);
    expect(failureOf({ services: "409", height: 50 }, network)).toEqual([undefined, 1]);
  });

  it("shows a stuck peer against the others, and liars that came first do not silence the honest", () => {
    const one = engine();
    one.seed(
      Array.from({ length: 40 }, (_, n) => address(n)),
      NOW,
    );
    const picks: Pick[] = [];
    for (let pick = one.next(NOW); pick !== undefined; pick = one.next(NOW)) picks.push(pick);
    const verdicts = picks.map((pick, n) =>
      one.verified(pick, evidence({ height: n < 4 ? 9_000_000 : n === 39 ? 100 : 500 }), NOW + n / 10),
    );
    expect(verdicts.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(verdicts.slice(12, 39).every((verdict) => verdict === undefined)).toBe(true);
    expect(verdicts[39]).toBe("height-stale");
  });
});

describe("a stuck peer that came first", () => {
  it("passes for a moment, until others have told their heights", () => {
    const one = engine();
    one.seed(
      Array.from({ length: 6 }, (_, n) => address(n)),
      NOW,
    );
    const picks = Array.from({ length: 6 }, () => one.next(NOW)!);
    const verdicts = picks.map((pick, n) => one.verified(pick, evidence({ height: n === 0 ? 5 : 500 + n }), NOW + n));
    expect(verdicts).toEqual(Array.from({ length: 6 }, () => undefined));
    const [stuck, ...others] = picks.map(({ record }) => record.key);
    expect(
      reportsOf(one, NOW + 6)
        .map(({ address: text }) => text)
        .sort(),
    ).toEqual(others.sort());
    expect(stuck).toBeDefined();
    expect(one.stats.good).toBe(5);
    for (const pick of picks) one.release(pick, NOW + 6);
    expect(one.next(NOW + policy.minRetrySeconds - 1)).toBeUndefined();
  });

  it("is not condemned by a chain that merely moved on", () => {
    const one = engine();
    one.seed(
      Array.from({ length: 6 }, (_, n) => address(n)),
      NOW,
    );
    const picks = Array.from({ length: 6 }, () => one.next(NOW)!);
    for (const [n, pick] of picks.entries()) one.verified(pick, evidence({ height: 500 + 100 * n }), NOW + 300 * n);
    expect(one.stats.good).toBe(6);
  });
});
