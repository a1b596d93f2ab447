import { base64urlnopad } from "@scure/base";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { webcrypto } from "node:crypto";
import { BankError, decodeBank, MAX_BANK_SAMPLES, MAX_BANK_SETS, type BankDocument, type BankSet } from "../../schema/bank.ts";
import { signedZone, signingKeys } from "../dnssec/test-signing.ts";
import { poolOf, seeded } from "../sampling/test-pool.ts";
import { answerQuery } from "./answer.ts";
import { openBank } from "./bank.ts";
import { TYPE } from "./records.ts";
import { contextOf, OVERLAY_PEERS, PEERS, queryOf, servedZone, ZONE } from "./test-zone.ts";

let good: BankDocument;

beforeAll(async () => {
  const keys = await signingKeys(webcrypto.subtle, ZONE.name);
  good = decodeBank((await signedZone(webcrypto.subtle, keys, ZONE, poolOf([...PEERS, ...OVERLAY_PEERS]))).text);
});

const octets = (...values: readonly number[]): string => base64urlnopad.encode(Uint8Array.from(values));
/** One record of two octets with its length. */
const PAIR = octets(0, 2, 1, 2);

type Change = (set: BankSet) => readonly BankSet[];

/** The good bank, one of its sets changed. */
const changed = (label: string, type: number, change: Change): BankDocument => ({
  ...good,
  sets: good.sets.flatMap((set) => (set[0] === label && set[1] === type ? change(set) : [set])),
});

const sample = (label: string, type: number, data: string, signatures = PAIR) =>
  changed(label, type, ([, , ttl]) => [[label, type, ttl, [[data, signatures]]]]);

describe("a bank's schema", () => {
  it("takes what the publisher makes", () => {
    expect(decodeBank(JSON.stringify(good))).toEqual(good);
  });

  it.each<[string, string, (bank: BankDocument) => unknown]>([
    ["another format", "format", (bank) => ({ ...bank, format: "seedcast-bank-2" })],
    ["a member too many", "more", (bank) => ({ ...bank, more: 1 })],
    ["a zone without its final dot", "zone", (bank) => ({ ...bank, zone: "navio.example" })],
    ["a zone in upper case", "zone", (bank) => ({ ...bank, zone: "Navio.example." })],
    ["number 0", "seq", (bank) => ({ ...bank, seq: 0 })],
    ["a time that is none", "expires", (bank) => ({ ...bank, expires: -1 })],
    ["too many sets", "sets", (bank) => ({ ...bank, sets: Array.from({ length: MAX_BANK_SETS + 1 }, () => bank.sets[0]) })],
    ["a set of other length", "sets.0", (bank) => ({ ...bank, sets: [["", 1, 60]] })],
    ["an owner with an escape", "sets.0.0", (bank) => ({ ...bank, sets: [["a\\.b", 1, 60, [["AAAA", PAIR]]]] })],
    ["an owner in upper case", "sets.0.0", (bank) => ({ ...bank, sets: [["A", 1, 60, [["AAAA", PAIR]]]] })],
    ["type 0", "sets.0.1", (bank) => ({ ...bank, sets: [["", 0, 60, [["AAAA", PAIR]]]] })],
    ["a TTL of 0", "sets.0.2", (bank) => ({ ...bank, sets: [["", 1, 0, [["AAAA", PAIR]]]] })],
    ["a TTL of 32 bits", "sets.0.2", (bank) => ({ ...bank, sets: [["", 1, 2 ** 31, [["AAAA", PAIR]]]] })],
    ["no sample", "sets.0.3", (bank) => ({ ...bank, sets: [["", 1, 60, []]] })],
    [
      "too many samples",
      "sets.0.3",
      (bank) => ({ ...bank, sets: [["", 1, 60, Array.from({ length: MAX_BANK_SAMPLES + 1 }, () => ["AAAA", PAIR])]] }),
    ],
    ["plain base64", "sets.0.3.0.0", (bank) => ({ ...bank, sets: [["", 1, 60, [["AA+/", PAIR]]]] })],
    ["padding", "sets.0.3.0.1", (bank) => ({ ...bank, sets: [["", 1, 60, [["AAAA", "AA=="]]]] })],
  ])("refuses %s", (_what, place, change) => {
    const text = JSON.stringify(change(good));
    expect(() => decodeBank(text)).toThrow(BankError);
    expect(() => decodeBank(text)).toThrow(place);
  });

  it("refuses what is no JSON", () => {
    expect(() => decodeBank("{")).toThrow(new BankError("bank is not JSON"));
  });
});

