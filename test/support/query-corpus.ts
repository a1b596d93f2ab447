/** Valid DNS messages of every kind that a server on the open Internet is sent: what hostile ones are made from. */
import { header, optRecord, questionOctets, type Option } from "../../workers/dns/test-zone.ts";

const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const zeros = (length: number): number[] => Array.from({ length }, () => 0);
const u16 = (value: number): number[] => [value >> 8, value & 0xff];

const IN = 1;
const NONE = 254;
const ANY_CLASS = 255;
const TYPE = {
  A: 1,
  NS: 2,
  SOA: 6,
  TXT: 16,
  SIG: 24,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TSIG: 250,
  ANY: 255,
} as const;
/** The flag of an OPT record that asks for signatures (RFC 3225 §3). */
const DO = 0x8000;

/** Every type worth asking for: all that have a meaning, the unassigned and private ones beside them, and the ends of the range. */
const TYPES = [
  ...Array.from({ length: 66 }, (_, type) => type),
  99,
  128,
  249,
  250,
  251,
  252,
  253,
  254,
  255,
  256,
  257,
  32_768,
  65_280,
  65_535,
];

/** EDNS options as clients send them (IANA DNS EDNS0 option codes), sound and not. */
const OPTIONS: readonly Option[] = [
  [1, zeros(18)], // LLQ
  [3, []], // NSID
  [3, ascii("not empty")],
  [5, [8, 13, 15]], // DAU
  [6, [1, 2]],
  [7, [1]],
  [8, [0, 1, 24, 0, 192, 0, 2]], // client subnet
  [8, [0, 1, 0, 0]],
  [8, [0, 2, 56, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0]],
  [8, [0, 0, 0, 0]],
  [8, [0, 1, 24, 0, 192, 0, 2, 1]], // an octet too many
  [8, [0, 1, 33, 0, 192, 0, 2, 1, 1]], // more bits than IPv4 has
  [8, [0, 9, 8, 0, 1]], // no such family
  [9, []], // EXPIRE
  [10, zeros(8)], // cookie of a client
  [10, zeros(24)], // with the server's
  [10, zeros(3)],
  [11, []], // keepalive
  [11, [0, 100]],
  [12, []], // padding
  [12, zeros(31)],
  [12, zeros(400)],
  [13, [0]], // CHAIN
  [14, [0x4f, 0x66]], // key tag
  [15, [0, 18]], // extended error
  [18, [3, ...ascii("err"), 0]], // report channel
  [19, []], // zone version
  [65_001, ascii("local")],
];

interface Sections {
  readonly questions?: readonly (readonly number[])[];
  readonly answers?: readonly (readonly number[])[];
  readonly authorities?: readonly (readonly number[])[];
  readonly additionals?: readonly (readonly number[])[];
}

function message(flags: number, { questions = [], answers = [], authorities = [], additionals = [] }: Sections): Uint8Array {
  const sections = [questions, answers, authorities, additionals];
  return Uint8Array.from([...header(0x1234, flags, ...sections.map(({ length }) => length)), ...sections.flat(2)]);
}

/** A record whose owner is given as octets. */
const record = (owner: readonly number[], type: number, class_: number, data: readonly number[]): number[] => [
  ...owner,
  ...u16(type),
  ...u16(class_),
  ...zeros(4),
  ...u16(data.length),
  ...data,
];

/** A pointer to the first question's name. */
const QNAME = [0xc0, 12];
const ROOT = [0];

const RD = 0x0100;
const opcode = (code: number): number => code << 11;

/** A transaction signature of the right shape (RFC 8945 §4.2): hmac-sha256, 32 octets of MAC. */
const TSIG = record(ROOT, TYPE.TSIG, ANY_CLASS, [
  11,
  ...ascii("hmac-sha256"),
  0,
  ...zeros(6),
  ...u16(300),
  ...u16(32),
  ...zeros(32),
  ...u16(0x1234),
  ...zeros(4),
]);

/** A transaction signature by a key pair, SIG(0) (RFC 2931 §3). */
const SIG0 = record(ROOT, TYPE.SIG, ANY_CLASS, [...zeros(2), 13, 0, ...zeros(14), 0, ...zeros(64)]);

/** Every message of the corpus, for a zone's apex as text without the final dot: about half of them ask for signatures. */
export const queryCorpus = (apex: string): readonly Uint8Array[] => [...plainCorpus(apex), ...signedCorpus(apex)];

/** 0x20: every other letter of a name in upper case. */
const mixedCase = (name: string): string =>
  name.replaceAll(/[a-z]/g, (letter, at: number) => (at % 2 === 0 ? letter.toUpperCase() : letter));

/** A question with DO. */
const askSigned = (name: string, type: number, spec: Parameters<typeof optRecord>[0] = {}, flags = RD): Uint8Array =>
  message(flags, { questions: [questionOctets(name, type, IN)], additionals: [optRecord({ flags: DO, ...spec })] });

