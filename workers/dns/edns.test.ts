/** EDNS: rules E1 to E14 of the conformance checklist, and what a transport does to an answer's size. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { answerQuery, type AnswerContext } from "./answer.ts";
import { LEAST_PAYLOAD_OCTETS, MAX_NSID_OCTETS, OPTION, PADDING_BLOCK_OCTETS, PAYLOAD_OCTETS } from "./edns.ts";
import { TYPE } from "./records.ts";
import { RCODE } from "./reply.ts";
import {
  APEX,
  contextOf,
  header,
  optRecord,
  PEERS,
  queryOf,
  questionOctets,
  servedZone,
  ZONE,
  type EdnsSpec,
  type Option,
  type QuerySpec,
} from "./test-zone.ts";

const context = contextOf();
const send = (spec: QuerySpec, changes: Partial<AnswerContext> = {}) => answerQuery(queryOf(spec), { ...context, ...changes }).message;
const ask = (edns: EdnsSpec | undefined, changes: Partial<AnswerContext> = {}, spec: QuerySpec = {}) =>
  readMessage(send({ ...spec, edns }, changes));
const askOctets = (octets: readonly number[]) => readMessage(answerQuery(Uint8Array.from(octets), context).message);

/** A query for the apex's A records with these octets as its additional section. */
const withAdditional = (count: number, octets: readonly number[]) =>
  askOctets([...header(1, 0, 1, 0, 0, count), ...questionOctets(APEX, TYPE.A), ...octets]);

const EVERY_OUTCOME: readonly QuerySpec[] = [
  {},
  { type: TYPE.MX },
  { name: `no.${APEX}` },
  { name: "example.net" },
  { type: TYPE.AXFR },
  { type: TYPE.OPT },
  { class: 3 },
  { flags: 4 << 11 },
];

describe("the OPT record", () => {
  it.each(EVERY_OUTCOME)("E1: stands in the answer where it stood in the query, and only there: %j", (spec) => {
    expect(ask(undefined, {}, spec).opt).toBeUndefined();
    expect(ask({}, {}, spec).opt).toMatchObject({ payload: PAYLOAD_OCTETS, version: 0, flags: 0 });
  });

  it.each([1, 100, 255])("E2: version %i is BADVERS from version 0, without data", (version) => {
    // Its options may have a form we cannot know: these overrun.
    const reply = ask({ version, options: [[100, [1, 2, 3]]] });
    expect([reply.rcode, reply.answers, reply.authorities, reply.opt?.version, reply.opt?.options]).toEqual([RCODE.BADVERS, [], [], 0, []]);
    expect(withAdditional(1, [0, 0, 41, 4, 208, 0, version, 0, 0, 0, 3, 9, 9, 9]).rcode).toBe(RCODE.BADVERS);
  });

  it("E3: unknown options are ignored and not echoed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 0xffff }), fc.uint8Array({ maxLength: 50 }), (code, data) => {
        const reply = ask({ options: [[code, Array.from(data)]] });
        expect([reply.rcode, reply.answers.length, reply.opt?.options]).toEqual([RCODE.NOERROR, 25, []]);
      }),
    );
  });

  it("E4, E5: of the flags only DO comes back", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), (flags) => {
        expect(ask({ flags }).opt?.flags).toBe(flags & 0x8000);
      }),
    );
    expect(ask({ flags: 0x8000 }).answers.every(({ type }) => type === "A")).toBe(true);
  });

  it.each([
    ["two of them", 2, [...optRecord(), ...optRecord()]],
    ["another owner than the root", 1, [1, 97, ...optRecord()]],
    ["a pointer for its owner", 1, [0xc0, 12, ...optRecord().slice(1)]],
    ["data that overruns the message", 1, [...optRecord().slice(0, -1), 4]],
    ["an option that overruns its data", 1, optRecordWith([0, 99, 0, 5, 1])],
    ["a rest too short for an option", 1, optRecordWith([0, 99, 0])],
  ])("E7: %s is FORMERR", (_, count, octets) => {
    const reply = withAdditional(count, octets);
    expect([reply.rcode, reply.answers, reply.questions.length]).toEqual([RCODE.FORMERR, [], 1]);
  });

  it("E7: outside the additional section it is FORMERR", () => {
    for (const counts of [
      [1, 1, 0, 0],
      [1, 0, 1, 0],
    ]) {
      const reply = askOctets([...header(1, 0, ...counts), ...questionOctets(APEX, TYPE.A), ...optRecord()]);
      expect(reply.rcode).toBe(RCODE.FORMERR);
    }
  });

  it("E1: stands in a FORMERR too, where the query's could be read", () => {
    expect(withAdditional(2, [...optRecord(), ...optRecord()]).opt?.version).toBe(0);
  });
});

