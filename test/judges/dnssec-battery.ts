/** What a signed zone says to those who ask for signatures, and to those who do not. Signatures are told without what only validators can judge. */
import { ask, NODATA, NXDOMAIN, soaOf, SOA, type Asked, type Expectation, type Sample, type Trial } from "./battery.ts";
import type { DigMessage } from "./dig-output.ts";
import { APEX, NAMES, NAMESERVER, NETWORK, ODD_PEER, RARE, RARE_PEERS } from "./judged-zone.ts";

/** The algorithm that the zone is signed by. */
export const ALGORITHM = 13;

const SERVICE = `_${NETWORK.name}._tcp.${APEX}`;
const CUT = `peer.${APEX}`;

/** A signature without its times, its key's tag, and itself. */
const rrsig = (owner: string, type: string, ttl: number): string =>
  `${owner}. ${ttl} IN RRSIG ${type} ${ALGORITHM} ${owner.split(".").length} ${ttl} ${APEX}.`;

const plainRecord = (record: string): string => record.replace(/( IN RRSIG \S+ \d+ \d+ \d+) \d{14} \d{14} \d+ (\S+) .+$/, "$1 $2");

/** A reply with its signatures so. */
export const withoutSignatures = (reply: DigMessage): DigMessage => ({
  ...reply,
  answer: reply.answer.map(plainRecord),
  authority: reply.authority.map(plainRecord),
});

/** Records of one set, and what signs them. */
function signed(...records: readonly [string, ...string[]]): readonly string[] {
  const [owner = "", ttl, , type = ""] = records[0].split(" ");
  return [...records, rrsig(owner.slice(0, -1), type, Number(ttl))];
}

/** Every link of the chain, in canonical order (RFC 4034 §6.1): labels from the right, those of a parent before its children. */
const LABELS = [
  ["", "A NS SOA HINFO AAAA RRSIG NSEC DNSKEY CDS CDNSKEY"],
  ["_peers", "HINFO TXT RRSIG NSEC"],
  ["x1._peers", "HINFO TXT RRSIG NSEC"],
  ["x409._peers", "HINFO TXT RRSIG NSEC"],
  ["x448._peers", "HINFO RRSIG NSEC"],
  ["x49._peers", "HINFO RRSIG NSEC"],
  ["x5._peers", "HINFO RRSIG NSEC"],
  ["x9._peers", "HINFO TXT RRSIG NSEC"],
  ["xd._peers", "HINFO RRSIG NSEC"],
  [`_${NETWORK.name}._tcp`, "HINFO SRV RRSIG NSEC"],
  ["peer", "NS RRSIG NSEC"],
  ["x1", "A HINFO AAAA RRSIG NSEC"],
  ["x409", "A HINFO AAAA RRSIG NSEC"],
  ["x448", "A HINFO AAAA RRSIG NSEC"],
  ["x49", "A HINFO AAAA RRSIG NSEC"],
  ["x5", "HINFO RRSIG NSEC"],
  ["x9", "A HINFO AAAA RRSIG NSEC"],
  ["xd", "HINFO RRSIG NSEC"],
] as const;

const nameOf = (label: string): string => (label === "" ? APEX : `${label}.${APEX}`);

const LINKS: ReadonlyMap<string, string> = new Map(
  LABELS.map(([label, types], i) => [label, `${nameOf(label)}. 60 IN NSEC ${nameOf(LABELS[(i + 1) % LABELS.length]![0])}. ${types}`]),
);
type Label = (typeof LABELS)[number][0];
const link = (label: Label): string => LINKS.get(label)!;

const DO: Expectation = { edns: { flags: "do" } };

/** There is such a name: its own link says what it has; of an empty non-terminal, the link over it that leads below it. */
const nodata = (label: Label): Expectation => ({ ...DO, authority: [...signed(SOA), ...signed(link(label))] });
/** There is none: the link over it, and that over the wildcard that might have stood for it, where that is another one. */
const nxdomain = (...labels: readonly Label[]): Expectation => ({
  ...DO,
  status: "NXDOMAIN",
  authority: [...signed(SOA), ...labels.flatMap((label) => signed(link(label)))],
});

