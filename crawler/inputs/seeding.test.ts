import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { address } from "../engine/test-kit.ts";
import type { AskedInput, InputAnswer, InputKind } from "./input.ts";
import { INPUTS_AT_ONCE, Seeding, type Supply } from "./seeding.ts";

const POLICY = { enoughGood: 2, seedSeconds: 1_800, seedRetrySeconds: 60, seedPauseSeconds: 11, warmUpSeconds: 60 };
const SOME: InputAnswer = { addresses: [address(1)] };
const NONE: InputAnswer = { addresses: [], problem: "ENOTFOUND" };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const now = (): number => Date.now() / 1_000;

const named = (kind: InputKind, name: string): AskedInput => ({ kind, name, how: "asked", ask: () => Promise.resolve(SOME) });

interface Scene {
  readonly names?: readonly string[];
  readonly kind?: InputKind;
  readonly more?: readonly AskedInput[];
  readonly answer?: () => InputAnswer | Promise<InputAnswer>;
  readonly supply?: Pick<Supply, "good" | "unconfirmed">;
  readonly answered?: number;
  /** How many of the addresses are new. */
  readonly fresh?: number;
  readonly random?: () => number;
}

/** A seeding whose peers can be made good, and the names of whom it asked. */
function seeding(scene: Scene) {
  const { names = ["a"], kind = "dns", answer = () => SOME, fresh = 1, random = () => 0, more = [] } = scene;
  const supply = { idle: false, ...(scene.supply ?? { good: 0, unconfirmed: 0 }) };
  const asked: string[] = [];
  const taken: string[] = [];
  const faults: unknown[] = [];
  const noted = ({ ask, ...input }: AskedInput): AskedInput => ({ ...input, ask: (signal) => (asked.push(input.name), ask(signal)) });
  const inputs = names.map((name): AskedInput => ({ kind, name, how: "asked", ask: () => Promise.resolve(answer()) }));
  const seeds = new Seeding({
    inputs: [...inputs, ...more].map(noted),
    policy: POLICY,
    supply: () => supply,
    answered: () => scene.answered ?? 0,
    onAnswer: ({ name }) => (taken.push(name), fresh),
    onFault: (error) => void faults.push(error),
    clock: now,
    random,
  });
  seeds.start();
  const become = (change: Partial<typeof supply>): void => {
    Object.assign(supply, change);
    seeds.nudge();
  };
  const after = async (seconds: number): Promise<readonly string[]> => {
    await vi.advanceTimersByTimeAsync(seconds * 1_000);
    return asked;
  };
  return { seeds, become, after, taken, faults };
}

