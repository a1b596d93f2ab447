import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { crawlPolicy } from "./engine/policy.ts";
import { address, engine, evidence, NOW, PUBLIC_NETWORK } from "./engine/test-kit.ts";
import type { SeedAnswer, SeedResolver } from "./net/seeds.ts";
import { startSeeding } from "./seeding.ts";

const network = { ...PUBLIC_NETWORK, dnsSeeds: ["seed.example"] };
const policy = crawlPolicy({ enoughGood: 1, seedSeconds: 60 });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A seed that names these hosts, and what came of asking it. */
function seeding(hosts: string[], one = engine({ network })) {
  const told: (readonly SeedAnswer[])[] = [];
  const faults: unknown[] = [];
  let asked = 0;
  const resolver: SeedResolver = { resolve4: () => (asked++, Promise.resolve(hosts)), resolve6: () => Promise.resolve([]) };
  const stop = startSeeding({
    network,
    policy,
    engine: one,
    resolver,
    clock: () => NOW,
    onAnswers: (answers) => void told.push(answers),
    onFault: (error) => void faults.push(error),
  });
  return { one, told, faults, stop, asked: () => asked };
}

/** Probes whatever is due, with success. */
function verifyAll(one: ReturnType<typeof engine>): void {
  for (let pick = one.next(NOW); pick !== undefined; pick = one.next(NOW)) {
    one.verified(pick, evidence(), NOW);
    one.release(pick, NOW);
  }
}

describe("startSeeding", () => {
  it("asks at once, again while too few peers are good, and then no more", async () => {
    const { one, told, faults, stop, asked } = seeding(["8.8.8.8"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toMatchObject([[{ seed: "seed.example", failure: undefined }]]);
    expect(one.stats.known).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toBe(2);
    verifyAll(one);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked()).toBe(2);
    expect(faults).toEqual([]);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says so where it need not ask at all, so that nobody waits for an answer", async () => {
    const one = engine({ network });
    one.seed([address(1)], NOW);
    verifyAll(one);
    const { told, asked, stop } = seeding(["8.8.8.8"], one);
    await vi.advanceTimersByTimeAsync(0);
    expect({ told, asked: asked() }).toEqual({ told: [[]], asked: 0 });
    stop();
  });

  it("takes no more from a seed in a day than from any other source", async () => {
    const hosts = Array.from({ length: 500 }, (_, n) => address(n).host);
    const one = engine({ network, policy: crawlPolicy({ sourceQuota: 100 }) });
    const { stop } = seeding(hosts, one);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(one.stats.known).toBe(100);
    stop();
  });

  it("breaks off a question that hangs", async () => {
    const hanging = Promise.withResolvers<string[]>();
    let answered = 0;
    const resolver: SeedResolver = {
      resolve4: () => hanging.promise,
      resolve6: () => hanging.promise,
      cancel: () => hanging.reject(Object.assign(new Error("cancelled"), { code: "ECANCELLED" })),
    };
    const onAnswers = (): void => void answered++;
    const stop = startSeeding({ network, policy, engine: engine({ network }), resolver, clock: () => NOW, onAnswers, onFault: () => {} });
    stop();
    await expect(hanging.promise).rejects.toThrow("cancelled");
    await vi.advanceTimersByTimeAsync(0);
    expect(answered).toBe(0);
  });
});
