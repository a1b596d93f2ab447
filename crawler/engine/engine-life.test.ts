import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress, type PeerAddress } from "../../schema/address.ts";
import type { Report } from "../../schema/report.ts";
import { onionHost } from "../protocols/overlay.ts";
import { crawlPolicy } from "./policy.ts";
import { newRecord } from "./record.ts";
import { address, engine, evidence, hearsay, NOW, reportsOf, round, withGoodPeer } from "./test-kit.ts";

const policy = crawlPolicy();

describe("an outage of our own", () => {
  it("is told from theirs: after a run of silence nobody is blamed any more", () => {
    const one = engine();
    one.seed(
      Array.from({ length: 200 }, (_, n) => address(n)),
      NOW,
    );
    round(one, NOW);
    expect(one.stats.good).toBe(200);
    const probeAll = (now: number, failure: "connect-timeout" | "refused"): void => {
      for (let pick = one.next(now); pick !== undefined; pick = one.next(now)) {
        one.failed(pick, failure, now);
        one.release(pick, now);
      }
    };
    probeAll(NOW + 1_400, "connect-timeout");
    expect(one.stats).toMatchObject({ good: 200 - policy.outageProbes + 1, down: ["internet"] });
    probeAll(NOW + 2_100, "refused"); // packets come back: it is the peers after all
    expect(one.stats).toMatchObject({ good: 0, down: [] });
  });
});

const service = (n: number): PeerAddress => ({ family: "onion", host: onionHost(new Uint8Array(32).fill(n)), port: 8_333 });

describe("an outage of one overlay", () => {
  it("is told from the internet's, whose peers answer all the time", () => {
    const one = engine({ families: new Set(["ipv4", "onion"]) });
    one.seed(
      Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? address(n) : service(n))),
      NOW,
    );
    round(one, NOW);
    for (let pick = one.next(NOW + 1_400); pick !== undefined; pick = one.next(NOW + 1_400)) {
      if (pick.address.family === "ipv4") one.verified(pick, evidence(), NOW + 1_400);
      else one.failed(pick, "unreachable", NOW + 1_400);
      one.release(pick, NOW + 1_400);
    }
    expect(one.stats).toMatchObject({ good: 200 - policy.outageProbes + 1, down: ["onion"] });
  });
});

describe("a restart", () => {
  it("verifies stored good peers first, but nobody sooner than the minimum retry", () => {
    const stored = Array.from({ length: 30 }, (_, n) => {
      const record = newRecord(address(n), "public", NOW - 9_000);
      if (n < 10)
        Object.assign(record, {
          everGood: true,
          attempts: 1,
          successes: 1,
          lastAttempt: NOW - 900,
          lastSuccess: NOW - 900,
          since: NOW - 9_000,
          evidence: evidence(),
          due: NOW + 300,
        });
      else if (n < 20) Object.assign(record, { attempts: 1, failures: 1, lastAttempt: NOW - 10, due: NOW });
      return record;
    });
    const one = engine();
    one.restore(stored, NOW);
    const order = round(one, NOW).map(({ record }) => record);
    expect(order).toHaveLength(20);
    expect(order.slice(0, 10).every((record) => stored.indexOf(record) < 10)).toBe(true);
    expect(order.some((record) => stored.indexOf(record) >= 10 && stored.indexOf(record) < 20)).toBe(false);
  });

  it("knows which of the good were not probed since, and which addresses passed", () => {
    const good = { everGood: true, attempts: 1, successes: 1, lastSuccess: NOW - 900, since: NOW - 9_000, evidence: evidence() };
    const stored = [900, 900, 10].map((age, n) => Object.assign(newRecord(address(n), "public", NOW), good, { lastAttempt: NOW - age }));
    const one = engine();
    one.restore([...stored, newRecord(address(3), "public", NOW)], NOW);
    expect(one.stats).toMatchObject({ good: 3, unconfirmed: 2 }); // the third was probed a moment ago
    expect([0, 1, 2, 3].map((n) => one.passes(address(n)))).toEqual([true, true, true, false]);
    round(one, NOW, ({ record }) => record !== stored[0]);
    expect(one.stats).toMatchObject({ good: 3, unconfirmed: 0 });
    expect([0, 1, 2, 3, 4].map((n) => one.passes(address(n)))).toEqual([false, true, true, true, false]);
  });

  it("asks for addresses within a day, also after the clock had been a year ahead", () => {
    const record = Object.assign(newRecord(address(1), "public", NOW), { harvestAt: NOW + 365 * 86_400 });
    const one = engine();
    one.restore([record], NOW);
    expect(one.next(NOW)).toMatchObject({ harvest: false });
    expect(record.harvestAt).toBe(NOW + policy.harvestSeconds);
  });

  it("does not call stored peers overdue before it had time to look", () => {
    const record = newRecord(address(1), "public", NOW);
    Object.assign(record, {
      everGood: true,
      attempts: 1,
      successes: 1,
      lastAttempt: NOW - 86_400,
      lastSuccess: NOW - 86_400,
      since: NOW - 9e5,
      evidence: evidence(),
    });
    const one = engine();
    one.restore([record], NOW);
    expect(reportsOf(one, NOW + 1)).toMatchObject([{ state: "good" }]);
    expect(reportsOf(one, NOW + policy.retestSeconds + 1)).toMatchObject([{ state: "lapsed" }]);
  });

  it("drops stored addresses that the rules no longer allow", () => {
    const one = engine();
    one.restore([newRecord(parseAddress("127.0.0.1:8333"), "public", NOW)], NOW);
    expect(one.stats.known).toBe(0);
    expect([...one.takeChanges().dropped]).toEqual(["127.0.0.1:8333"]);
  });

  it("adopts the registry's memory: silent until tested, tenure kept", () => {
    const good: Report = {
      address: formatAddress(address(1)),
      state: "good",
      ...evidence(),
      since: NOW - 86_400,
      seen: NOW - 900,
      reliability: [1, 1, 1, 1, 1],
    };
    const alive = engine();
    alive.adopt([good], NOW);
    expect(reportsOf(alive, NOW)).toEqual([]);
    round(alive, NOW);
    expect(reportsOf(alive, NOW)).toMatchObject([{ state: "good", since: NOW - 86_400, seen: NOW }]);
    const early = withGoodPeer();
    expect(reportsOf(early, NOW)).toMatchObject([{ since: NOW }]);
    early.adopt([good], NOW + 5); // the registry's answer came after the first probe
    expect(reportsOf(early, NOW + 5)).toMatchObject([{ state: "good", since: NOW - 86_400, seen: NOW }]);
    expect(early.stats.known).toBe(1);
    const dead = engine();
    dead.adopt([good], NOW);
    round(dead, NOW, () => false);
    expect(reportsOf(dead, NOW)).toMatchObject([{ state: "lapsed", reason: "refused" }]);
  });
});