const answer = (...records: readonly [string, ...string[]]): Expectation => ({ ...DO, answer: signed(...records) });
const sample = (owner: string, type: string, data: string, count: number): Sample => ({
  count,
  like: new RegExp(`^${owner.replaceAll(".", "\\.")}\\. 60 IN ${type} ${data}$`),
  signature: rrsig(owner, type, 60),
});

const dnssec = (name: string, type: string, ...options: readonly string[]): Asked => ask(name, type, "+dnssec", ...options);
const hinfo = (owner: string): string => `${owner}. 3600 IN HINFO "RFC8482" ""`;

const IPV4: Expectation = { ...DO, answer: sample(APEX, "A", "25\\.\\d+\\.0\\.1", 25) };
const IPV6: Expectation = { ...DO, answer: sample(APEX, "AAAA", "2a.+", 25) };
const TEXTS: Expectation = { ...DO, answer: sample(`_peers.${APEX}`, "TXT", '"\\S+:\\d+" "services=409"', 9) };
/** A reply that has no room: its records are left out, its response code is not. */
const truncated = ({ status = "NOERROR" }: Expectation): Expectation => ({ ...DO, status, flags: "qr aa tc" });
const DENIED = nxdomain(`_${NETWORK.name}._tcp`, "");

/** Data that the keys decide: how many records there are, and how they begin. */
const KEYS = {
  DNSKEY: { count: 2, like: new RegExp(`^${APEX}\\. 3600 IN DNSKEY 25[67] 3 ${ALGORITHM} \\S+ \\S+$`) },
  CDNSKEY: { count: 1, like: new RegExp(`^${APEX}\\. 3600 IN CDNSKEY 257 3 ${ALGORITHM} \\S+ \\S+$`) },
  CDS: { count: 1, like: new RegExp(`^${APEX}\\. 3600 IN CDS \\d+ ${ALGORITHM} 2 [0-9A-F]{56} [0-9A-F]{8}$`) },
} as const;

const MIXED_CASE = "JuDgEd.SeEd.eXaMpLe.OrG";
const SMALL = "+bufsize=512";
const ROOMY = "+bufsize=1232";

const SIGNED_ANSWERS: readonly Trial[] = [
  { rule: "E5", title: "SOA", asked: dnssec(APEX, "SOA"), sent: { edns: { flags: "do" } }, reply: answer(SOA) },
  { rule: "E5", title: "NS", asked: dnssec(APEX, "NS"), reply: answer(`${APEX}. 3600 IN NS ${NAMESERVER}.`) },
  { rule: "E5", title: "A", asked: dnssec(APEX, "A"), reply: IPV4 },
  { rule: "E5", title: "AAAA", asked: dnssec(APEX, "AAAA"), reply: IPV6 },
  {
    rule: "E5",
    title: "a service label",
    asked: dnssec(`${RARE.label}.${APEX}`, "A"),
    reply: answer(`${RARE.label}.${APEX}. 60 IN A ${RARE_PEERS.A}`),
  },
  { rule: "E5", title: "as many texts as fit UDP", asked: dnssec(`_peers.${APEX}`, "TXT"), reply: TEXTS },
  {
    rule: "E5",
    title: "as many services as fit UDP",
    asked: dnssec(SERVICE, "SRV"),
    reply: { ...DO, answer: sample(SERVICE, "SRV", `0 1 \\d+ [0-9a-f]+\\.${CUT.replaceAll(".", "\\.")}\\.`, 12) },
  },
  {
    rule: "D8",
    title: "mixed case, that of the question before a signature over lower case",
    asked: dnssec(MIXED_CASE, "SOA"),
    reply: answer(SOA.replace(APEX, MIXED_CASE)),
  },
  ...Object.entries(KEYS).flatMap(([type, keys]): Trial[] => [
    { rule: "E5", title: type, asked: dnssec(APEX, type), reply: { ...DO, answer: { ...keys, signature: rrsig(APEX, type, 3_600) } } },
    { rule: "Z7", title: `${type} without DO`, asked: ask(APEX, type), reply: { answer: keys } },
  ]),
  ...LABELS.flatMap(([label]): Trial[] => {
    const name = nameOf(label);
    if (name === CUT) return [];
    return [
      { rule: "Z4", title: `ANY of ${name}`, asked: dnssec(name, "ANY"), reply: answer(hinfo(name)) },
      { rule: "Z7", title: `RRSIG of ${name}`, asked: dnssec(name, "RRSIG"), reply: { ...DO, answer: [rrsig(name, "HINFO", 3_600)] } },
      { rule: "Z7", title: `NSEC of ${name}`, asked: dnssec(name, "NSEC"), reply: answer(link(label)) },
      { rule: "Z7", title: `RRSIG of ${name} without DO`, asked: ask(name, "RRSIG"), reply: { answer: [rrsig(name, "HINFO", 3_600)] } },
      { rule: "Z7", title: `NSEC of ${name} without DO`, asked: ask(name, "NSEC"), reply: { answer: [link(label)] } },
      { rule: "Z3", title: `MX of ${name}`, asked: dnssec(name, "MX"), reply: nodata(label) },
    ];
  }),
];

