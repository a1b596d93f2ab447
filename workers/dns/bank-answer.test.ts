import * as fc from "fast-check";
import { webcrypto } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Zone } from "../../schema/zone.ts";
import { labelsOf, readMessage, type WireMessage } from "../dnssec/test-message.ts";
import { dsOf, GENERATED, signedZone, signingKeys } from "../dnssec/test-signing.ts";
import { Validator, type Verdict } from "../dnssec/test-validator.ts";
import type { Algorithm } from "../dnssec/keys.ts";
import { poolOf, seeded, type TestPeer } from "../sampling/test-pool.ts";
import { answerQuery, type Transport } from "./answer.ts";
import { PAYLOAD_OCTETS } from "./edns.ts";
import { MAX_LABEL_OCTETS, parseName } from "./name.ts";
import { TYPE } from "./records.ts";
import { contextOf, OVERLAY_PEERS, PEERS, queryOf, ZONE } from "./test-zone.ts";
import { STALE_TTL, type Freshness, type ServedZone } from "./zone.ts";

const DO = 0x8000;
const DAY = 86_400;

/** Answers a question with DO as it would be sent, and reads it independently. */
function ask(
  served: ServedZone,
  name: string,
  type: number,
  { transport = "tcp", dnssecOk = true, payload = PAYLOAD_OCTETS }: { transport?: Transport; dnssecOk?: boolean; payload?: number } = {},
): WireMessage {
  const query = queryOf({ name, type, edns: { payload, flags: dnssecOk ? DO : 0 } });
  return readMessage(answerQuery(query, contextOf(served, { transport, random })).message);
}

const random = seeded(77);

/** A signed zone, and a validator that has come to trust it by way of its DS and knows of its delegation. */
async function signed(peers: readonly TestPeer[], algorithms: readonly Algorithm[] = [13], zone: Zone = ZONE) {
  const keys = await signingKeys(webcrypto.subtle, zone.name, algorithms);
  const served = await signedZone(webcrypto.subtle, keys, zone, poolOf(peers));
  const validator = new Validator(webcrypto.subtle, labelsOf(zone.name), GENERATED + 60);
  await validator.trust(dsOf(keys), ask(served, zone.name, TYPE.DNSKEY));
  expect(await validator.judge(ask(served, `peer.${zone.name}`, TYPE.DS))).toBe("secure");
  return { served, validator };
}

const ODD: readonly TestPeer[] = [{ text: "20.1.2.3:9999", services: "1" }];
const POOLS: Readonly<Record<string, readonly TestPeer[]>> = {
  many: [...PEERS, ...OVERLAY_PEERS, ...ODD],
  none: [],
  "one, off the port": ODD,
  "IPv6 alone": [{ text: "[2a01:1::5]:28333" }],
  onions: OVERLAY_PEERS.slice(0, 3),
};

const below = (...labels: readonly string[]): string[] => labels.map((label) => (label === "" ? ZONE.name : `${label}.${ZONE.name}`));

const EXISTING = below("", "x9", "x409", "_peers", "x9._peers", "_devnet._tcp");
const EMPTY = below("_tcp");
const DENIED = below(
  ...String.raw`* *.x9 *._tcp *._peers x x4 x40 x409a x8 w y _ _a _tcp._tcp _devnet a._devnet._tcp a.x9 a.b.c`.split(" "),
  ...String.raw`a.b.x1._peers _devnet._udp _ta-4a5c pee peer- peera ~ \000 \000.x9 x9\000 \255 p\.eer x9\.a a\.x9 \* a.\.`.split(" "),
  "z".repeat(63),
  `${"a.".repeat(100)}x9`,
);
const CHILD = below(
  ...String.raw`peer 14010203.peer 20010203.peer a.peer *.peer a.14010203.peer a\.peer.peer a\\.peer a\.\\.peer \\.a.peer`.split(" "),
);

const TYPES = [...Object.values(TYPE), 99, 65_280].filter(
  (type) => ![TYPE.OPT, TYPE.NXNAME, TYPE.TKEY, TYPE.TSIG, TYPE.IXFR, TYPE.AXFR].some((unaskable) => unaskable === type),
);

const CASE = fc.infiniteStream(fc.boolean());
/** As 0x20 does: letters in any case; escapes stay as they are, as no letters follow a backslash. */
const spell = (name: string, flips: Iterator<boolean>): string =>
  name.replaceAll(/[a-z]/g, (letter) => (flips.next().value === true ? letter.toUpperCase() : letter));

const LABEL = fc
  .uint8Array({ minLength: 1, maxLength: 8 })
  .map((octets) => Array.from(octets, (octet) => `\\${String(octet).padStart(3, "0")}`).join(""));
