/** The header and the question: opcodes, flags, classes, identifiers, the case and the length of names. */
import { ask, ofClass, NXDOMAIN, refusal, REFUSED, SOA, type Expectation, type Trial, type Asked } from "./battery.ts";
import { APEX, COLD_APEX } from "./judged-zone.ts";

const START: Expectation = { answer: [SOA] };
const MIXED_CASE = "JuDgEd.SeEd.eXaMpLe.OrG";

const soa = (...options: readonly string[]): Asked => ask(APEX, "SOA", ...options);

/** Opcodes other than QUERY with dig's names for them. */
const OPCODES = { 1: "IQUERY", 2: "STATUS", 3: "RESERVED3", 4: "NOTIFY", 5: "UPDATE", 6: "RESERVED6", 15: "RESERVED15" } as const;
const CLASSES = ["CH", "HS", "NONE", "ANY", "CLASS2", "CLASS65535"] as const;

/** Labels of 63 octets, and as many as fill the 255 octets of a name (RFC 1035 §2.3.4). */
const LONGEST_LABEL = `${"a".repeat(63)}.${APEX}`;
const LONGEST_NAME = `${"a".repeat(229 - 3 * 64)}.${`${"a".repeat(63)}.`.repeat(3)}${APEX}`;

export const HEADER_BATTERY: readonly Trial[] = [
  { rule: "D1", title: "recursion desired", asked: soa("+rec"), sent: { flags: "rd" }, reply: { ...START, flags: "qr aa rd" } },
  { rule: "D1", title: "recursion not desired", asked: soa("+norec"), sent: { flags: "" }, reply: START },
  {
    rule: "D1",
    title: "flags that no query has",
    asked: soa("+zflag", "+aaflag", "+tcflag", "+raflag"),
    sent: { flags: "aa tc ra", mbz: "0x4" },
    reply: START,
  },
  { rule: "D2", title: "authority over a name that is not there", asked: ask(`nothing.${APEX}`, "A"), reply: NXDOMAIN },
  { rule: "D2", title: "no authority over others' names", asked: ask("example.net", "A", "+rec"), reply: { ...REFUSED, flags: "qr rd" } },
  { rule: "D3", title: "AD and CD", asked: soa("+adflag", "+cdflag"), sent: { flags: "ad cd" }, reply: START },
  ...Object.entries(OPCODES).map(([code, opcode]): Trial => ({
    rule: "D4",
    title: `opcode ${code}`,
    asked: soa(`+opcode=${code}`),
    sent: { opcode },
    reply: { ...refusal("NOTIMP", "21 (Not Supported)"), opcode, question: [] },
  })),
  { rule: "D5", title: "no question", asked: ask(".", "A", "+header-only"), sent: { counts: [0, 0, 0, 1] }, reply: refusal("FORMERR") },
  {
    rule: "D5",
    title: "no question and no OPT",
    asked: ask(".", "A", "+header-only", "+noedns"),
    sent: { counts: [0, 0, 0, 0] },
    reply: { ...refusal("FORMERR"), edns: null },
  },
  { rule: "D6", title: "version.bind", asked: ofClass("CH", "version.bind", "TXT"), reply: REFUSED },
  ...CLASSES.map((name): Trial => ({ rule: "D6", title: `class ${name}`, asked: ofClass(name, APEX, "A"), reply: REFUSED })),
  { rule: "D7", title: "a name beside the zone", asked: ask("example.net", "A"), reply: REFUSED },
  { rule: "D7", title: "a name above the zone", asked: ask("seed.example.org", "NS"), reply: REFUSED },
  { rule: "D7", title: "the root", asked: ask(".", "NS"), reply: REFUSED },
  { rule: "D7", title: "a name that only ends alike", asked: ask(`x${APEX}`, "A"), reply: REFUSED },
  { rule: "D7", title: "a dot inside a label, before what looks like the zone", asked: ask(`x\\.${APEX}`, "A"), reply: REFUSED },
  { rule: "Z13", title: "discovery of resolvers", asked: ask("_dns.resolver.arpa", "TYPE64"), reply: REFUSED },
  {
    rule: "D8",
    title: "mixed case, echoed in question and owner",
    asked: ask(MIXED_CASE, "SOA"),
    sent: { question: [`${MIXED_CASE}. IN SOA`] },
    reply: { answer: [SOA.replace(APEX, MIXED_CASE)] },
  },
  { rule: "D8", title: "mixed case of a label", asked: ask(`X448.${APEX}`, "A"), reply: { answer: [`X448.${APEX}. 60 IN A 25.99.0.1`] } },
  { rule: "D8", title: "octets that are no letters", asked: ask(`\\000\\255\\.\\(.${APEX}`, "A"), reply: NXDOMAIN },
  { rule: "D9", title: "the longest label", asked: ask(LONGEST_LABEL, "A"), reply: NXDOMAIN },
  { rule: "D9", title: "the longest name", asked: ask(LONGEST_NAME, "A"), reply: NXDOMAIN },
  { rule: "H12", title: "identifier 0", asked: soa("+qid=0"), sent: { id: 0 }, reply: { ...START, id: 0 } },
  { rule: "H12", title: "identifier 4660", asked: soa("+qid=4660"), sent: { id: 4_660 }, reply: { ...START, id: 4_660 } },
  { rule: "H12", title: "identifier 65535", asked: soa("+qid=65535"), reply: { ...START, id: 65_535 } },
  { rule: "Z12", title: "a zone without a snapshot", asked: ask(COLD_APEX, "A"), reply: refusal("SERVFAIL", "14 (Not Ready)") },
  { rule: "Z12", title: "no SOA of a zone without a snapshot", asked: ask(COLD_APEX, "SOA"), reply: refusal("SERVFAIL", "14 (Not Ready)") },
];