const DENIALS: readonly Trial[] = [
  ...Array.from(NAMES.keys(), (name): Trial => ({
    rule: "E5",
    title: `no NSEC for who did not ask for signatures: ${name}`,
    asked: ask(name, "MX"),
    reply: name === CUT ? { authority: [soaOf(CUT)] } : NODATA,
  })),
  { rule: "E5", title: "no NSEC for who did not ask for signatures of no name", asked: ask(`nothing.${APEX}`, "A"), reply: NXDOMAIN },
  { rule: "E5", title: "AD does not ask for signatures", asked: ask(`nothing.${APEX}`, "A", "+adflag"), reply: NXDOMAIN },
  { rule: "Z2", title: "an empty non-terminal", asked: dnssec(`_tcp.${APEX}`, "A"), reply: nodata("xd._peers") },
  { rule: "Z4", title: "ANY of an empty non-terminal", asked: dnssec(`_tcp.${APEX}`, "ANY"), reply: nodata("xd._peers") },
  { rule: "Z7", title: "RRSIG of an empty non-terminal", asked: dnssec(`_tcp.${APEX}`, "RRSIG"), reply: nodata("xd._peers") },
  { rule: "Z2", title: "no such name", asked: dnssec(`nothing.${APEX}`, "A"), reply: DENIED },
  { rule: "Z2", title: "no such name, ANY", asked: dnssec(`nothing.${APEX}`, "ANY"), reply: DENIED },
  { rule: "Z2", title: "no such name, NSEC", asked: dnssec(`nothing.${APEX}`, "NSEC"), reply: DENIED },
  { rule: "Z2", title: "the first name of all", asked: dnssec(`\\000.${APEX}`, "A"), reply: nxdomain("") },
  { rule: "Z2", title: "the last name of all", asked: dnssec(`\\255.${APEX}`, "A"), reply: nxdomain("xd", "") },
  { rule: "Z2", title: "below a label", asked: dnssec(`a.b.x9.${APEX}`, "A"), reply: nxdomain("x9") },
  {
    rule: "Z2",
    title: "below the empty non-terminal",
    asked: dnssec(`_nobody._tcp.${APEX}`, "A"),
    reply: nxdomain(`_${NETWORK.name}._tcp`, "xd._peers"),
  },
  { rule: "Z9", title: "no wildcard", asked: dnssec(`*.${APEX}`, "A"), reply: nxdomain("") },
  { rule: "Z9", title: "no wildcard below a label", asked: dnssec(`*.x9.${APEX}`, "A"), reply: nxdomain("x9") },
  { rule: "Z7", title: "DS of the child zone", asked: dnssec(CUT, "DS"), reply: nodata("peer") },
  {
    rule: "E6",
    title: "CO: true NXDOMAIN all the same",
    asked: dnssec(`nothing.${APEX}`, "A", "+coflag"),
    sent: { edns: { flags: "do co" } },
    reply: DENIED,
  },
  { rule: "E6", title: "CO: NODATA all the same", asked: dnssec(`_tcp.${APEX}`, "A", "+coflag"), reply: nodata("xd._peers") },
];

