/** Peers as TXT: their form, which ones, how many fit where. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { parseAddress } from "../../schema/address.ts";
import { seeded, type TestPeer } from "../sampling/test-pool.ts";
import { answerQuery, answerQuestion, type AnswerContext } from "./answer.ts";
import { encodeJson, type JsonReply } from "./json.ts";
import { parseName } from "./name.ts";
import { TYPE } from "./records.ts";
import { RCODE } from "./reply.ts";
import { APEX, contextOf, OVERLAY_PEERS, PEERS, queryOf, servedZone, ZONE, type QuerySpec } from "./test-zone.ts";
import { STALE_TTL } from "./zone.ts";

const NAME = `_peers.${APEX}`;
const ALL = servedZone([...PEERS, ...OVERLAY_PEERS]);

function ask(spec: QuerySpec = {}, served = ALL, changes: Partial<AnswerContext> = {}) {
  const { message, lifetime } = answerQuery(queryOf({ name: NAME, type: TYPE.TXT, ...spec }), contextOf(served, changes));
  const read = readMessage(message);
  const texts = read.answers.map(({ data }) => (data as Buffer[]).map((text) => text.toString("latin1")));
  return { ...read, texts, lifetime, octets: message.length };
}

const familyOf = ([address = ""]: readonly string[]): string => parseAddress(address).family;
const count = (texts: readonly (readonly string[])[], family: string): number => texts.filter((each) => familyOf(each) === family).length;

describe("TXT at _peers", () => {
  it("is one record a peer: its address, then its service bits", () => {
    const onion: TestPeer = { text: `${"q".repeat(56)}.onion:8333`, services: "c09" };
    const { answers, texts, authorities, lifetime, rcode, flags } = ask({}, servedZone([...PEERS, onion]));
    expect(texts).toEqual([[onion.text, "services=c09"]]);
    expect(answers[0]).toMatchObject({ name: NAME.slice(0, -1), type: "TXT", ttl: ZONE.ttl });
    expect([rcode, flags, authorities, lifetime]).toEqual([RCODE.NOERROR, ["qr", "aa"], [], ZONE.ttl]);
  });

  it("has only peers that A and AAAA cannot carry, every small family among them", () => {
    const known = new Map(OVERLAY_PEERS.map(({ text, services }) => [text, `services=${services}`]));
    const { texts } = ask();
    expect(texts).toHaveLength(ZONE.records);
    expect(new Set(texts.map(([address]) => address)).size).toBe(ZONE.records);
    for (const [address = "", services] of texts) expect(known.get(address)).toBe(services);
    expect(["onion", "i2p", "cjdns"].map((family) => count(texts, family))).toEqual([15, 6, 4]);
  });

  it("is drawn anew for each query", () => {
    const random = seeded(3);
    const sets = Array.from({ length: 4 }, () => ask({}, ALL, { random }).texts.flat().sort().join());
    expect(new Set(sets).size).toBe(4);
  });

  it("has below a service label only peers with its bits", () => {
    const { rcode, texts } = ask({ name: `X409._PEERS.${APEX}` });
    expect([rcode, texts.length]).toEqual([RCODE.NOERROR, 20]);
    for (const [, services] of texts) expect(services).toBe("services=409");
  });

  it("has the short TTL of a stale answer", () => {
    const { answers, lifetime } = ask({}, { ...ALL, freshness: "stale" });
    expect([answers[0]?.ttl, lifetime]).toEqual([STALE_TTL, STALE_TTL]);
  });

  it.each([servedZone(PEERS), servedZone([])])("is NODATA where no peer is on an overlay (%#)", (served) => {
    const { rcode, answers, authorities, lifetime } = ask({}, served);
    expect([rcode, answers, authorities.map(({ type }) => type), lifetime]).toEqual([RCODE.NOERROR, [], ["SOA"], ZONE.ttl]);
  });

  it.each([TYPE.A, TYPE.AAAA, TYPE.SOA, TYPE.NS, TYPE.SRV, 65_280])("has nothing of type %i beside it: NODATA", (type) => {
    const { rcode, answers, authorities } = ask({ type });
    expect([rcode, answers, authorities.map((each) => each.type)]).toEqual([RCODE.NOERROR, [], ["SOA"]]);
  });
});

describe("the room for TXT", () => {
  it("is filled over UDP, and never asks for TCP", () => {
    const bare = ask({}, ALL, { transport: "udp" });
    const large = ask({ edns: { payload: 4_096 } }, ALL, { transport: "udp" });
    for (const { flags, rcode } of [bare, large]) expect([flags, rcode]).toEqual([["qr", "aa"], RCODE.NOERROR]);
    expect([bare.texts.length, bare.octets <= 512]).toEqual([6, true]);
    expect([large.texts.length, large.octets <= 1_232]).toEqual([15, true]);
    // Even of six, two are on I2P and two on CJDNS.
    expect(["onion", "i2p", "cjdns"].map((family) => count(bare.texts, family))).toEqual([2, 2, 2]);
  });

  it("is all of the zone's records over TCP and DoH", () => {
    for (const transport of ["tcp", "doh"] as const) expect(ask({}, ALL, { transport }).texts).toHaveLength(ZONE.records);
  });

  const overlay = fc.oneof(
    fc.stringMatching(/^[a-z2-7]{56}$/).map((text) => `${text}.onion:65535`),
    fc.stringMatching(/^[a-z2-7]{52}$/).map((text) => `${text}.b32.i2p:0`),
    fc.tuple(fc.nat(0xffff), fc.nat(0xffff)).map(([a, b]) => `[fc01::${(a | 1).toString(16)}:1:${(b | 1).toString(16)}]:28333`),
  );
  const peer = fc.record({ text: overlay, services: fc.constantFrom("0", "409", "ffffffffffffffff") });

  it("is used as far as whole records fit, for any peers, size and transport", () => {
    const peers = fc.uniqueArray(peer, { maxLength: 60, selector: ({ text }) => text });
    const records = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(
        peers,
        records,
        fc.constantFrom("udp", "tcp", "doh"),
        fc.option(fc.integer({ min: 0, max: 4_096 })),
        fc.nat(),
        (...args) => {
          const [all, most, transport, payload, seed] = args;
          const served = servedZone(all, { zone: { ...ZONE, records: most } });
          const edns = payload === null ? undefined : { payload };
          const { texts, flags, octets } = ask({ edns }, served, { transport, random: seeded(seed) });
          const known = new Map(all.map(({ text, services }) => [text, `services=${services}`]));
          for (const [address = "", ...rest] of texts) expect([known.get(address)]).toEqual(rest);
          expect(new Set(texts.map(([address]) => address)).size).toBe(texts.length);
          expect(flags).not.toContain("tc");
          const limit = transport !== "udp" ? 65_535 : Math.min(1_232, Math.max(512, payload ?? 512));
          expect(octets).toBeLessThanOrEqual(limit);
          const wanted = Math.min(most, all.length);
          const longest = 12 + 1 + 68 + 1 + "services=ffffffffffffffff".length;
          if (texts.length < wanted) expect(octets + longest).toBeGreaterThan(limit);
          expect(texts.length).toBeGreaterThanOrEqual(Math.min(1, wanted));
        },
      ),
    );
  });
});

it("is quoted strings in JSON, the same as in the message", () => {
  const reply = answerQuestion({ name: parseName(NAME), type: TYPE.TXT }, contextOf(ALL, { random: seeded(5) }));
  const { Answer } = JSON.parse(new TextDecoder().decode(encodeJson([reply]))) as JsonReply;
  const { texts } = ask({}, ALL, { random: seeded(5) });
  expect(Answer?.map(({ data }) => data)).toEqual(texts.map(([address, services]) => `"${address}" "${services}"`));
  expect(Answer?.[0]).toMatchObject({ name: NAME, type: 16, TTL: ZONE.ttl });
});
