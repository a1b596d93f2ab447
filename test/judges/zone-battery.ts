/** The zone: every name that it has, and what follows from those that it does not have. */
import { ask, NODATA, NXDOMAIN, refusal, soaOf, SOA, type Expectation, type Trial } from "./battery.ts";
import { APEX, NAMES, NAMESERVER, NETWORK, ODD_PEER, RARE, RARE_PEERS } from "./judged-zone.ts";

const PEER_ZONE = `peer.${APEX}`;
const SERVICE = `_${NETWORK.name}._tcp.${APEX}`;
const CHILD_SOA = soaOf(PEER_ZONE);
const CHILD_NODATA: Expectation = { authority: [CHILD_SOA] };
const CHILD_NXDOMAIN: Expectation = { status: "NXDOMAIN", authority: [CHILD_SOA] };

/** Header, question, OPT: what a reply has beside its records. `owner` is the name of the question. */
const bareOctets = (owner: string): number => 12 + owner.length + 2 + 4 + 11;
/** An extended error, with its code alone. */
const ERROR_OCTETS = 6;

/** Of refused transfers dig shows no section, only that they are there. */
const REFUSED_TRANSFER: Expectation = {
  status: "REFUSED",
  flags: "qr",
  edns: null,
  question: [],
  counts: [1, 0, 0, 1],
  octets: bareOctets(APEX) + ERROR_OCTETS,
};

/** A record's octets where its owner is a pointer (RFC 1035 §4.1.4). */
const RECORD_OCTETS = 12;

const sample = (owner: string, type: string, data: string, count: number): Expectation => ({
  answer: { count, like: new RegExp(`^${owner.replaceAll(".", "\\.")}\\. 60 IN ${type} ${data}$`) },
});

/** Types that have a meaning, but not here. */
const OTHER_TYPES = [
  "CNAME",
  "MX",
  "TXT",
  "SRV",
  "PTR",
  "DNAME",
  "NAPTR",
  "CAA",
  "TYPE64",
  "TYPE65",
  "DS",
  "TLSA",
  "NSEC3PARAM",
  "URI",
  "SPF",
] as const;
const SIGNED_TYPES = ["DNSKEY", "CDS", "CDNSKEY", "RRSIG", "NSEC"] as const;