const NAME = fc.oneof(
  fc.constantFrom(...EXISTING, ...EMPTY, ...DENIED, ...CHILD),
  fc
    .tuple(fc.array(LABEL, { minLength: 1, maxLength: 3 }), fc.constantFrom(...EXISTING, ...EMPTY))
    .map(([labels, name]) => [...labels, name].join(".")),
  fc.tuple(fc.stringMatching(/^[a-z0-9_*-]{1,5}$/), fc.constantFrom(...EXISTING, ...EMPTY)).map(([label, name]) => `${label}.${name}`),
);

describe("a signed zone", () => {
  const zones = new Map<string, Awaited<ReturnType<typeof signed>>>();
  beforeAll(async () => {
    for (const [title, peers] of Object.entries(POOLS)) zones.set(title, await signed(peers));
    zones.set("two algorithms", await signed(POOLS["many"]!, [13, 15]));
    zones.set("Ed25519", await signed(POOLS["many"]!, [15]));
  });

  it("has every answer, whatever is asked, accepted by a validator; insecure are only the hosts below the cut", async () => {
    const verdicts: Record<Verdict, number> = { secure: 0, insecure: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...zones.keys()),
        NAME,
        fc.constantFrom(...TYPES),
        fc.constantFrom<Transport>("doh", "udp", "tcp"),
        fc.constantFrom<Freshness>("fresh", "stale"),
        CASE,
        async (title, name, type, transport, freshness, flips) => {
          const { served, validator } = zones.get(title)!;
          const message = ask({ ...served, freshness }, spell(name, flips), type, { transport });
          const records = [...message.answer, ...message.authority];
          if (transport === "udp" && message.truncated) {
            // Two signatures over each set of a denial, or a question longer than the zone and a label, may be more than UDP lets pass.
            expect(title === "two algorithms" || parseName(name).length > parseName(ZONE.name).length + 1 + MAX_LABEL_OCTETS).toBe(true);
            expect(ask({ ...served, freshness }, name, type).octets).toBeGreaterThan(PAYLOAD_OCTETS);
            expect(records).toEqual([]);
            return;
          }
          verdicts[await validator.judge(message)]++;
          expect(message.dnssecOk).toBe(true);
          if (freshness === "stale") for (const { ttl } of records) expect(ttl).toBeLessThanOrEqual(STALE_TTL);
        },
      ),
      { numRuns: 4_000 },
    );
    expect(verdicts.secure).toBeGreaterThan(2_000);
    expect(verdicts.insecure).toBeGreaterThan(50);
  }, 120_000);

  it.each([...EXISTING, ...EMPTY, ...DENIED, ...CHILD])("answers every type at %s", async (name) => {
    for (const { served, validator } of zones.values()) {
      for (const type of TYPES) await validator.judge(ask(served, name, type));
    }
  });

  it("gives signatures and denial to nobody who does not ask for them", () => {
    for (const { served } of zones.values()) {
      for (const name of [...EXISTING, ...EMPTY, ...DENIED, ...CHILD]) {
        for (const type of TYPES.filter((each) => each !== TYPE.RRSIG)) {
          const { answer, authority } = ask(served, name, type, { dnssecOk: false });
          expect(answer.every((record) => record.type === type || (type === TYPE.ANY && record.type === TYPE.HINFO))).toBe(true);
          expect(authority.every((record) => record.type === TYPE.SOA)).toBe(true);
        }
      }
    }
  });

  it.each<[name: string, type: number, withDo: readonly number[], without: readonly number[]]>([
    ["", TYPE.ANY, [TYPE.HINFO, TYPE.RRSIG], [TYPE.HINFO]],
    ["", TYPE.HINFO, [TYPE.HINFO, TYPE.RRSIG], [TYPE.HINFO]],
    ["", TYPE.RRSIG, [TYPE.RRSIG], [TYPE.RRSIG]],
    ["", TYPE.NSEC, [TYPE.NSEC, TYPE.RRSIG], [TYPE.NSEC]],
    ["", TYPE.DNSKEY, [TYPE.DNSKEY, TYPE.DNSKEY, TYPE.RRSIG], [TYPE.DNSKEY, TYPE.DNSKEY]],
    ["", TYPE.CDS, [TYPE.CDS, TYPE.RRSIG], [TYPE.CDS]],
    ["", TYPE.CDNSKEY, [TYPE.CDNSKEY, TYPE.RRSIG], [TYPE.CDNSKEY]],
    ["", TYPE.DS, [], []],
    ["", TYPE.NS, [TYPE.NS, TYPE.NS, TYPE.RRSIG], [TYPE.NS, TYPE.NS]],
    ["", TYPE.SOA, [TYPE.SOA, TYPE.RRSIG], [TYPE.SOA]],
    ["x9.", TYPE.NSEC, [TYPE.NSEC, TYPE.RRSIG], [TYPE.NSEC]],
    ["x9.", TYPE.DNSKEY, [], []],
    ["_tcp.", TYPE.ANY, [], []],
    ["_tcp.", TYPE.NSEC, [], []],
    ["peer.", TYPE.DS, [], []],
    ["peer.", TYPE.NS, [TYPE.NS, TYPE.NS], [TYPE.NS, TYPE.NS]],
    ["peer.", TYPE.ANY, [TYPE.HINFO], [TYPE.HINFO]],
  ])("answers %s<zone> type %i with %j by DO and with %j without", (prefix, type, withDo, without) => {
    const { served } = zones.get("many")!;
    const types = (dnssecOk: boolean) => ask(served, `${prefix}${ZONE.name}`, type, { dnssecOk }).answer.map((record) => record.type);
    expect(types(true)).toEqual(withDo);
    expect(types(false)).toEqual(without);
  });

  it("denies by the parent's side that there is a DS at the cut, and by nothing else what is below", () => {
    const { served } = zones.get("many")!;
    const owners = (name: string, type: number) => ask(served, name, type).authority.map((record) => [record.owner[0], record.type]);
    expect(owners(`peer.${ZONE.name}`, TYPE.DS)).toEqual([
      ["navio", TYPE.SOA],
      ["navio", TYPE.RRSIG],
      ["peer", TYPE.NSEC],
      ["peer", TYPE.RRSIG],
    ]);
    expect(owners(`a.peer.${ZONE.name}`, TYPE.A)).toEqual([["peer", TYPE.SOA]]);
    expect(owners(`a.peer.${ZONE.name}`, TYPE.DS)).toEqual([["peer", TYPE.SOA]]);
  });

  it("does not forgive: a validator finds fault with every octet that changes", async () => {
    const { served, validator } = zones.get("many")!;
    const message = answerQuery(queryOf({ name: ZONE.name, type: TYPE.A, edns: { flags: DO } }), contextOf(served)).message;
    const start = 12 + ZONE.name.length + 1 + 4;
    for (let at = start; at < message.length - 11; at += 7) {
      const spoilt = message.slice();
      spoilt[at]! ^= 1;
      await expect(async () => validator.judge(readMessage(spoilt)), `octet ${at}`).rejects.toThrow();
    }
  });

  it("is bogus once its signatures are out of date, and was all the time that it may be served, a TTL and an early clock included", async () => {
    const { served, validator } = await signed(POOLS["many"]!);
    const judge = (now: number) => {
      validator.now = now;
      return validator.judge(ask(served, ZONE.name, TYPE.A));
    };
    for (const now of [GENERATED - 3_600, GENERATED, GENERATED + DAY, GENERATED + DAY + 3_600]) expect(await judge(now)).toBe("secure");
    await expect(judge(GENERATED + DAY + 7_200)).rejects.toThrow("out of its time");
    await expect(judge(GENERATED - 3_601)).rejects.toThrow("out of its time");
  });

  it("draws each time anew", () => {
    const { served } = zones.get("many")!;
    const answers = Array.from({ length: 40 }, () =>
      ask(served, ZONE.name, TYPE.A)
        .answer.map(({ data }) => data.join("."))
        .join(),
    );
    expect(new Set(answers).size).toBeGreaterThan(4);
  });

  it("says SERVFAIL where nothing may be served, DO or not", () => {
    const { served } = zones.get("many")!;
    for (const freshness of ["absent", "expired"] as const) expect(ask({ ...served, freshness }, ZONE.name, TYPE.A).rcode).toBe(2);
  });

  it("answers over UDP whole down to the size that the client states, and truncated below", () => {
    const { served } = zones.get("many")!;
    for (const [name, type] of [...EXISTING, ...EMPTY, ...below("nothing", "x.x9")].flatMap((each) =>
      TYPES.map((one) => [each, one] as const),
    )) {
      const whole = ask(served, name, type, { transport: "udp" });
      expect([whole.truncated, whole.octets <= PAYLOAD_OCTETS]).toEqual([false, true]);
      for (const payload of [512, 700, 1_000]) {
        const short = ask(served, name, type, { transport: "udp", payload });
        expect(short.octets).toBeLessThanOrEqual(payload);
        if (short.truncated) expect([short.answer, short.authority]).toEqual([[], []]);
      }
      expect(ask(served, name, type, { transport: "doh", payload: 512 }).truncated).toBe(false);
    }
  });
});
