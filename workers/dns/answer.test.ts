/** The header and the question: rules D1 to D11 of the conformance checklist. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { answerQuery, type AnswerContext } from "./answer.ts";
import { DnsFormatError, MAX_MESSAGE_OCTETS } from "./query.ts";
import { CLASS_IN, TYPE } from "./records.ts";
import { RCODE } from "./reply.ts";
import { APEX, contextOf, header, optRecord, queryOf, questionOctets, servedZone, type QuerySpec } from "./test-zone.ts";

const context = contextOf();
const ask = (spec: QuerySpec = {}, changes: Partial<AnswerContext> = {}) =>
  readMessage(answerQuery(queryOf(spec), { ...context, ...changes }).message);
const askOctets = (octets: readonly number[], changes: Partial<AnswerContext> = {}) =>
  readMessage(answerQuery(Uint8Array.from(octets), { ...context, ...changes }).message);

const opcodeFlags = (opcode: number): number => opcode << 11;

describe("the header", () => {
  it("D1: copies id, opcode and RD, sets QR, and leaves RA and Z clear", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0x7fff), (id, flags) => {
        const { message } = answerQuery(queryOf({ id, flags }), context);
        const reply = readMessage(message);
        expect(reply.id).toBe(id);
        expect((message[2]! >> 3) & 0xf).toBe((flags >> 11) & 0xf);
        expect(reply.flags.includes("rd")).toBe((flags & 0x0100) !== 0);
        expect(reply.flags).toContain("qr");
        for (const flag of ["ra", "z", "ad", "cd", "tc"]) expect(reply.flags).not.toContain(flag);
      }),
    );
  });

  it.each([
    ["an address", {}, true],
    ["NODATA", { type: TYPE.MX }, true],
    ["NXDOMAIN", { name: `nope.${APEX}` }, true],
    ["REFUSED", { name: "example.net" }, false],
    ["FORMERR", { type: TYPE.OPT }, false],
    ["NOTIMP", { flags: opcodeFlags(2) }, false],
    ["BADVERS", { edns: { version: 1 } }, false],
  ])("D2: AA on %s is as it should be", (_, spec, authoritative) => {
    expect(ask(spec).flags.includes("aa")).toBe(authoritative);
  });

  it("D3: AD and CD are clear whatever was asked", () => {
    expect(ask({ flags: 0x0030 }).flags).toEqual(["qr", "aa"]);
  });

  it.each(Array.from({ length: 15 }, (_, i) => i + 1))("D4: opcode %i is NOTIMP", (opcode) => {
    const reply = ask({ flags: opcodeFlags(opcode), edns: {} });
    expect(reply.rcode).toBe(RCODE.NOTIMP);
    expect(reply.answers).toEqual([]);
    expect(reply.opt?.options).toEqual([[15, [0, 21]]]);
  });

  it("D4: another opcode is NOTIMP even where its body has another form", () => {
    // DNS stateful operations (RFC 8490): no counts, and octets after the header.
    expect(askOctets([...header(9, opcodeFlags(6), 0, 0, 0, 0), 0, 1, 0, 0]).rcode).toBe(RCODE.NOTIMP);
    expect(askOctets(header(9, opcodeFlags(5), 9, 9, 9, 9)).rcode).toBe(RCODE.NOTIMP);
  });
});

describe("the question", () => {
  it("D5: none or more than one is FORMERR without a question", () => {
    const none = askOctets(header(3, 0, 0, 0, 0, 0));
    expect([none.rcode, none.questions]).toEqual([RCODE.FORMERR, []]);
    // What js-libp2p's wire client sends (RFC 9619 forbids it).
    const two = askOctets([
      ...header(3, 0, 2, 0, 0, 1),
      ...questionOctets(APEX, TYPE.A),
      ...questionOctets(APEX, TYPE.AAAA),
      ...optRecord(),
    ]);
    expect([two.rcode, two.questions, two.opt?.version]).toEqual([RCODE.FORMERR, [], 0]);
  });

  it.each([
    ["CH", 3, TYPE.TXT],
    ["ANY", 255, TYPE.A],
    ["NONE", 254, TYPE.A],
    ["unknown", 4_711, TYPE.A],
    ["0", 0, TYPE.A],
  ])("D6: class %s is REFUSED", (_, class_, type) => {
    const reply = ask({ class: class_, type, edns: {} });
    expect([reply.rcode, reply.answers, reply.authorities]).toEqual([RCODE.REFUSED, [], []]);
    expect(reply.questions).toHaveLength(1);
  });

  it.each(["example.net", ".", "org", "seed.example.org", "xnavio.seed.example.org", "navio\\.seed.example.org", "_dns.resolver.arpa"])(
    "D7: %s is out of zone: REFUSED with EDE 20 and nothing else",
    (name) => {
      const reply = ask({ name, edns: {} });
      expect(reply.rcode).toBe(RCODE.REFUSED);
      expect([reply.answers, reply.authorities]).toEqual([[], []]);
      expect(reply.opt?.options).toEqual([[15, [0, 20]]]);
    },
  );

  it("D8: the name comes back octet for octet, and records point at it", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), fc.constantFrom(APEX, `x9.${APEX}`), (upper, lower) => {
        const name = Array.from(lower, (letter, i) => (upper[i] ? letter.toUpperCase() : letter)).join("");
        const query = queryOf({ name });
        const { message } = answerQuery(query, context);
        expect(message.subarray(12, query.length)).toEqual(query.subarray(12));
        expect(Array.from(message.subarray(query.length, query.length + 2))).toEqual([0xc0, 12]);
        const reply = readMessage(message);
        expect(reply.answers).toHaveLength(lower === APEX ? 25 : reply.answers.length);
        for (const record of reply.answers) expect(`${record.name}.`).toBe(name);
      }),
    );
  });

  it("D8: the zone is looked up by the lower-case name", () => {
    const names: string[] = [];
    ask({ name: "NAVIO.Seed.Example.ORG" }, { zoneFor: (name) => void names.push(name) });
    expect(names).toEqual([APEX]);
  });

  it.each([
    ["a pointer", [0xc0, 12]],
    ["a pointer after a label", [1, 97, 0xc0, 12]],
    ["label type 0x40", [0x41, 97, 0]],
    ["label type 0x80", [0x81, 97, 0]],
    ["a label that overruns", [63, 97]],
  ])("D9: %s in the question is FORMERR", (_, name) => {
    const reply = askOctets([...header(5, 0, 1, 0, 0, 0), ...name, 0, 1, 0, 1]);
    expect([reply.id, reply.rcode, reply.questions]).toEqual([5, RCODE.FORMERR, []]);
  });

  it("D9: a question cut short is FORMERR", () => {
    const whole = Array.from(queryOf());
    for (let length = 12; length < whole.length; length++) expect(askOctets(whole.slice(0, length)).rcode).toBe(RCODE.FORMERR);
  });

  it("D9: counts beyond what is there are FORMERR", () => {
    const question = questionOctets(APEX, TYPE.A);
    for (const place of [1, 2, 3]) {
      const counts = [1, 0, 0, 0];
      counts[place] = 0xffff;
      const reply = askOctets([...header(5, 0, ...counts), ...question]);
      expect([reply.rcode, reply.questions.length]).toEqual([RCODE.FORMERR, 1]);
    }
    expect(askOctets([...header(5, 0, 0xffff, 0, 0, 0), ...question, ...question]).rcode).toBe(RCODE.FORMERR);
  });

  it("records beside the question are read over", () => {
    // IXFR carries an SOA; any record may carry a pointer to the question's name.
    const record = [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 1, 97];
    const reply = askOctets([
      ...header(5, 0, 1, 1, 1, 2),
      ...questionOctets(APEX, TYPE.A),
      ...record,
      ...record,
      ...record,
      ...optRecord(),
    ]);
    expect([reply.rcode, reply.answers.length, reply.opt?.version]).toEqual([RCODE.NOERROR, 25, 0]);
  });
});

describe("octets that are no query", () => {
  it("H6: under twelve octets, a response and more than 65535 octets cannot be answered", () => {
    for (const octets of [new Uint8Array(0), new Uint8Array(11), queryOf({ flags: 0x8000 }), new Uint8Array(MAX_MESSAGE_OCTETS + 1)]) {
      for (const transport of ["doh", "udp", "tcp"] as const) {
        expect(() => answerQuery(octets, { ...context, transport })).toThrow(DnsFormatError);
      }
    }
  });

  it("H6: octets after the last record are refused on DoH, and FORMERR for those who cannot be told by HTTP", () => {
    const octets = [...queryOf(), 0];
    expect(() => answerQuery(Uint8Array.from(octets), context)).toThrow(DnsFormatError);
    expect(askOctets(octets, { transport: "udp" }).rcode).toBe(RCODE.FORMERR);
  });

  it("H7: a query of 65535 octets is answered", () => {
    const bare = queryOf({ edns: { options: [[12, []]] } });
    const padding = Array<number>(MAX_MESSAGE_OCTETS - bare.length).fill(0);
    expect(ask({ edns: { options: [[12, padding]] } }).answers).toHaveLength(25);
  });
});

describe("records", () => {
  it("D10: 16 addresses take about 293 octets", () => {
    const served = servedZone();
    const sixteen = contextOf({ ...served, zone: { ...served.zone, records: 16 } });
    const query = queryOf();
    const { message } = answerQuery(query, sixteen);
    expect(message).toHaveLength(query.length + 16 * 16); // dns-packet needs 352 more
    expect(message.length).toBeLessThan(300);
  });

  it("D10: 25 addresses fit a UDP answer without EDNS", () => {
    expect(answerQuery(queryOf(), { ...context, transport: "udp" }).message.length).toBeLessThanOrEqual(512);
  });

  it("D10: owners are compressed, names in data never", () => {
    const { message } = answerQuery(queryOf({ type: TYPE.NS }), context);
    expect(message.length).toBe(queryOf().length + 2 * 12 + 2 * 17);
    expect(readMessage(message).answers.map(({ data }) => data)).toEqual(["ns1.example.org", "ns2.example.net"]);
  });

  it("D11: a set has one TTL, no TTL is too large, and no record stands twice", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(TYPE)), fc.constantFrom(APEX, `x9.${APEX}`, `no.${APEX}`), (type, name) => {
        const { answers, authorities } = ask({ type, name, class: CLASS_IN });
        for (const section of [answers, authorities]) {
          expect(new Set(section.map((record) => record.ttl)).size).toBeLessThanOrEqual(1);
          for (const { ttl } of section) expect(ttl).toBeLessThan(2 ** 31);
          expect(new Set(section.map((record) => JSON.stringify(record))).size).toBe(section.length);
        }
      }),
    );
  });
});
