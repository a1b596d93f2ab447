/** EDNS: the queries of ISC's compliance tester, and an option of every kind. A reply has no option that nobody asked for. */
import { expect } from "vitest";
import { ask, refusal, REFUSED, SOA, type Expectation, type Trial, type Asked } from "./battery.ts";
import { APEX } from "./judged-zone.ts";

const START: Expectation = { answer: [SOA] };
const IPV4: Expectation = { answer: { count: 25, like: new RegExp(`^${APEX}\\. 60 IN A 25\\.`) } };
const IPV6: Expectation = { answer: { count: 25, like: new RegExp(`^${APEX}\\. 60 IN AAAA 2a`) } };
const TRUNCATED: Expectation = { flags: "qr aa tc" };
const BADVERS: Expectation = { status: "BADVERS", flags: "qr" };

/** The block of RFC 8467 §4.1 to which replies over encrypted channels are padded. */
const PADDED_OCTETS = 468;
const ZEROS = expect.stringMatching(/^(?:00 )+\("\.*"\)$/);
const LOCATION = expect.stringMatching(/^(?:[0-9a-f]{2} )+\("[A-Z]{3}"\)$/);

/** That dig sent these options. */
const carrying = (...names: readonly string[]): NonNullable<Trial["sent"]> => ({
  edns: { options: Object.fromEntries(names.map((name) => [name, expect.any(String)])) },
});

/** Asks for the SOA with these of dig's options. */
const soa = (...options: readonly string[]): Asked => ask(APEX, "SOA", ...options);