function optRecordWith(data: readonly number[]): number[] {
  return [...optRecord().slice(0, -1), data.length, ...data];
}

describe("size", () => {
  const large = { ...context, ...contextOf(servedZone(PEERS, { zone: { ...ZONE, records: 50 } })) };
  const answer = (edns: EdnsSpec | undefined, transport: AnswerContext["transport"]) => {
    const { message } = answerQuery(queryOf({ type: TYPE.AAAA, edns }), { ...large, transport });
    return { length: message.length, ...readMessage(message) };
  };

  it.each(["doh", "tcp"] as const)("E8: over %s an answer is whole, whatever payload size the client states", (transport) => {
    for (const edns of [undefined, { payload: 0 }, { payload: 512 }, { payload: 1_232 }]) {
      const reply = answer(edns, transport);
      expect([reply.answers.length, reply.flags]).toEqual([50, ["qr", "aa"]]);
    }
  });

  it.each([
    ["no OPT", undefined],
    ["512", { payload: 512 }],
    ["less than 512", { payload: 100 }],
    ["1232", { payload: 1_232 }],
    ["more than we send", { payload: 65_535 }],
  ])("over UDP with %s what does not fit goes as TC without records", (_, edns) => {
    const reply = answer(edns, "udp");
    expect([reply.flags, reply.answers, reply.questions.length, reply.opt?.version]).toEqual([["qr", "aa", "tc"], [], 1, edns && 0]);
  });

  it("over UDP nothing is larger than the client takes, than 1232, or than 512 without EDNS", () => {
    const options: readonly Option[] = [
      [OPTION.NSID, []],
      [OPTION.PADDING, [0]],
    ];
    const edns = fc.option(fc.record({ payload: fc.nat(65_535), options: fc.subarray([...options]) }), { nil: undefined });
    const type = fc.constantFrom<number>(TYPE.A, TYPE.AAAA, TYPE.NS, TYPE.MX);
    fc.assert(
      fc.property(edns, type, fc.integer({ min: 1, max: 50 }), (each, number, records) => {
        const served = servedZone(PEERS.slice(0, 100), { zone: { ...ZONE, records }, freshness: "stale" });
        const udp = contextOf(served, { transport: "udp", location: "fra" });
        const { message } = answerQuery(queryOf({ type: number, edns: each }), udp);
        expect(message.length).toBeLessThanOrEqual(
          each === undefined ? LEAST_PAYLOAD_OCTETS : Math.min(Math.max(each.payload, 512), PAYLOAD_OCTETS),
        );
        const whole = answerQuery(queryOf({ type: number, edns: each }), { ...udp, transport: "tcp", random: contextOf().random });
        expect(readMessage(message).flags.includes("tc")).toBe(whole.message.length > message.length);
      }),
      { numRuns: 60 },
    );
  });

  it("over UDP 25 AAAA records fit where the client takes 1232", () => {
    expect(ask({ payload: 1_232 }, { transport: "udp" }, { type: TYPE.AAAA }).answers).toHaveLength(25);
    expect(ask(undefined, { transport: "udp" }, { type: TYPE.AAAA }).flags).toContain("tc");
  });
});