export const ZONE_BATTERY: readonly Trial[] = [
  { rule: "Z1", title: "SOA", asked: ask(APEX, "SOA"), reply: { answer: [SOA] } },
  { rule: "Z1", title: "NS", asked: ask(APEX, "NS"), reply: { answer: [`${APEX}. 3600 IN NS ${NAMESERVER}.`] } },
  { rule: "D11", title: "25 IPv4 peers, each once, of one TTL", asked: ask(APEX, "A"), reply: sample(APEX, "A", "25\\.\\d+\\.0\\.1", 25) },
  { rule: "D11", title: "25 IPv6 peers, each once, of one TTL", asked: ask(APEX, "AAAA"), reply: sample(APEX, "AAAA", "2a.+", 25) },
  {
    rule: "D10",
    title: "owners by pointers",
    asked: ask(APEX, "AAAA"),
    reply: { ...sample(APEX, "AAAA", "2a.+", 25), octets: bareOctets(APEX) + 25 * (RECORD_OCTETS + 16) },
  },
  {
    rule: "D8",
    title: "a service label",
    asked: ask(`${RARE.label}.${APEX}`, "A"),
    reply: { answer: [`${RARE.label}.${APEX}. 60 IN A ${RARE_PEERS.A}`] },
  },
  {
    rule: "D8",
    title: "a service label, IPv6",
    asked: ask(`${RARE.label}.${APEX}`, "AAAA"),
    reply: { answer: [`${RARE.label}.${APEX}. 60 IN AAAA ${RARE_PEERS.AAAA}`] },
  },
  {
    rule: "Z1",
    title: "peers on overlay networks",
    asked: ask(`_peers.${APEX}`, "TXT"),
    reply: sample(`_peers.${APEX}`, "TXT", '"(?:[a-z2-7]+\\.(?:onion|b32\\.i2p)|\\[fc00::\\d\\]):\\d+" "services=409"', 11),
    on: ["doh", "tcp"],
  },
  { rule: "Z2", title: "an empty non-terminal", asked: ask(`_tcp.${APEX}`, "A"), reply: NODATA },
  { rule: "Z2", title: "an empty non-terminal has no SRV", asked: ask(`_tcp.${APEX}`, "SRV"), reply: NODATA },
  { rule: "Z2", title: "no such service", asked: ask(`_nobody._tcp.${APEX}`, "SRV"), reply: NXDOMAIN },
  { rule: "Z2", title: "no such label", asked: ask(`x2.${APEX}`, "A"), reply: NXDOMAIN },
  { rule: "Z2", title: "nothing below a label", asked: ask(`x9.${RARE.label}.${APEX}`, "A"), reply: NXDOMAIN },
  { rule: "Z2", title: "nothing far below", asked: ask(`a.b.c.d.e.${APEX}`, "AAAA"), reply: NXDOMAIN },
  { rule: "Z3", title: "the SOA of NODATA", asked: ask(`${RARE.label}.${APEX}`, "MX"), reply: { ...NODATA, answer: [] } },
  ...Array.from(NAMES, ([name, { kind }]): Trial => ({
    rule: "Z4",
    title: `ANY of ${name}`,
    asked: ask(name, "ANY"),
    reply: kind === "empty" ? NODATA : { answer: [`${name}. 3600 IN HINFO "RFC8482" ""`] },
  })),
  { rule: "Z4", title: "HINFO", asked: ask(APEX, "HINFO"), reply: { answer: [`${APEX}. 3600 IN HINFO "RFC8482" ""`] } },
  { rule: "Z5", title: "AXFR", asked: ask(APEX, "AXFR"), reply: REFUSED_TRANSFER, on: ["doh", "tcp"] },
  { rule: "Z5", title: "IXFR", asked: ask(APEX, "IXFR=1"), reply: REFUSED_TRANSFER, on: ["doh", "tcp"] },
  ...["TYPE65280", "TYPE65534", "NULL", "TYPE99"].map((type): Trial => ({
    rule: "Z6",
    title: `unknown type ${type}`,
    asked: ask(APEX, type),
    reply: NODATA,
  })),
  ...OTHER_TYPES.map((type): Trial => ({ rule: "Z6", title: `type ${type}`, asked: ask(APEX, type), reply: NODATA })),
  ...["TYPE0", "OPT", "TYPE128", "TKEY", "TSIG"].map((type): Trial => ({
    rule: "Z7",
    title: `meta type ${type}`,
    asked: ask(APEX, type),
    reply: refusal("FORMERR", "30"),
  })),
  { rule: "Z8", title: "a key tag query", asked: ask(`_ta-4f66.${APEX}`, "NULL"), reply: NXDOMAIN },
  { rule: "Z9", title: "no wildcard", asked: ask(`*.${APEX}`, "A"), reply: NXDOMAIN },
  { rule: "Z11", title: "a pool without such peers", asked: ask(`${RARE.label}._peers.${APEX}`, "TXT"), reply: NODATA },
  {
    rule: "D10",
    title: "the odd peer's host",
    asked: ask(`${ODD_PEER.host}.${PEER_ZONE}`, "A"),
    reply: { answer: [`${ODD_PEER.host}.${PEER_ZONE}. 60 IN A ${ODD_PEER.address}`] },
  },
  { rule: "Z1", title: "the child zone's SOA", asked: ask(PEER_ZONE, "SOA"), reply: { answer: [CHILD_SOA] } },
  { rule: "Z1", title: "the child zone's NS", asked: ask(PEER_ZONE, "NS"), reply: { answer: [`${PEER_ZONE}. 3600 IN NS ${NAMESERVER}.`] } },
  { rule: "Z3", title: "NODATA at the child zone's apex", asked: ask(PEER_ZONE, "A"), reply: CHILD_NODATA },
  { rule: "Z3", title: "no IPv6 of an IPv4 host", asked: ask(`${ODD_PEER.host}.${PEER_ZONE}`, "AAAA"), reply: CHILD_NODATA },
  { rule: "Z2", title: "a host that is no peer", asked: ask(`7f000001.${PEER_ZONE}`, "A"), reply: CHILD_NXDOMAIN },
  { rule: "Z2", title: "a name that is no host", asked: ask(`www.${PEER_ZONE}`, "A"), reply: CHILD_NXDOMAIN },
  {
    rule: "Z7",
    title: "DS of the child zone: the parent denies it",
    asked: ask(PEER_ZONE, "DS"),
    reply: NODATA,
  },
  {
    rule: "D10",
    title: "services",
    asked: ask(SERVICE, "SRV"),
    reply: sample(
      SERVICE,
      "SRV",
      `0 1 (?:${NETWORK.port}|${ODD_PEER.port}) (?:[0-9a-f]{8}|[0-9a-f]{32})\\.${PEER_ZONE.replaceAll(".", "\\.")}\\.`,
      25,
    ),
    on: ["doh", "tcp"],
  },
];

/** What a zone that is not signed says to those who ask for keys, signatures and proofs. */
export const UNSIGNED_BATTERY: readonly Trial[] = SIGNED_TYPES.map((type): Trial => ({
  rule: "Z7",
  title: `type ${type}`,
  asked: ask(APEX, type),
  reply: NODATA,
}));