/** Questions with DO: for what a signed zone has, for what stands between and below it, and for all that proves it. */
function signedCorpus(apex: string): readonly Uint8Array[] {
  const existing = ["x9", "_peers", "x409._peers", "_tcp", "_devnet._tcp", "peer", "14000001.peer"];
  const absent = [
    "!",
    "nothing",
    "a.b.x9",
    "a._peers",
    "a._devnet._tcp",
    "a._tcp",
    "z.peer",
    "a.14000001.peer",
    "zzzz",
    "*",
    "*.x9",
    "\\000",
    "\\255",
  ];
  const long = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${apex}`;
  const names = [apex, mixedCase(apex), ...[...existing, ...absent].map((label) => `${label}.${apex}`), mixedCase(`_peers.${apex}`), long];
  const types = [TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.SRV, TYPE.SOA, TYPE.NS, TYPE.DS, TYPE.RRSIG, TYPE.NSEC, TYPE.DNSKEY, TYPE.ANY];
  return [
    ...names.flatMap((name) => types.map((type) => askSigned(name, type))),
    ...TYPES.map((type) => askSigned(apex, type)),
    ...[0, 512, 700, 4_096, 65_535].flatMap((payload) => [TYPE.A, TYPE.DNSKEY].map((type) => askSigned(apex, type, { payload }))),
    ...[0, 512, 700, 4_096, 65_535].map((payload) => askSigned(`nothing.${apex}`, TYPE.A, { payload })),
    ...OPTIONS.map((option) => askSigned(`nothing.${apex}`, TYPE.AAAA, { options: [option] })),
    ...[0, 0x0010, 0x0020, 0x0030].map((flags) => askSigned(apex, TYPE.A, {}, flags)), // CD, AD
    askSigned(apex, TYPE.A, { version: 1 }),
    askSigned(apex, TYPE.A, { flags: 0xffff }),
  ];
}

function plainCorpus(apex: string): readonly Uint8Array[] {
  const ask = (name: string, type: number = TYPE.A, class_: number = IN): number[] => questionOctets(name, type, class_);
  const upper = mixedCase(apex);
  const below = [
    "x9",
    "X409",
    "_peers",
    "x409._peers",
    "_devnet._tcp",
    "_plain._tcp",
    "_tcp",
    "peer",
    "14000001.peer",
    "nothing",
    "a.b.c.d",
    "*",
  ];
  const names = [apex, upper, ...below.map((label) => `${label}.${apex}`), "example.net", "org", "."];
  const odd = [`${"a".repeat(63)}.${apex}`, `${"a.".repeat(100)}${apex}`, `\\000\\255\\..${apex}`, `_ta-4f66.${apex}`];
  const plain = (questions: readonly (readonly number[])[], flags = RD): Uint8Array => message(flags, { questions });
  const withOpt = (spec: Parameters<typeof optRecord>[0], type: number = TYPE.A, name = apex): Uint8Array =>
    message(RD, { questions: [ask(name, type)], additionals: [optRecord(spec)] });
  const txt = record(QNAME, TYPE.TXT, IN, [1, 97]);
  const soa = record(QNAME, TYPE.SOA, IN, [...QNAME, ...QNAME, ...zeros(20)]);

  return [
    ...names.flatMap((name) => [TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.SRV].map((type) => plain([ask(name, type)]))),
    ...odd.map((name) => plain([ask(name)])),
    ...TYPES.map((type) => plain([ask(apex, type)])),
    ...[0, 2, 3, 4, NONE, ANY_CLASS, 65_535].map((class_) => plain([ask(apex, TYPE.A, class_)])),
    ...Array.from({ length: 16 }, (_, code) => plain([ask(apex)], opcode(code))),
    ...[0, 0x0010, 0x0020, 0x0040, 0x0080, 0x0200, 0x0400, 0x07ff].map((flags) => plain([ask(apex)], flags)), // CD AD Z RA TC AA
    ...OPTIONS.map((option) => withOpt({ options: [option] }, TYPE.AAAA)),
    withOpt({ options: OPTIONS }),
    withOpt({ options: [[12, zeros(4_000)]] }),
    ...[0, 511, 512, 1_232, 4_096, 65_535].map((payload) => withOpt({ payload }, TYPE.AAAA)),
    ...[0x8000, 0x4000, 0xffff].map((flags) => withOpt({ flags }, TYPE.ANY)), // DO, CO, all
    ...[1, 100, 255].map((version) => withOpt({ version, options: OPTIONS.slice(0, 3) })),
    withOpt({ flags: 0x8000 }, TYPE.A, `nothing.${apex}`),
    plain([]),
    message(0, { additionals: [optRecord({ options: [[10, zeros(8)]] })] }), // a cookie alone (RFC 7873 §5.4)
    plain([ask(apex), ask(apex, TYPE.AAAA)]),
    plain([ask(apex), [...QNAME, ...u16(TYPE.A), ...u16(IN)]]), // the second name by a pointer
    plain([[...QNAME, ...u16(TYPE.A), ...u16(IN)]]), // which points at itself
    plain([[1, 97, 0xc0, 12, ...u16(TYPE.A), ...u16(IN)]]), // and round again
    message(RD, { questions: [ask(apex)], additionals: [optRecord(), optRecord()] }),
    message(RD, { questions: [ask(apex)], answers: [optRecord()] }),
    message(RD, { questions: [ask(apex)], answers: [txt, txt], authorities: [soa], additionals: [txt, optRecord()] }),
    message(RD, { questions: [ask(apex)], additionals: [optRecord(), TSIG] }),
    message(RD, { questions: [ask(apex)], additionals: [SIG0] }),
    message(0, { questions: [ask(apex, 251)], authorities: [soa] }), // IXFR (RFC 1995 §3)
    message(opcode(4), { questions: [ask(apex, TYPE.SOA)], answers: [soa] }), // NOTIFY (RFC 1996 §3.7)
    message(opcode(5), {
      questions: [ask(apex, TYPE.SOA)], // UPDATE (RFC 2136 §2): zone, prerequisite, update, signature
      answers: [record(QNAME, TYPE.ANY, NONE, [])],
      authorities: [record(QNAME, TYPE.NS, IN, QNAME), record(QNAME, TYPE.A, ANY_CLASS, [])],
      additionals: [TSIG],
    }),
    message(opcode(6), { questions: [ask(apex, TYPE.SOA)], additionals: [record(ROOT, TYPE.OPT, 0, zeros(12))] }), // DSO-like
  ];
}
