import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeySetError, type KeySet, type Role } from "./keys.ts";
import { dsReplaced, firstKeys, PUBLISH_MARGIN, pruned, restartRollover, runningRollover, startRollover, type Timing } from "./rollover.ts";
import { keyState } from "./schedule.ts";
import { paperKey } from "./test-keys.ts";
import { bogusIn, tagOf, type Delegation, type Span, type World } from "./test-world.ts";

const ZONE = "navio.seed.example.org.";
const START = 1_800_000_000;
const DAY = 86_400;
const TIMING: Timing = { staleness: DAY, ttl: 3_600 };

/** One rollover as its operator goes about it; seconds. */
interface Story {
  readonly role: Role;
  /** From the end of the one before. */
  readonly pause: number;
  /** Until the secret is put. */
  readonly delay: number;
  /** Whether it was first forgotten, for how long, and what the next command was put after. */
  readonly forgotten?: { readonly for: number; readonly put: boolean };
  /** KSK: until the parent's DS is replaced, counted from when it may; whether both stand there before. */
  readonly dsAfter: number;
  readonly both: boolean;
  /** How long the parent's servers are not of one mind. */
  readonly lag: number;
  readonly notedAfter: number;
  readonly prune: boolean;
}

/** Writes down a zone's history. */
class Chronicle {
  readonly secrets: { from: number; set: KeySet }[] = [];
  readonly delegations: Delegation[] = [];
  readonly planned: Timing;
  readonly dsTtl: number;
  set: KeySet;
  now: number;
  #keys = 2;

  constructor(planned: Timing, dsTtl: number, delay: number, dsAfter: number) {
    [this.planned, this.dsTtl] = [planned, dsTtl];
    this.set = firstKeys(ZONE, { ksk: paperKey("ksk", 0), zsk: paperKey("zsk", 1) }, planned, START);
    this.put(START + delay);
    const ksk = this.set.keys[0]!;
    this.now = ksk.activate + dsAfter;
    this.delegate(this.now, 0, [tagOf(ksk)]);
  }

  put(from: number): void {
    this.secrets.push({ from, set: this.set });
  }

  /** The parent points to these keys from now on; some of its servers say what was before until `lag` is over. */
  delegate(from: number, lag: number, tags: readonly number[]): void {
    const last = this.delegations.pop();
    if (last !== undefined) this.delegations.push({ ...last, to: from + lag - 1 });
    this.delegations.push({ from, to: Infinity, tags });
  }

  tell(story: Story): void {
    this.now += story.pause;
    this.set = startRollover(this.set, paperKey(story.role, this.#keys++), this.planned, this.now);
    if (story.forgotten !== undefined) {
      if (story.forgotten.put) this.put(this.now + story.delay);
      const latest = Math.min(...this.set.keys.map(({ remove = Infinity }) => remove).filter((time) => time > this.now)) - PUBLISH_MARGIN;
      this.now = Math.min(this.now + Math.max(story.forgotten.for, story.delay), latest);
      this.set = restartRollover(this.set, story.role, this.planned, this.now);
    }
    this.put(this.now + story.delay);
    expect(() => startRollover(this.set, paperKey("zsk", 999), this.planned, this.now)).toThrow(KeySetError);
    const running = runningRollover(this.set, this.now);
    if (running === undefined) throw new Error("no rollover is running");
    const { next, old } = running;
    if (story.role === "ksk") this.#replaceDs(story, next.activate, tagOf(next), old.map(tagOf));
    const ends = this.set.keys.flatMap(({ retire, remove = 0 }) => (retire === undefined ? [] : [remove]));
    this.now = Math.max(this.now + story.delay, ...ends);
    expect(this.set.keys.filter((key) => keyState(key, this.now) !== "removed")).toHaveLength(2);
    if (!story.prune) return;
    this.set = pruned(this.set, this.now);
    expect(this.set.keys).toHaveLength(2);
    this.put(this.now);
  }

  #replaceDs({ dsAfter, both, lag, notedAfter, delay }: Story, earliest: number, next: number, old: readonly number[]): void {
    if (both) this.delegate(earliest, lag, [...old, next]);
    const replaced = earliest + dsAfter + (both ? lag : 0);
    this.delegate(replaced, lag, [next]);
    this.now = replaced + notedAfter;
    this.set = dsReplaced(this.set, this.dsTtl, this.now);
    this.put(this.now + delay);
  }

  world(silences: readonly Span[] = [], truth: Partial<World> = {}): World {
    const { secrets, delegations, planned, dsTtl } = this;
    return { start: START - 10 * DAY, end: this.now + 10 * DAY, secrets, delegations, silences, ...planned, dsTtl, ...truth };
  }
}

const seconds = (most: number) => fc.oneof(fc.constantFrom(0, most), fc.nat(most));
const storyArbitrary: fc.Arbitrary<Story> = fc.record(
  {
    role: fc.constantFrom<Role>("ksk", "zsk"),
    pause: seconds(30 * DAY),
    delay: seconds(PUBLISH_MARGIN),
    forgotten: fc.record({ for: seconds(20 * DAY), put: fc.boolean() }),
    dsAfter: seconds(20 * DAY),
    both: fc.boolean(),
    lag: seconds(PUBLISH_MARGIN),
    notedAfter: seconds(5 * DAY),
    prune: fc.boolean(),
  },
  { requiredKeys: ["role", "pause", "delay", "dsAfter", "both", "lag", "notedAfter", "prune"] },
);
const historyArbitrary = fc.record({
  timing: fc.record({ staleness: seconds(7 * DAY), ttl: seconds(2 * DAY) }),
  dsTtl: seconds(7 * DAY),
  delay: seconds(PUBLISH_MARGIN),
  dsAfter: seconds(20 * DAY),
  stories: fc.array(storyArbitrary, { maxLength: 4 }),
  silences: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: seconds(12 * DAY) }), { maxLength: 4 }),
});