describe("options", () => {
  it.each(EVERY_OUTCOME)("E9: an answer to a padded query is a multiple of 468 octets, padded with zeros: %j", (spec) => {
    const message = send({ ...spec, edns: { options: [[OPTION.PADDING, [0, 0, 0]]] } });
    expect(message.length % PADDING_BLOCK_OCTETS).toBe(0);
    const padding = readMessage(message).opt?.options.at(-1);
    expect(padding?.[0]).toBe(OPTION.PADDING);
    expect(padding?.[1].every((octet) => octet === 0)).toBe(true);
  });

  it("E9: an unpadded query has an unpadded answer, and a plain transport none at all", () => {
    expect(ask({}).opt?.options).toEqual([]);
    for (const transport of ["udp", "tcp"] as const)
      expect(ask({ options: [[OPTION.PADDING, []]] }, { transport }).opt?.options).toEqual([]);
  });

  it("E9: an answer that fills its blocks gets no block more", () => {
    const lengths = new Set<number>();
    for (let records = 1; records <= 50; records++) {
      const served = servedZone(PEERS, { zone: { ...ZONE, records } });
      const { message } = answerQuery(queryOf({ type: TYPE.AAAA, edns: { options: [[OPTION.PADDING, []]] } }), contextOf(served));
      const padding = readMessage(message).opt!.options[0]![1].length;
      expect(padding).toBeLessThan(PADDING_BLOCK_OCTETS);
      lengths.add(message.length / PADDING_BLOCK_OCTETS);
    }
    expect([...lengths]).toEqual([1, 2, 3, 4]);
  });

  it("E10, H17: cookies and TCP keepalive are ignored", () => {
    const reply = ask({
      options: [
        [10, [1, 2, 3, 4, 5, 6, 7, 8]],
        [11, []],
      ],
    });
    expect([reply.rcode, reply.opt?.options]).toEqual([RCODE.NOERROR, []]);
  });

  it.each([
    ["IPv4 /24", [0, 1, 24, 0, 192, 0, 2]],
    ["IPv4 /0", [0, 1, 0, 0]],
    ["IPv4 /20", [0, 1, 20, 0, 192, 0, 0x20]],
    ["IPv6 /56", [0, 2, 56, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0]],
    ["no address", [0, 0, 0, 0]],
  ])("E11: a client subnet (%s) is neither used nor echoed", (_, data) => {
    const reply = ask({ options: [[OPTION.ECS, data]] });
    expect([reply.rcode, reply.opt?.options]).toEqual([RCODE.NOERROR, []]);
  });

  it.each([
    ["too short", [0, 1, 24]],
    ["empty", []],
    ["a prefix longer than the address", [0, 1, 33, 0, 1, 2, 3, 4, 5]],
    ["too few octets for its prefix", [0, 1, 24, 0, 192, 0]],
    ["too many octets for its prefix", [0, 1, 24, 0, 192, 0, 2, 0]],
    ["bits set beyond its prefix", [0, 1, 20, 0, 192, 0, 0x21]],
    ["a scope in a query", [0, 1, 24, 24, 192, 0, 2]],
    ["an unknown family", [0, 3, 8, 0, 1]],
  ])("E11: a malformed client subnet (%s) is FORMERR", (_, data) => {
    expect(ask({ options: [[OPTION.ECS, data]] }).rcode).toBe(RCODE.FORMERR);
  });

  it("E12: extended errors need an OPT record in the query", () => {
    expect(ask(undefined, {}, { name: "example.net" }).opt).toBeUndefined();
    expect(ask({}, {}, { name: "example.net" }).opt?.options).toEqual([[OPTION.EDE, [0, 20]]]);
  });

  it("E13: NSID says where the answer comes from, to those who ask", () => {
    const location = "FRA";
    expect(ask({ options: [[OPTION.NSID, []]] }, { location }).opt?.options).toEqual([[OPTION.NSID, [70, 82, 65]]]);
    expect(ask({}, { location }).opt?.options).toEqual([]);
    expect(ask({ options: [[OPTION.NSID, []]] }).opt?.options).toEqual([]);
    expect(ask({ options: [[OPTION.NSID, []]] }, { location: "x".repeat(500) }).opt?.options[0]?.[1]).toHaveLength(MAX_NSID_OCTETS);
  });
});

describe("E14: what RFC 8906 asks is answered", () => {
  const flags = fc.constantFrom(0, 0x0100, 0x0020, 0x0010, 0x0040, 0x0030);
  const edns = fc.option(
    fc.record({
      payload: fc.constantFrom(0, 512, 1_232, 4_096),
      version: fc.constantFrom(0, 0, 1, 100),
      flags: fc.constantFrom(0, 0x8000, 0x0040, 0xffff),
      options: fc.subarray<Option>([
        [100, [1, 2]],
        [OPTION.NSID, []],
        [10, [1, 2, 3, 4, 5, 6, 7, 8]],
        [OPTION.ECS, [0, 1, 0, 0]],
        [OPTION.PADDING, [0]],
      ]),
    }),
    { nil: undefined },
  );

  it("whatever flags, versions, options and types come together", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), flags, edns, fc.constantFrom("doh", "udp", "tcp"), (type, id, bits, opt, transport) => {
        const reply = ask(opt, { transport, location: "fra" }, { type, id, flags: bits });
        expect(reply.id).toBe(id);
        expect(reply.questions).toHaveLength(1);
        expect(reply.opt === undefined).toBe(opt === undefined);
        if (opt !== undefined && opt.version > 0) expect(reply.rcode).toBe(RCODE.BADVERS);
        else expect([RCODE.NOERROR, RCODE.FORMERR, RCODE.REFUSED]).toContain(reply.rcode);
      }),
      { numRuns: 1_000 },
    );
  });
});
