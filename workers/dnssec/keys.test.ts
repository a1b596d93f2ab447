import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatKeySets,
  isUnsigned,
  KeySetError,
  MAX_KEY_SETS_LENGTH,
  MAX_ZONE_KEYS,
  parseKeySets,
  readKeyRing,
  unsignedSet,
  type KeySet,
  type ZoneKey,
} from "./keys.ts";
import { paperKey } from "./test-keys.ts";
import { RFC_KEYS } from "./test-vectors.ts";

const ZONE = "navio.seed.example.org.";
const KSK: ZoneKey = { ...paperKey("ksk", 1), publish: 0, activate: 5 };
const ZSK: ZoneKey = { ...RFC_KEYS[0]!.key, role: "zsk", publish: 0, activate: 5, retire: 10, remove: 20 };
const SET: KeySet = { zone: ZONE, keys: [KSK, ZSK] };

/** Parses a set with members of its first key changed. */
const parseWith = (changes: object): unknown => parseKeySets(JSON.stringify([{ zone: ZONE, keys: [{ ...KSK, ...changes }] }]));

/** A zone of `count` keys. */
const many = (count: number): readonly KeySet[] => [{ zone: ZONE, keys: Array.from({ length: count }, () => KSK) }];

describe("parseKeySets", () => {
  it("reads what formatKeySets wrote", () => {
    const sets = [SET, { zone: "other.example.", keys: [KSK] }, unsignedSet("plain.example.")];
    expect(parseKeySets(formatKeySets(sets))).toEqual(sets);
    expect(sets.map(isUnsigned)).toEqual([false, false, true]);
    expect(parseKeySets("[]")).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    ["what is not JSON", () => parseKeySets("{"), "keys are not JSON"],
    ["another thing", () => parseKeySets('{"a":1}'), "keys: the whole is not as it should be"],
    ["a zone's name without its dot", () => parseKeySets(JSON.stringify([{ ...SET, zone: "example" }])), "keys: 0.zone is not"],
    ["a zone that says nothing of keys", () => parseKeySets(JSON.stringify([{ zone: ZONE }])), "keys: 0.keys is not"],
    ["another algorithm", () => parseWith({ algorithm: 8 }), "keys: 0.keys.0.algorithm is not"],
    ["another role", () => parseWith({ role: "csk" }), "keys: 0.keys.0.role is not"],
    ["a short key", () => parseWith({ d: "AAAA" }), "keys: 0.keys.0.d is not"],
    ["half a point", () => parseWith({ algorithm: 13 }), "keys: 0.keys.0.y is not"],
    ["more than a point", () => parseWith({ y: KSK.x }), "keys: 0.keys.0.y is not"],
    ["a misspelt member", () => parseWith({ retires: 5 }), "keys: 0.keys.0.an unknown member is not"],
    ["a time that is none", () => parseWith({ publish: 1.5 }), "keys: 0.keys.0.publish is not"],
    ["a time beyond what signatures can tell", () => parseWith({ retire: 2 ** 32 }), "keys: 0.keys.0.retire is not"],
    ["times out of order", () => parseWith({ publish: 6 }), `${ZONE}: the times of a ksk are out of order`],
    ["a removal before retirement", () => parseWith({ retire: 10, remove: 9 }), "out of order"],
    ["a zone twice", () => parseKeySets(JSON.stringify([SET, SET])), `${ZONE} has two key sets: join them`],
  ])("refuses %s", (_, parse, message) => {
    expect(parse).toThrow(KeySetError);
    expect(parse).toThrow(message);
  });

  it("bounds the keys of a zone, and the whole", () => {
    expect(parseKeySets(formatKeySets(many(MAX_ZONE_KEYS)))).toHaveLength(1);
    expect(() => parseKeySets(formatKeySets(many(MAX_ZONE_KEYS + 1)))).toThrow("keys: 0.keys is not");
    const room = `[${" ".repeat(MAX_KEY_SETS_LENGTH - 2)}]`;
    expect(parseKeySets(room)).toEqual([]);
    expect(() => parseKeySets(` ${room}`)).toThrow("longer than 5000 characters");
    const sets = Array.from({ length: 40 }, (_, i) => ({ ...SET, zone: `z${i}.example.` }));
    expect(() => formatKeySets(sets)).toThrow("prune");
  });

  it("never quotes any of what it was given", () => {
    const text = JSON.stringify([SET]);
    const secrets = [KSK, ZSK].flatMap(({ x, d }) => [x, d]);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(60), fc.constantFrom("", '"', "{", "}", "é", ":", "0", ","), (at, count, instead) => {
        const damaged = text.slice(0, at) + instead + text.slice(at + count);
        let message = "";
        try {
          parseKeySets(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(KeySetError);
          message = String(error);
        }
        for (const secret of secrets) for (let i = 0; i + 8 < secret.length; i++) expect(message).not.toContain(secret.slice(i, i + 8));
      }),
      { numRuns: 300 },
    );
  });
});

describe("readKeyRing", () => {
  it("reads each zone's set by itself", () => {
    const twice = { ...SET, zone: "twice.example." };
    const { zones, unreadable } = readKeyRing(JSON.stringify([twice, { ...SET, keys: [{}] }, { ...SET, zone: "good.example." }, twice]));
    expect([...zones]).toEqual([
      ["twice.example.", new KeySetError("twice.example. has two key sets: join them")],
      [ZONE, new KeySetError("keys: 1.keys.0.algorithm is not as it should be")],
      ["good.example.", { ...SET, zone: "good.example." }],
    ]);
    expect(unreadable).toBeUndefined();
  });

  it.each(["", "{", "null", '"text"', '{"zone":"good.example.","keys":[]}', " ".repeat(MAX_KEY_SETS_LENGTH + 1)])(
    "knows of no zone what the text %j says of it",
    (text) => expect(readKeyRing(text)).toEqual({ zones: new Map(), unreadable: expect.any(KeySetError) }),
  );

  it.each([null, 7, [], {}, { ...SET, zone: "no name" }, { keys: SET.keys }])("does not know whose set %j is", (set) => {
    const { zones, unreadable } = readKeyRing(JSON.stringify([SET, set]));
    expect([...zones]).toEqual([[ZONE, SET]]);
    expect(unreadable?.message).toMatch(/^keys: 1(\.zone)? is not as it should be$/);
  });
});