describe("seeding", () => {
  it("asks at the first start, again while too few peers are good, and then no more", async () => {
    const { seeds, become, after, taken, faults } = seeding({});
    expect(seeds.asking).toBe(true);
    expect(await after(0)).toEqual(["a"]);
    expect(seeds.asking).toBe(false);
    expect(await after(1_790)).toEqual(["a"]);
    expect(await after(11)).toEqual(["a", "a"]);
    become({ good: 2 });
    expect(await after(100_000)).toHaveLength(2);
    become({ good: 1 });
    expect(await after(0)).toHaveLength(3);
    expect(taken).toHaveLength(3);
    await seeds.stop();
    expect(faults).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("verifies the peers of the last run first, and asks nobody where enough of them are still there", async () => {
    const { seeds, become, after } = seeding({ supply: { good: 30, unconfirmed: 30 } });
    expect(await after(20)).toEqual([]);
    expect(seeds.asking).toBe(true);
    become({ unconfirmed: 28 });
    expect(await after(3_600)).toEqual([]);
    expect(seeds.asking).toBe(false);
  });

  it("asks once all of them were tried and too few are left", async () => {
    const { become, after } = seeding({ supply: { good: 30, unconfirmed: 30 } });
    become({ good: 2, unconfirmed: 1 });
    expect(await after(20)).toEqual([]);
    become({ good: 1, unconfirmed: 0 });
    expect(await after(0)).toEqual(["a"]);
  });

  it("does not wait for them for ever", async () => {
    const { after } = seeding({ supply: { good: 30, unconfirmed: 30 } });
    expect(await after(POLICY.warmUpSeconds - 1)).toEqual([]);
    expect(await after(1)).toEqual(["a"]);
  });

  it("asks a few by lot, and the others only where these do not suffice", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const { seeds, become, after } = seeding({ names, random: () => 0.999 });
    expect(await after(POLICY.seedPauseSeconds - 1)).toEqual(["g", "f", "e"]);
    expect(seeds.asking).toBe(true);
    expect((await after(1)).slice(INPUTS_AT_ONCE)).toEqual(["d", "c", "b"]);
    become({ good: 2 });
    expect(await after(60)).toHaveLength(2 * INPUTS_AT_ONCE);
    expect(seeds.asking).toBe(false);
  });

  it("goes on soon where all that came was tried and does not suffice", async () => {
    const { become, after } = seeding({ names: ["a", "b", "c", "d"] });
    expect(await after(1)).toHaveLength(3);
    become({ good: 1, idle: true });
    expect(await after(1)).toHaveLength(4);
  });

  it("goes on at once where nothing new came", async () => {
    const { after } = seeding({ names: ["a", "b", "c", "d", "e", "f", "g"], fresh: 0 });
    expect(await after(0)).toHaveLength(7);
  });

  it("asks those that the operator named before all others", async () => {
    const more = [named("snapshot", "s"), named("introducer", "i"), named("peer", "p")];
    const { after } = seeding({ names: ["a"], more });
    expect(await after(0)).toEqual(["s", "p"]);
    expect((await after(POLICY.seedPauseSeconds)).slice(2).sort()).toEqual(["a", "i"]);
  });

  it("comes back soon to whom it could not ask, then less and less often", async () => {
    const { after } = seeding({ answer: () => NONE });
    const times = async (seconds: number): Promise<number> => (await after(seconds)).length;
    expect([await times(59), await times(1), await times(119), await times(1)]).toEqual([1, 2, 2, 3]);
    await after(100_000);
    const before = await times(0);
    expect((await times(10 * POLICY.seedSeconds)) - before).toBe(10);
  });

  it("leaves alone across a restart whom it asked just before", async () => {
    const { seeds, after } = seeding({ answered: now() - 600 });
    expect(await after(1_199)).toEqual([]);
    expect(seeds.asking).toBe(false);
    expect(await after(1)).toEqual(["a"]);
  });

  it("does not ask again before there is something new", async () => {
    const until = now() + 10_000;
    const input: AskedInput = { kind: "snapshot", name: "s", how: "asked", ask: () => Promise.resolve(SOME), freshUntil: () => until };
    const { after } = seeding({ names: [], more: [input] });
    expect(await after(9_999)).toEqual([]);
    expect(await after(1)).toEqual(["s"]);
  });

  it("takes nothing in once stopped, and waits until the question is broken off", async () => {
    const hanging = Promise.withResolvers<InputAnswer>();
    const { seeds, after, taken } = seeding({ answer: () => hanging.promise });
    await after(0);
    const stopped = seeds.stop();
    hanging.resolve(SOME);
    await stopped;
    expect({ taken, timers: vi.getTimerCount(), asking: seeds.asking }).toEqual({ taken: [], timers: 0, asking: false });
    seeds.start();
    expect(await after(60)).toEqual(["a"]);
  });

  it("hands on what breaks of our own", async () => {
    const { after, faults } = seeding({ answer: () => Promise.reject(new TypeError("bug")) });
    await after(0);
    expect(faults).toEqual([new TypeError("bug")]);
  });

  it("has nothing to do without anybody to ask", async () => {
    const { seeds, after } = seeding({ names: [] });
    expect(seeds.asking).toBe(false);
    expect(await after(10_000)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
