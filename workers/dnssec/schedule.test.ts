import { describe, expect, it } from "vitest";
import { KeySetError, type KeySet, type Role, type ZoneKey } from "./keys.ts";
import { changesOf, keyState, scheduleOf } from "./schedule.ts";
import { paperKey } from "./test-keys.ts";
import { RFC_KEYS } from "./test-vectors.ts";

type Times = Pick<ZoneKey, "publish" | "activate" | "retire" | "remove">;
const key = (role: Role, number: number, times: Times): ZoneKey => ({ ...paperKey(role, number), ...times });
const setOf = (...keys: readonly ZoneKey[]): KeySet => ({ zone: "navio.seed.example.org.", keys });

const KSK = key("ksk", 1, { publish: 10, activate: 20, retire: 30, remove: 40 });
const ZSK = key("zsk", 2, { publish: 10, activate: 20, retire: 30, remove: 40 });
const STEADY_KSK = key("ksk", 3, { publish: 0, activate: 0 });
const STEADY_ZSK = key("zsk", 4, { publish: 0, activate: 0 });

describe("scheduleOf", () => {
  it.each([
    [9, "waiting", [], [], []],
    [10, "published", [KSK], [KSK], []],
    [19, "published", [KSK], [KSK], []],
    [20, "active", [KSK], [KSK], [KSK]],
    [29, "active", [KSK], [KSK], [KSK]],
    [30, "retired", [KSK], [KSK], []],
    [39, "retired", [KSK], [KSK], []],
    [40, "removed", [], [], []],
  ] as const)("has a ksk sign the keys for as long as it is published: at %i", (now, state, published, keySigners, announced) => {
    expect(keyState(KSK, now)).toBe(state);
    expect(scheduleOf(setOf(STEADY_KSK, STEADY_ZSK, KSK), now)).toEqual({
      published: [STEADY_KSK, ...published, STEADY_ZSK],
      keySigners: [STEADY_KSK, ...keySigners],
      zoneSigners: [STEADY_ZSK],
      announced: [STEADY_KSK, ...announced],
    });
  });

  it.each([
    [9, [], []],
    [10, [ZSK], []],
    [20, [ZSK], [ZSK]],
    [29, [ZSK], [ZSK]],
    [30, [ZSK], []],
    [40, [], []],
  ] as const)("has a zsk sign while it is active: at %i", (now, published, signers) => {
    expect(scheduleOf(setOf(STEADY_KSK, STEADY_ZSK, ZSK), now)).toMatchObject({
      published: [STEADY_KSK, STEADY_ZSK, ...published],
      zoneSigners: [STEADY_ZSK, ...signers],
      keySigners: [STEADY_KSK],
    });
  });

  it.each<[string, KeySet, number, string]>([
    ["no key yet", setOf(KSK, ZSK), 5, "at 1970-01-01T00:00:05Z no key is published: make keys with dnssec keygen"],
    ["no key any more", setOf(KSK, ZSK), 40, "no key is published"],
    ["no active zsk yet", setOf(KSK, ZSK), 15, "no zsk of algorithm 15 signs the zone: the next one does so at 1970-01-01T00:00:20Z"],
    ["no active zsk any more", setOf(STEADY_KSK, ZSK), 35, "no zsk of algorithm 15 signs the zone: put back the key that did"],
    ["no ksk", setOf(STEADY_ZSK), 5, "no ksk of algorithm 15 signs the keys"],
    ["no ksk yet", setOf(STEADY_ZSK, KSK), 5, "the next one does so at 1970-01-01T00:00:10Z"],
    ["algorithms with a role each", setOf(STEADY_KSK, { ...RFC_KEYS[0]!.key, role: "zsk" }), 5, "no zsk of algorithm 15 signs the zone"],
    ["an algorithm with a ksk alone", setOf(STEADY_KSK, STEADY_ZSK, RFC_KEYS[0]!.key), 5, "no zsk of algorithm 13"],
    ["twins", setOf(STEADY_KSK, STEADY_ZSK, STEADY_ZSK), 5, "two keys have the tag"],
  ])("refuses a set with %s", (_, set, now, message) => {
    expect(() => scheduleOf(set, now)).toThrow(KeySetError);
    expect(() => scheduleOf(set, now)).toThrow(message);
    expect(() => scheduleOf(set, now)).toThrow(set.zone);
  });

  it("takes two algorithms where each has both roles", () => {
    const { key: other } = RFC_KEYS[0]!;
    const set = setOf(STEADY_KSK, STEADY_ZSK, other, { ...other, role: "zsk" });
    expect(scheduleOf(set, 5)).toMatchObject({ published: { length: 4 }, zoneSigners: { length: 2 }, keySigners: { length: 2 } });
  });
});

describe("changesOf", () => {
  it("lists the times at which something changes, in order and once", () => {
    expect(changesOf(setOf(KSK, STEADY_KSK, key("zsk", 5, { publish: 5, activate: 20 })))).toEqual([0, 5, 10, 20, 30, 40]);
  });
});