describe("opening a bank", () => {
  it.each<[string, () => BankDocument]>([
    ["no set at all", () => ({ ...good, sets: [] })],
    ["no SOA", () => changed("", TYPE.SOA, () => [])],
    ["no NSEC at the apex", () => changed("", TYPE.NSEC, () => [])],
    ["no NSEC somewhere", () => changed("x9", TYPE.NSEC, () => [])],
    ["NSEC records that are out of order", () => ({ ...good, sets: good.sets.toReversed() })],
    ["NSEC twice at a name, and none at another", () => changed("x9", TYPE.NSEC, ([, ...rest]) => [["x5", ...rest]])],
    ["a set twice", () => changed("", TYPE.HINFO, (set) => [set, set])],
    ["an owner with an empty label", () => changed("x9", TYPE.A, ([, ...rest]) => [["a..b", ...rest]])],
    ["an owner that ends in a dot", () => changed("x9", TYPE.A, ([, ...rest]) => [["x9.", ...rest]])],
    ["an owner with a label that is too long", () => changed("x9", TYPE.A, ([, ...rest]) => [["a".repeat(64), ...rest]])],
    ["an owner that is too long", () => changed("x9", TYPE.A, ([, ...rest]) => [["a.".repeat(120) + "a", ...rest]])],
    ["addresses of 3 octets", () => sample("", TYPE.A, octets(1, 2, 3))],
    ["addresses of 5 octets", () => sample("", TYPE.A, octets(1, 2, 3, 4, 5))],
    ["IPv6 addresses of 4 octets", () => sample("", TYPE.AAAA, octets(1, 2, 3, 4))],
    ["no address", () => sample("", TYPE.A, "")],
    ["a length of base64 that no octets have", () => sample("", TYPE.A, "AAAAA")],
    ["a last character that says more than an octet has", () => sample("", TYPE.A, "AQIDBB")],
    ["the same where three characters are left", () => sample("", TYPE.HINFO, "AAECAAR")],
    ["no record", () => sample("", TYPE.HINFO, "")],
    ["an empty record", () => sample("", TYPE.HINFO, octets(0, 0))],
    ["an empty record after another", () => sample("", TYPE.HINFO, octets(0, 1, 7, 0, 0))],
    ["half a length", () => sample("", TYPE.HINFO, octets(0))],
    ["half a length after a record", () => sample("", TYPE.HINFO, octets(0, 1, 7, 0))],
    ["a length beyond the end", () => sample("", TYPE.HINFO, octets(0, 3, 7, 7))],
    ["a length short of the end", () => sample("", TYPE.HINFO, octets(0, 1, 7, 7))],
    ["no signature", () => sample("", TYPE.A, octets(1, 2, 3, 4), "")],
    ["a signature longer than there is", () => sample("", TYPE.A, octets(1, 2, 3, 4), octets(255, 255, 1))],
    [
      "a second sample that is wrong",
      () => changed("", TYPE.A, ([label, type, ttl, samples]) => [[label, type, ttl, [...samples, ["AA", PAIR]]]]),
    ],
    ["an SOA that is too short to have a MINIMUM", () => sample("", TYPE.SOA, octets(0, 2, 0, 0))],
    [
      "two SOA records",
      () =>
        changed("", TYPE.SOA, ([label, type, ttl, [[data, signatures] = ["", ""]]]) => {
          const twice = Uint8Array.from([...base64urlnopad.decode(data), ...base64urlnopad.decode(data)]);
          return [[label, type, ttl, [[base64urlnopad.encode(twice), signatures]]]];
        }),
    ],
  ])("refuses %s", (_what, make) => {
    const bank = make();
    expect(bank).not.toEqual(good);
    expect(() => openBank(bank)).toThrow(BankError);
  });

  it("finds a name that only others below it bring about, and no more than that", () => {
    const { empty, chain, sets } = openBank(good);
    expect([...empty]).toEqual([`_tcp.${ZONE.name}`]);
    expect(chain).toHaveLength(sets.size);
  });
});

/** Values of each kind that a bank is made of, sound or not. */
const LABEL = fc.oneof(
  fc.constantFrom("", "x9", "_tcp", "_devnet._tcp", "peer", "a.b", "-", "zz"),
  fc.stringMatching(/^[a-z0-9_.-]{0,9}$/),
);
const TEXT = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/),
  fc.uint8Array({ maxLength: 40 }).map((data) => base64urlnopad.encode(Uint8Array.from([data.length >> 8, data.length & 0xff, ...data]))),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((data) => base64urlnopad.encode(data)),
);
const SET: fc.Arbitrary<BankSet> = fc.tuple(
  LABEL,
  fc.constantFrom(TYPE.A, TYPE.AAAA, TYPE.SOA, TYPE.NS, TYPE.NSEC, TYPE.TXT, TYPE.HINFO, TYPE.RRSIG, TYPE.OPT, TYPE.ANY),
  fc.integer({ min: 1, max: 100 }),
  fc.array(fc.tuple(TEXT, TEXT), { minLength: 1, maxLength: 3 }),
);

describe("answering from whatever could be opened", () => {
  it("never throws, and always gives a message, whatever the bank says and whoever asks", () => {
    let opened = 0;
    const random = seeded(3);
    fc.assert(
      fc.property(
        fc.array(SET, { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(200), TEXT, fc.boolean()), { maxLength: 3 }),
        (more, spoilt) => {
          const sets = [...good.sets];
          for (const [place, text, ofData] of spoilt) {
            const [label, type, ttl, [[data, signatures] = ["", ""]]] = sets[place % sets.length]!;
            sets[place % sets.length] = [label, type, ttl, [ofData ? [text, signatures] : [data, text]]];
          }
          let bank;
          try {
            bank = openBank({ ...good, sets: [...sets, ...more] });
          } catch (error) {
            expect(error).toBeInstanceOf(BankError);
            return;
          }
          opened++;
          const context = contextOf({ ...servedZone(), bank }, { random });
          for (const name of [
            "",
            "x9.",
            "_tcp.",
            "nothing.",
            "a.b.",
            "peer.",
            "\\000.",
            ...more.map(([label]) => (label === "" ? "" : `${label}.`)),
          ]) {
            for (const type of [TYPE.A, TYPE.SOA, TYPE.ANY, TYPE.NSEC, TYPE.DS, TYPE.RRSIG, TYPE.TXT]) {
              const { message, lifetime } = answerQuery(queryOf({ name: `${name}${ZONE.name}`, type, edns: { flags: 0x8000 } }), context);
              expect(message.length).toBeGreaterThanOrEqual(12);
              expect(lifetime).toBeGreaterThanOrEqual(0);
            }
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(opened).toBeGreaterThan(50);
  });
});