const STORY: Story = { role: "zsk", pause: DAY, delay: 0, dsAfter: 0, both: false, lag: 0, notedAfter: 0, prune: false };

describe("a rollover", () => {
  it("is never noticed by a validator, whatever caches and edges hold", () => {
    fc.assert(
      fc.property(historyArbitrary, ({ timing, dsTtl, delay, dsAfter, stories, silences }) => {
        const chronicle = new Chronicle(timing, dsTtl, delay, dsAfter);
        for (const story of stories) chronicle.tell(story);
        const { start, end } = chronicle.world();
        const spans = silences.map(({ at, length }) => {
          const from = Math.floor(start + at * (end - start));
          return { from, to: from + length };
        });
        expect(bogusIn(chronicle.world(spans))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  // Without these, the property above might hold for a world that nothing can go wrong in.
  describe("is noticed", () => {
    const SHORT = PUBLISH_MARGIN + 1;
    const tell = (story: Partial<Story>, planned = TIMING, dsTtl = DAY): Chronicle => {
      const chronicle = new Chronicle(planned, dsTtl, 0, 0);
      chronicle.tell({ ...STORY, ...story });
      return chronicle;
    };

    it.each<[string, Partial<Story>, Partial<World>]>([
      ["where a new zsk signs before stale edges have it", { role: "zsk" }, { staleness: DAY + SHORT }],
      ["where an old zsk is removed before its answers are forgotten", { role: "zsk" }, { ttl: TIMING.ttl + SHORT }],
      ["where the DS points to a ksk that stale edges do not have", { role: "ksk" }, { staleness: DAY + SHORT }],
      ["where an old ksk is removed before its DS is forgotten", { role: "ksk" }, { dsTtl: DAY + SHORT }],
      ["where a secret is put too late", { role: "zsk", delay: SHORT }, {}],
      ["where a secret is put too late for a ksk", { role: "ksk", delay: SHORT }, {}],
      ["where the parent is slower than said", { role: "ksk", lag: SHORT }, {}],
    ])("%s", (_, story, truth) => {
      expect(bogusIn(tell(story).world())).toEqual(story.delay === undefined && story.lag === undefined ? [] : [expect.any(String)]);
      expect(bogusIn(tell(story).world([], truth))).not.toEqual([]);
    });

    it("where the first DS comes while edges still serve the unsigned zone", () => {
      const chronicle = new Chronicle(TIMING, DAY, 0, 0);
      expect(bogusIn(chronicle.world())).toEqual([]);
      const early = new Chronicle(TIMING, DAY, 0, -SHORT);
      expect(bogusIn(early.world())).not.toEqual([]);
    });

    it("where the parent replaces the DS at once", () => {
      const chronicle = tell({ role: "ksk", dsAfter: -DAY, notedAfter: 2 * DAY });
      expect(bogusIn(chronicle.world())).not.toEqual([]);
    });
  });
});

describe("the steps of a rollover", () => {
  const settled = (): KeySet => new Chronicle(TIMING, DAY, 0, 0).set;
  const now = START + 30 * DAY;

  it("have the times of RFC 7583, lengthened by the staleness that is tolerated", () => {
    const wait = 3_600 + DAY + PUBLISH_MARGIN;
    const { keys } = startRollover(settled(), paperKey("zsk", 7), TIMING, now);
    expect(keys).toMatchObject([
      { role: "ksk", publish: START, activate: START + wait },
      { role: "zsk", publish: START, activate: START, retire: now + wait, remove: now + 2 * wait },
      { role: "zsk", publish: now, activate: now + wait },
    ]);
    const longer = startRollover(settled(), paperKey("zsk", 7), { ...TIMING, ttl: 10_000 }, now);
    expect(longer.keys[1]).toMatchObject({ retire: now + wait, remove: now + wait + 10_000 + DAY + PUBLISH_MARGIN });
  });

  it("keep an old ksk until the parent's DS was replaced and is forgotten", () => {
    const rolling = startRollover(settled(), paperKey("ksk", 7), TIMING, now);
    const [old, , next] = rolling.keys;
    expect(old).not.toHaveProperty("remove");
    expect(old).toMatchObject({ retire: next?.activate });
    const later = next!.activate + 5;
    const [removed] = dsReplaced(rolling, DAY, later).keys;
    expect(removed).toMatchObject({ remove: later + DAY + PUBLISH_MARGIN });
  });

  it.each<[string, () => unknown, string]>([
    [
      "a rollover of a new zone",
      () => startRollover(settled(), paperKey("zsk", 7), TIMING, START + 5),
      "new ksk is not known everywhere before 2027-01-1",
    ],
    [
      "a second rollover",
      () => startRollover(rollingZsk(), paperKey("ksk", 8), TIMING, now + DAY / 2),
      "new zsk is not known everywhere before",
    ],
    [
      "one while an old key is needed",
      () => startRollover(rollingZsk(), paperKey("ksk", 8), TIMING, now + 2 * DAY),
      "the old key is needed until",
    ],
    ["one while the parent is waited for", () => startRollover(rollingKsk(), paperKey("zsk", 8), TIMING, now + 9 * DAY), "--ds-replaced"],
    ["a DS replaced too early", () => dsReplaced(rollingKsk(), DAY, now + 5), "the parent must keep the old DS until"],
    ["a DS replaced without a rollover", () => dsReplaced(settled(), DAY, now), "no ksk rollover is running"],
    ["a DS replaced in a zsk's rollover", () => dsReplaced(rollingZsk(), DAY, now + 2 * DAY), "no ksk rollover is running"],
    ["a DS replaced twice", () => dsReplaced(dsReplaced(rollingKsk(), DAY, now + 9 * DAY), DAY, now + 9 * DAY + 5), "noted already"],
    ["a restart of nothing", () => restartRollover(settled(), "zsk", TIMING, now), "no zsk rollover is running"],
    ["a restart of the other role's", () => restartRollover(rollingZsk(), "ksk", TIMING, now), "no ksk rollover is running"],
    [
      "a restart too late",
      () => restartRollover(rollingZsk(), "zsk", TIMING, (rollingZsk().keys[1]?.remove ?? 0) - 5),
      "about to be removed",
    ],
    [
      "a restart after the DS",
      () => restartRollover(dsReplaced(rollingKsk(), DAY, now + 9 * DAY), "ksk", TIMING, now + 9 * DAY),
      "replaced already",
    ],
    [
      "another algorithm",
      () => startRollover(settled(), { ...paperKey("zsk", 7), algorithm: 13, y: "" }, TIMING, now),
      "not of the zone's algorithm",
    ],
    ["a key with the tag of another", () => startRollover(settled(), paperKey("zsk", 1), TIMING, now), "two keys have the tag"],
  ])("refuse %s", (_, step, message) => {
    expect(step).toThrow(KeySetError);
    expect(step).toThrow(message);
  });

  const rollingZsk = (): KeySet => startRollover(settled(), paperKey("zsk", 7), TIMING, now);
  const rollingKsk = (): KeySet => startRollover(settled(), paperKey("ksk", 7), TIMING, now);
});
