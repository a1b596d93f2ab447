/** The judge's reader against dns-packet, against messages with faults, and against anything at all. */
import { encode, RECURSION_DESIRED, type Answer } from "dns-packet";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage as oracle } from "../test/support/dns-oracle.ts";
import { answerQuery } from "../workers/dns/answer.ts";
import { APEX, contextOf } from "../workers/dns/test-zone.ts";
import { describeMessage, MAX_FAULTS, MAX_MESSAGE_OCTETS, optionOf, readMessage, soaMinimum } from "./message.ts";
import { headerOctets, optOctets, queryOctets, questionOctets, u16 } from "./query.ts";
import { nameText, nameWire, readName, sameName } from "./name.ts";
import { TYPE } from "./rdata.ts";

const RECORDS: Answer[] = [
  { type: "A", name: "a.example.org", ttl: 60, data: "192.0.2.1" },
  { type: "AAAA", name: "a.example.org", ttl: 61, data: "2001:db8::1" },
  { type: "NS", name: "example.org", ttl: 62, data: "ns.example.org" },
  { type: "MX", name: "example.org", ttl: 63, data: { preference: 10, exchange: "mx.example.org" } },
  { type: "SRV", name: "_x._tcp.example.org", ttl: 64, data: { priority: 0, weight: 1, port: 8_333, target: "h.example.org" } },
  { type: "TXT", name: "t.example.org", ttl: 2 ** 31 - 1, data: ["one", "two"] },
  {
    type: "SOA",
    name: "example.org",
    ttl: 66,
    data: { mname: "ns.example.org", rname: "host.example.org", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
  },
];

const NUMBERS: Readonly<Record<string, number>> = { A: 1, NS: 2, SOA: 6, HINFO: 13, MX: 15, TXT: 16, AAAA: 28, SRV: 33 };

/** Both readers must say the same of a message. */
function expectAgreement(octets: Uint8Array): void {
  const { id, rcode, questions, answers, authorities, opts, faults } = readMessage(octets)!;
  const records = (list: typeof answers) => list.map(({ name, type, ttl }) => ({ name: name.replace(/\.$/, ""), type, ttl }));
  const theirs = oracle(octets);
  const their = (list: typeof theirs.answers) => list.map(({ name, type, ttl }) => ({ name, type: NUMBERS[type], ttl }));
  expect({ id, rcode, faults, questions: questions.map(({ name }) => name.replace(/\.$/, "")) }).toEqual({
    id: theirs.id,
    rcode: theirs.rcode,
    faults: [],
    questions: theirs.questions.map(({ name }) => name),
  });
  expect([records(answers), records(authorities)]).toEqual([their(theirs.answers), their(theirs.authorities)]);
  expect(opts[0]?.options.map(({ code, data }) => [code, Array.from(data)])).toEqual(theirs.opt?.options);
}

const question = questionOctets(nameWire("a.example."), TYPE.A);
const fixed = (type: number, data: readonly number[]): number[] => [...u16(type), 0, 1, 0, 0, 0, 60, ...u16(data.length), ...data];
const withAnswer = (...octets: readonly number[]): number[] => [...headerOctets(0, 0x8400, 1, 1, 0, 0), ...question, ...octets];

describe("reading a message", () => {
  it("agrees with dns-packet about what dns-packet writes", () => {
    const octets = encode({
      type: "response",
      id: 7,
      flags: RECURSION_DESIRED,
      questions: [{ type: "A", name: "a.example.org" }],
      answers: RECORDS,
    });
    expectAgreement(octets);
    expect(readMessage(octets)!.answers.find(({ type }) => type === TYPE.SRV)!.names).toEqual(["h.example.org."]);
    expect(soaMinimum(readMessage(octets)!.answers.at(-1)!)).toBe(5);
  });

  it("agrees with dns-packet about what our zones answer, names compressed and all", () => {
    const types = [TYPE.A, TYPE.AAAA, TYPE.NS, TYPE.SOA, TYPE.ANY, TYPE.UNKNOWN];
    for (const [i, type] of types.entries()) {
      for (const name of [APEX, `nothing.${APEX}`, "example.com."]) {
        const { message } = answerQuery(queryOctets({ name, type, id: i, opt: { options: [[12, []]] } }), contextOf());
        expectAgreement(message);
      }
    }
  });

  it("reads the upper bits of the response code, and options", () => {
    const octets = [...headerOctets(1, 0x8400, 0, 0, 0, 1), ...optOctets({ flags: 0x8000, options: [[15, [0, 20]]] })];
    octets[17] = 1;
    const message = readMessage(Uint8Array.from(octets))!;
    expect(message).toMatchObject({ rcode: 16, opts: [{ payload: 1_232, version: 0, flags: 0x8000 }], faults: [] });
    expect(optionOf(message, 15)).toEqual(Uint8Array.of(0, 20));
    expect(describeMessage(message)).toBe("BADVERS, qr aa, 0 answer, 0 authority, OPT");
  });

  it.each([
    ["octets behind the last record", [...headerOctets(0, 0, 0, 0, 0, 0), 1, 2], "2 octets follow the last record"],
    ["a question that overruns", [...headerOctets(0, 0, 2, 0, 0, 0), ...question], "question 2 of 2: a name runs past the end"],
    ["a record that is missing", withAnswer(), "answer record 1 of 1: a name runs past the end"],
    ["RDATA that overruns", withAnswer(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 9, 1), "answer record 1 of 1: it runs past the end"],
    ["an A record of three octets", withAnswer(0xc0, 12, ...fixed(1, [1, 2, 3])), "RDATA has 3 octets, which type 1 cannot have"],
    ["a TXT string that overruns", withAnswer(0xc0, 12, ...fixed(16, [9, 97])), "the strings of a TXT record do not fill it"],
    ["a pointer to itself", withAnswer(0xc0, 12 + question.length, ...fixed(1, [1, 2, 3, 4])), "a pointer does not lead backwards"],
    ["a pointer forwards", withAnswer(0xc0, 200, ...fixed(1, [1, 2, 3, 4])), "a pointer does not lead backwards"],
    ["a label type that is none", withAnswer(0x81, 97, 0, ...fixed(1, [1, 2, 3, 4])), "label type 0x80 is none"],
    ["a name in RDATA that overruns it", withAnswer(0xc0, 12, ...fixed(2, [5, 97])), "a label runs past the end"],
    ["two OPT records", [...headerOctets(0, 0, 0, 0, 0, 2), ...optOctets(), ...optOctets()], "2 OPT records"],
    ["OPT among the answers", [...headerOctets(0, 0, 0, 1, 0, 0), ...optOctets()], "answer record 1 of 1: an OPT record out of its place"],
    ["OPT of another owner", [...headerOctets(0, 0, 0, 0, 0, 1), ...optOctets({}, [1, 97, 0])], "an OPT record out of its place"],
    [
      "an option that overruns",
      [...headerOctets(0, 0, 0, 0, 0, 1), 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 5, 0, 9, 0, 9, 1],
      "an option runs past the end of its OPT record",
    ],
  ])("names %s", (_, octets, fault) => {
    expect(readMessage(Uint8Array.from(octets))!.faults.join("; ")).toContain(fault);
  });

  it("sees where names inside of RDATA are compressed, and writes them out", () => {
    const srv = readMessage(Uint8Array.from(withAnswer(0xc0, 12, ...fixed(33, [0, 0, 0, 0, 0, 1, 1, 104, 0xc0, 12]))))!.answers[0]!;
    expect(srv).toMatchObject({ dataCompressed: true, ownerCompressed: true, names: ["h.a.example."] });
  });

  it("reads as much as there is of anything, in the time its length takes, and never throws", () => {
    expect(readMessage(new Uint8Array(11))).toBeUndefined();
    expect(readMessage(new Uint8Array(MAX_MESSAGE_OCTETS))).toBeDefined();
    expect(readMessage(new Uint8Array(MAX_MESSAGE_OCTETS + 1))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 600 }), (octets) => {
        const message = readMessage(octets)!;
        expect(message.faults.length).toBeLessThanOrEqual(MAX_FAULTS);
        expect(describeMessage(message)).toMatch(/\S/);
      }),
    );
    // All counts at their most, and every record with a pointer into a long name.
    const bomb = new Uint8Array(65_535).fill(0xc0);
    bomb.set(headerOctets(0, 0x8000, 0, 65_535, 65_535, 65_535));
    expect(readMessage(bomb)!.faults.length).toBeLessThanOrEqual(MAX_FAULTS);
  });
});

describe("names", () => {
  it("are read back as they were written", () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,63}$/);
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), (labels) => {
        const text = `${labels.join(".")}.`;
        const read = readName(nameWire(text), 0);
        expect(typeof read === "string" ? read : nameText(read.wire)).toBe(text);
      }),
    );
  });

  it("show what cannot be printed as numbers", () => {
    expect(nameText(Uint8Array.of(4, 97, 46, 92, 7, 0))).toBe("a\\.\\\\\\007.");
  });

  it.each(["a..b", ".a", "a b", "ä.example", "x".repeat(64), `${"x.".repeat(127)}y.`])("are not made of %j", (text) => {
    expect(() => nameWire(text)).toThrow(/is not a domain name|is longer than/);
  });

  it("are the same in ASCII letters of any case", () => {
    expect(sameName("SeEd.Example.", "seed.eXAMPLE.")).toBe(true);
    expect(sameName("seed.example.", "seed.exampl3.")).toBe(false);
  });
});