describe("harvest", () => {
  it("asks each peer about once a day, and sooner one that had nothing to tell", () => {
    const one = engine();
    one.seed([address(1), address(2)], NOW);
    const asked = new Map<string, number>();
    for (let now = NOW; now < NOW + 86_400; now = one.nextDue!) {
      for (let pick = one.next(now); pick !== undefined; pick = one.next(now)) {
        if (pick.harvest) asked.set(pick.record.key, (asked.get(pick.record.key) ?? 0) + 1);
        one.verified(pick, evidence(), now);
        if (pick.harvest && pick.record.key === formatAddress(address(1))) one.hear(pick, hearsay(1, 2, now), now);
        one.release(pick, now);
      }
    }
    expect(asked.get(formatAddress(address(1)))).toBe(1);
    expect(asked.get(formatAddress(address(2)))).toBeGreaterThan(10);
  });

  it("asks only a few at once when gossip has nothing new, and the others within the day", () => {
    const one = engine({ policy: crawlPolicy({ sourceQuota: 1e6 }) });
    one.seed(
      Array.from({ length: 2_000 }, (_, n) => address(n)),
      NOW,
    );
    const picks = Array.from({ length: 100 }, () => one.next(NOW)!);
    for (const pick of picks) {
      one.verified(pick, evidence(), NOW);
      one.hear(pick, hearsay(0, 1_000), NOW);
      one.release(pick, NOW);
    }
    expect(picks.every(({ harvest }) => harvest)).toBe(true);
    const later = Array.from({ length: 400 }, () => one.next(NOW)!);
    const share = later.filter(({ harvest }) => harvest).length / 400;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.25);
    for (const { record, harvest } of later) if (!harvest) expect(record.harvestAt).toBeLessThanOrEqual(NOW + policy.harvestSeconds);
  });
});

describe("changes for the store", () => {
  it("are told once, and dropped addresses are not saved", () => {
    const one = withGoodPeer();
    expect([...one.takeChanges().saved].map(({ key }) => key)).toEqual([formatAddress(address(1))]);
    expect(one.takeChanges().saved.size).toBe(0);
    const small = engine({ policy: crawlPolicy({ maxKnown: 20 }) });
    small.seed([address(1)], NOW);
    small.hear(small.next(NOW)!, hearsay(100, 200), NOW);
    const { saved, dropped } = small.takeChanges();
    expect(saved.size).toBe(20);
    expect([...saved].some(({ key }) => dropped.has(key))).toBe(false);
  });
});
