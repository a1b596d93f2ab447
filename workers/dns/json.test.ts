/** JSON answers: the contract that clients of Google's and Cloudflare's APIs can read. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { seeded } from "../sampling/test-pool.ts";
import { answerQuestion, replyTo, type AnswerContext, type StructuredQuestion } from "./answer.ts";
import { encodeJson, type JsonReply, type Replies } from "./json.ts";
import { encodeReply } from "./message.ts";
import { formatName, parseName } from "./name.ts";
import { formatData } from "./presentation.ts";
import { readQuery } from "./query.ts";
import { DnsTypeError, parseType, TYPE } from "./records.ts";
import { lifetimeOf, RCODE } from "./reply.ts";
import { APEX, contextOf, PEERS, queryOf, servedZone, ZONE } from "./test-zone.ts";

const context = contextOf();
type Asked = Omit<StructuredQuestion, "name"> & { readonly name: string };
const ask = ({ name, ...rest }: Asked, changes: Partial<AnswerContext> = {}) =>
  answerQuestion({ name: parseName(name), ...rest }, { ...context, ...changes });
const jsonOf = (replies: Replies, checkingDisabled = false) =>
  JSON.parse(new TextDecoder().decode(encodeJson(replies, checkingDisabled))) as JsonReply;
const json = (name: string, type: number, changes: Partial<AnswerContext> = {}) => jsonOf([ask({ name, type }, changes)]);

const SOA = { name: APEX, type: 6, TTL: 60, data: "ns1.example.org. hostmaster.example.org. 41 3600 600 86400 60" };

describe("encodeJson", () => {
  it("has every member clients read, and the sections that hold something", () => {
    const one = contextOf(servedZone([{ text: "192.0.2.7:28333" }]));
    expect(jsonOf([ask({ name: "Navio.seed.example.org", type: TYPE.A }, one)])).toEqual({
      Status: 0,
      TC: false,
      RD: true,
      RA: false,
      AD: false,
      CD: false,
      AA: true,
      Question: [{ name: "Navio.seed.example.org.", type: 1 }],
      Answer: [{ name: "Navio.seed.example.org.", type: 1, TTL: 60, data: "192.0.2.7" }],
    });
  });

  it("has RFC 5952 text for AAAA", () => {
    const served = servedZone([{ text: "[2001:db8::5]:28333" }]);
    expect(json(APEX, TYPE.AAAA, contextOf(served)).Answer?.[0]?.data).toBe("2001:db8::5");
  });

  it("has presentation form for the other types", () => {
    expect(json(APEX, TYPE.SOA).Answer).toEqual([SOA]);
    expect(json(APEX, TYPE.NS).Answer?.map(({ data }) => data)).toEqual(["ns1.example.org.", "ns2.example.net."]);
    expect(json(APEX, TYPE.ANY).Answer).toEqual([{ name: APEX, type: 13, TTL: 3_600, data: '"RFC8482" ""' }]);
  });

  it("has the SOA for what is not there", () => {
    expect(json(APEX, TYPE.MX)).toMatchObject({ Status: 0, Authority: [SOA] });
    expect(json(`no.${APEX}`, TYPE.A)).toMatchObject({ Status: 3, Authority: [SOA] });
    expect(json(APEX, TYPE.MX)).not.toHaveProperty("Answer");
    expect(json(APEX, TYPE.A)).not.toHaveProperty("Authority");
    expect(json(APEX, TYPE.A)).not.toHaveProperty("Comment");
  });

  it("E12: says extended errors in words, without any OPT to ask for them", () => {
    expect(json("example.net", TYPE.A)).toMatchObject({ Status: 5, AA: false, Comment: ["EDE(20): Not Authoritative"] });
    const stale = contextOf(servedZone(PEERS, { freshness: "stale" }));
    expect(json(APEX, TYPE.A, stale)).toMatchObject({ Status: 0, Comment: ["EDE(3): Stale Answer"] });
    const absent = contextOf(servedZone(PEERS, { freshness: "absent" }));
    expect(json(APEX, TYPE.A, absent)).toMatchObject({ Status: 2, Comment: ["EDE(14): Not Ready"] });
    expect(json(APEX, TYPE.NXNAME)).toMatchObject({ Status: 1, Comment: ["EDE(30): Invalid Query Type"] });
  });

  it("tells the client's CD back, and has no AD", () => {
    const reply = ask({ name: APEX, type: TYPE.A, dnssecOk: true });
    expect([jsonOf([reply]).CD, jsonOf([reply], true).CD]).toEqual([false, true]);
    expect(jsonOf([reply], true).AD).toBe(false);
  });

  it("has the whole response code", () => {
    const query = readQuery(queryOf({ edns: { version: 1 } }));
    expect(jsonOf([replyTo(query, context)]).Status).toBe(RCODE.BADVERS);
  });

  it("joins the replies to a repeated type, as js-libp2p asks", () => {
    const both = jsonOf([ask({ name: APEX, type: TYPE.A }), ask({ name: APEX, type: TYPE.AAAA })]);
    expect(both.Question.map(({ type }) => type)).toEqual([1, 28]);
    expect(both.Answer?.map(({ type }) => type)).toEqual([...Array<number>(25).fill(1), ...Array<number>(25).fill(28)]);
  });

  it("has no record twice that two types both bring", () => {
    const twice = jsonOf([ask({ name: APEX, type: TYPE.ANY }), ask({ name: APEX, type: TYPE.HINFO })]);
    expect(twice.Answer?.map(({ type }) => type)).toEqual([TYPE.HINFO]);
  });

  it("denies nothing beside an answer, and once where all is empty", () => {
    const half = jsonOf([ask({ name: APEX, type: TYPE.A }), ask({ name: APEX, type: TYPE.MX })]);
    expect([half.Status, half.Answer?.length, half.Authority]).toEqual([0, 25, undefined]);
    const none = jsonOf([ask({ name: APEX, type: TYPE.TXT }), ask({ name: APEX, type: TYPE.MX })]);
    expect([none.Answer, none.Authority]).toEqual([undefined, [SOA]]);
    const proof = { owner: parseName(APEX), type: TYPE.NSEC, ttl: 60, data: [Uint8Array.of(0, 0, 1, 0x40)] };
    const empty = ask({ name: APEX, type: TYPE.MX });
    const proven = jsonOf([ask({ name: APEX, type: TYPE.A }), { ...empty, authority: [...empty.authority, proof] }]);
    expect(proven.Authority).toEqual([SOA, { name: APEX, type: 47, TTL: 60, data: ". A" }]);
    const failed = jsonOf([ask({ name: APEX, type: TYPE.A }), ask({ name: APEX, type: TYPE.NXNAME })]);
    expect(failed.Status).toBe(RCODE.FORMERR);
  });

  it("is JSON, whatever octets names and data have", () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
    const wire = fc
      .array(label, { maxLength: 3 })
      .map((labels) => Uint8Array.from([...labels.flatMap((each) => [each.length, ...each]), 0]));
    const data = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((octets) => Uint8Array.from([octets.length, ...octets]));
    fc.assert(
      fc.property(wire, data, fc.constantFrom(TYPE.TXT, 65_280), (owner, octets, type) => {
        const set = { owner, type, ttl: 60, data: [octets] };
        const made = jsonOf([{ ...ask({ name: APEX, type }), question: { name: owner, type, class: 1 }, answer: [set] }]);
        const name = formatName(owner, true);
        expect([made.Question, made.Answer]).toEqual([[{ name, type }], [{ name, type, TTL: 60, data: formatData(type, octets) }]]);
      }),
    );
  });

  it("is the same answer as the message of the same reply", () => {
    const type = fc.constantFrom(TYPE.A, TYPE.AAAA, TYPE.NS, TYPE.SOA, TYPE.MX);
    const name = fc.constantFrom(APEX, `x9.${APEX}`, `X9.${APEX}`, `no.${APEX}`, "example.net");
    fc.assert(
      fc.property(name, type, fc.nat(), (each, number, seed) => {
        const reply = ask({ name: each, type: number }, { random: seeded(seed) });
        const message = readMessage(encodeReply(reply));
        const made = jsonOf([reply]);
        expect(made.Status).toBe(message.rcode);
        expect(made.Answer?.map(({ TTL }) => TTL) ?? []).toEqual(message.answers.map(({ ttl }) => ttl));
        expect(made.Authority?.map(({ TTL }) => TTL) ?? []).toEqual(message.authorities.map(({ ttl }) => ttl));
        if (number === TYPE.A) expect(made.Answer?.map(({ data }) => data) ?? []).toEqual(message.answers.map(({ data }) => data));
      }),
    );
  });
});

describe("lifetimeOf", () => {
  it("H8: is the least TTL of the answer", () => {
    expect(lifetimeOf(ask({ name: APEX, type: TYPE.A }))).toBe(60);
    expect(lifetimeOf(ask({ name: APEX, type: TYPE.NS }))).toBe(3_600);
  });

  it("H9: is MINIMUM at most where there is no answer, even below the SOA's TTL", () => {
    const reply = ask({ name: `no.${APEX}`, type: TYPE.A });
    const authority = reply.authority.map((set) =>
      set.type === TYPE.SOA ? { owner: set.owner, type: set.type, ttl: 3_600, data: set.data } : set,
    );
    expect(lifetimeOf({ ...reply, authority })).toBe(ZONE.ttl);
  });

  it("H8: is nothing for refusals and errors", () => {
    expect(lifetimeOf(ask({ name: "example.net", type: TYPE.A }))).toBe(0);
    expect(lifetimeOf(ask({ name: APEX, type: TYPE.OPT }))).toBe(0);
  });
});

describe("parseType", () => {
  it.each([
    ["A", 1],
    ["aaaa", 28],
    ["TYPE65280", 65_280],
    ["type28", 28],
    ["255", 255],
    ["65535", 65_535],
  ])("reads %s", (text, type) => {
    expect(parseType(text)).toBe(type);
  });

  it.each(["", "0", "65536", "-1", "1.5", "AAAAA", "TYPE", "TYPE0", "constructor", "0x1", " 1"])("refuses %j", (text) => {
    expect(() => parseType(text)).toThrow(DnsTypeError);
  });
});