export const EDNS_BATTERY: readonly Trial[] = [
  { rule: "E1", title: "no OPT without one", asked: soa("+noedns"), sent: { counts: [1, 0, 0, 0] }, reply: { ...START, edns: null } },
  { rule: "E1", title: "an OPT for one", asked: soa("+edns=0"), sent: { edns: { version: 0 } }, reply: { ...START, edns: {} } },
  { rule: "E2", title: "an unknown version", asked: soa("+edns=100", "+noednsneg"), sent: { edns: { version: 100 } }, reply: BADVERS },
  {
    rule: "E2",
    title: "an unknown version with an unknown option",
    asked: soa("+edns=100", "+noednsneg", "+ednsopt=100"),
    sent: { edns: { version: 100, options: { "OPT=100": "" } } },
    reply: BADVERS,
  },
  {
    rule: "E2",
    title: "an unknown version and DO",
    asked: soa("+edns=1", "+noednsneg", "+dnssec"),
    reply: { ...BADVERS, edns: { flags: "do" } },
  },
  { rule: "E3", title: "an unknown option", asked: soa("+ednsopt=100"), sent: carrying("OPT=100"), reply: START },
  { rule: "E3", title: "an unknown option with data", asked: soa("+ednsopt=65280:abcd"), sent: carrying("OPT=65280"), reply: START },
  { rule: "E3", title: "EXPIRE", asked: soa("+expire"), sent: carrying("EXPIRE"), reply: START },
  { rule: "E4", title: "an unknown flag", asked: soa("+ednsflags=0x80"), sent: { edns: { mbz: "0x0080" } }, reply: START },
  { rule: "E5", title: "DO", asked: soa("+dnssec"), sent: { edns: { flags: "do" } }, reply: { ...START, edns: { flags: "do" } } },
  {
    rule: "E6",
    title: "CO, which true NXDOMAIN makes needless",
    asked: ask(`nothing.${APEX}`, "A", "+dnssec", "+coflag"),
    sent: { edns: { flags: "do co" } },
    reply: { status: "NXDOMAIN", authority: [SOA], edns: { flags: "do" } },
  },
  {
    rule: "E8",
    title: "a small payload size",
    asked: ask(APEX, "AAAA", "+bufsize=512"),
    sent: { edns: { udp: 512 } },
    reply: IPV6,
    on: ["doh", "tcp"],
  },
  { rule: "E8", title: "a small payload size", asked: ask(APEX, "AAAA", "+bufsize=512"), reply: TRUNCATED, on: ["udp"] },
  { rule: "E8", title: "a payload size below the least", asked: ask(APEX, "A", "+bufsize=100"), sent: { edns: { udp: 100 } }, reply: IPV4 },
  { rule: "E8", title: "no payload size and too much to say", asked: ask(APEX, "AAAA", "+noedns"), reply: IPV6, on: ["doh", "tcp"] },
  { rule: "E8", title: "no payload size and too much to say", asked: ask(APEX, "AAAA", "+noedns"), reply: TRUNCATED, on: ["udp"] },
  { rule: "E8", title: "no payload size and IPv4 only", asked: ask(APEX, "A", "+noedns"), reply: { ...IPV4, octets: 441 } },
  { rule: "E8", title: "a large payload size", asked: ask(APEX, "AAAA", "+bufsize=4096"), sent: { edns: { udp: 4_096 } }, reply: IPV6 },
  {
    rule: "E9",
    title: "padding where it hides something",
    asked: soa("+padding=128"),
    sent: carrying("PAD"),
    reply: { ...START, edns: { options: { PAD: ZEROS } }, octets: PADDED_OCTETS },
    on: ["doh"],
  },
  {
    rule: "E9",
    title: "padding to the next block",
    asked: ask(APEX, "AAAA", "+padding=128"),
    reply: { ...IPV6, edns: { options: { PAD: ZEROS } }, octets: 2 * PADDED_OCTETS },
    on: ["doh"],
  },
  { rule: "E9", title: "padding in clear", asked: soa("+padding=128"), sent: carrying("PAD"), reply: START, on: ["udp", "tcp"] },
  { rule: "E10", title: "a cookie", asked: soa("+cookie"), sent: carrying("COOKIE"), reply: START },
  {
    rule: "E10",
    title: "a cookie that can be no server's",
    asked: soa("+cookie=0123456789abcdef0123456789abcdef"),
    sent: carrying("COOKIE"),
    reply: START,
  },
  { rule: "E11", title: "a client subnet", asked: soa("+subnet=192.0.2.0/24"), sent: carrying("CLIENT-SUBNET"), reply: START },
  { rule: "E11", title: "a client subnet of IPv6", asked: soa("+subnet=2001:db8::/48"), sent: carrying("CLIENT-SUBNET"), reply: START },
  { rule: "E11", title: "no client subnet, please", asked: soa("+subnet=0"), sent: carrying("CLIENT-SUBNET"), reply: START },
  { rule: "E11", title: "a client subnet cut short", asked: soa("+ednsopt=8:00011800"), reply: refusal("FORMERR") },
  {
    rule: "E12",
    title: "no extended error without OPT",
    asked: ask("example.net", "A", "+noedns"),
    reply: { ...refusal("REFUSED"), edns: null },
  },
  { rule: "E12", title: "an extended error", asked: ask("example.net", "A"), reply: REFUSED },
  {
    rule: "E13",
    title: "NSID: the place of the edge",
    asked: soa("+nsid"),
    sent: carrying("NSID"),
    reply: { ...START, edns: { options: { NSID: LOCATION } } },
    on: ["doh"],
  },
  { rule: "E13", title: "NSID: a name server has none", asked: soa("+nsid"), sent: carrying("NSID"), reply: START, on: ["udp", "tcp"] },
  { rule: "H17", title: "TCP keepalive", asked: soa("+keepalive"), sent: carrying("TCP-KEEPALIVE"), reply: START },
  {
    rule: "E14",
    title: "everything at once",
    asked: soa(
      "+dnssec",
      "+nsid",
      "+expire",
      "+cookie",
      "+keepalive",
      "+subnet=192.0.2.0/24",
      "+ednsopt=100:ab",
      "+ednsflags=0x80",
      "+zflag",
      "+adflag",
      "+cdflag",
    ),
    sent: carrying("NSID", "EXPIRE", "COOKIE", "TCP-KEEPALIVE", "CLIENT-SUBNET", "OPT=100"),
    reply: { ...START, edns: { flags: "do" } },
    on: ["udp", "tcp"],
  },
];