const CHILD: readonly Trial[] = [
  {
    rule: "E5",
    title: "the child zone has no signatures: NS",
    asked: dnssec(CUT, "NS"),
    reply: { ...DO, answer: [`${CUT}. 3600 IN NS ${NAMESERVER}.`] },
  },
  {
    rule: "E5",
    title: "the child zone has none: a host",
    asked: dnssec(`${ODD_PEER.host}.${CUT}`, "A"),
    reply: { ...DO, answer: [`${ODD_PEER.host}.${CUT}. 60 IN A ${ODD_PEER.address}`] },
  },
  {
    rule: "E5",
    title: "the child zone has no NSEC: no host",
    asked: dnssec(`7f000001.${CUT}`, "A"),
    reply: { ...DO, status: "NXDOMAIN", authority: [soaOf(CUT)] },
  },
  ...["NSEC", "RRSIG", "DNSKEY"].map((type): Trial => ({
    rule: "Z7",
    title: `the child zone has no ${type}`,
    asked: dnssec(CUT, type),
    reply: { ...DO, authority: [soaOf(CUT)] },
  })),
];

const EDNS: readonly Trial[] = [
  { rule: "D3", title: "AD and CD", asked: dnssec(APEX, "SOA", "+adflag", "+cdflag"), sent: { flags: "ad cd" }, reply: answer(SOA) },
  {
    rule: "E2",
    title: "an unknown version and DO",
    asked: dnssec(APEX, "SOA", "+edns=1", "+noednsneg"),
    reply: { ...DO, status: "BADVERS", flags: "qr" },
  },
  {
    rule: "E14",
    title: "everything at once",
    asked: dnssec(
      APEX,
      "SOA",
      "+coflag",
      "+nsid",
      "+expire",
      "+cookie",
      "+keepalive",
      "+subnet=192.0.2.0/24",
      "+ednsopt=100:ab",
      "+zflag",
      "+adflag",
      "+cdflag",
      "+rec",
    ),
    reply: { ...answer(SOA), flags: "qr aa rd" },
    on: ["udp", "tcp"],
  },
  // What has room in 512 octets comes; what does not is fetched by TCP. Over HTTPS and TCP there is room for all.
  { rule: "E8", title: "SOA in 512 octets", asked: dnssec(APEX, "SOA", SMALL), reply: answer(SOA) },
  { rule: "E8", title: "NODATA in 512 octets", asked: dnssec(APEX, "MX", SMALL), reply: nodata("") },
  {
    rule: "E8",
    title: "DNSKEY in 512 octets",
    asked: dnssec(APEX, "DNSKEY", SMALL),
    reply: { ...DO, answer: { ...KEYS.DNSKEY, signature: rrsig(APEX, "DNSKEY", 3_600) } },
  },
  ...(
    [
      ["A", APEX, "A", IPV4],
      ["AAAA", APEX, "AAAA", IPV6],
      ["NXDOMAIN", `nothing.${APEX}`, "A", DENIED],
      ["texts", `_peers.${APEX}`, "TXT", TEXTS],
    ] as const
  ).flatMap(([what, name, type, reply]): Trial[] => [
    { rule: "E8", title: `${what}, too much for 512 octets`, asked: dnssec(name, type, SMALL), reply: truncated(reply), on: ["udp"] },
    { rule: "E8", title: `${what}, with 512 octets of UDP`, asked: dnssec(name, type, SMALL), reply, on: ["doh", "tcp"] },
    { rule: "E8", title: `${what} in 1,232 octets`, asked: dnssec(name, type, ROOMY), reply },
    { rule: "E8", title: `${what} in no more than 1,232 octets`, asked: dnssec(name, type, "+bufsize=4096"), reply },
  ]),
];

export const DNSSEC_BATTERY: readonly Trial[] = [...SIGNED_ANSWERS, ...DENIALS, ...CHILD, ...EDNS];
