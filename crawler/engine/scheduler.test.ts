import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crawlPolicy } from "./policy.ts";
import type { PeerRecord } from "./record.ts";
import { Scheduler } from "./scheduler.ts";
import { NOW, record, seededRandom } from "./test-kit.ts";

const scheduler = (seed = 1, explorationShare = 0.125): Scheduler => new Scheduler(crawlPolicy({ explorationShare }), seededRandom(seed));

function drain(from: Scheduler, now = NOW): PeerRecord[] {
  const drawn: PeerRecord[] = [];
  for (let next = from.next(now); next !== undefined; next = from.next(now)) drawn.push(next);
  return drawn;
}

const verified = (n: number): PeerRecord => Object.assign(record(n), { lastSuccess: NOW - 9 });

describe("Scheduler", () => {
  it("picks nothing before it is due, and everything then", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), fc.integer({ min: 0, max: 50 }), (delays, later) => {
        const one = scheduler();
        for (const [n, delay] of delays.entries()) one.add(record(n), NOW + delay);
        expect(drain(one, NOW + later)).toHaveLength(delays.filter((delay) => delay <= later).length);
        const rest = delays.filter((delay) => delay > later);
        expect(one.nextDue).toBe(rest.length === 0 ? undefined : NOW + Math.min(...rest));
      }),
    );
  });

  it("draws in uniformly random order (chi-square, p > 0.001)", () => {
    const [size, rounds] = [8, 4_000];
    const seen = Array.from({ length: size * size }, () => 0);
    for (let round = 0; round < rounds; round++) {
      const one = scheduler(round);
      const records = Array.from({ length: size }, (_, n) => record(n));
      for (const each of records) one.add(each, NOW);
      for (const [position, each] of drain(one).entries()) seen[size * position + records.indexOf(each)]!++;
    }
    const expected = rounds / size;
    const chiSquare = seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(85.4); // 49 degrees of freedom
  });

  it("never has two connections to one host, whatever the order of events", () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant("add" as const), host: fc.nat(4), port: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ type: fc.constant("next" as const) }),
      fc.record({ type: fc.constant("finish" as const), pick: fc.nat(), delay: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ type: fc.constant("remove" as const), pick: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(), (steps, seed) => {
        const one = scheduler(seed);
        const known = new Map<string, PeerRecord>();
        const flying: PeerRecord[] = [];
        let now = NOW;
        for (const each of steps) {
          now += 0.5;
          if (each.type === "add") {
            const added = record(each.host, each.port);
            if (known.has(added.key)) continue;
            known.set(added.key, added);
            one.add(added, now);
          } else if (each.type === "next") {
            const next = one.next(now);
            if (next === undefined) continue;
            expect(flying.some(({ host }) => host === next.host)).toBe(false);
            flying.push(next);
          } else if (each.type === "finish") {
            const [done] = flying.splice(each.pick % (flying.length || 1), 1);
            if (done !== undefined) one.finish(done, now + each.delay);
          } else {
            const victim = [...known.values()][each.pick % (known.size || 1)];
            if (victim === undefined) continue;
            expect(one.remove(victim)).toBe(!flying.includes(victim));
            if (!flying.includes(victim)) known.delete(victim.key);
          }
          expect(one.inFlight).toBe(flying.length);
        }
        for (const each of flying) one.finish(each, undefined);
        const left = new Set([...known.values()].filter((each) => !flying.includes(each)));
        const found = new Set<PeerRecord>();
        for (let next = one.next(now + 9); next !== undefined; next = one.next(now + 9)) {
          found.add(next);
          one.finish(next, undefined);
        }
        expect(found).toEqual(left); // nothing is lost and nothing comes twice
      }),
      { numRuns: 300 },
    );
  });

  it("goes through stored peers that answered once before it explores", () => {
    const one = scheduler(1, 0.5);
    for (let n = 0; n < 100; n++) one.add(n % 2 === 0 ? verified(n) : record(n), NOW);
    const order = drain(one).map(({ lastSuccess }) => lastSuccess > 0);
    expect(order.slice(0, 50)).not.toContain(false);
  });

  it("keeps a share for exploration while retests are due, and prefers retests", () => {
    const one = scheduler(3, 0.125);
    drain(one); // nothing stored: the warm-up is over
    for (let n = 0; n < 4_000; n++) one.add(n % 2 === 0 ? verified(n) : record(n), NOW);
    const explored = Array.from({ length: 1_600 }, () => one.next(NOW)!).filter(({ lastSuccess }) => lastSuccess === 0).length;
    expect(explored).toBeGreaterThan(140);
    expect(explored).toBeLessThan(260);
  });
});
