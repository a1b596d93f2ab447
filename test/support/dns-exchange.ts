/** Questions of every kind put to the answering code over every transport, each with the octets that it got and what we meant by them. */
import * as fc from "fast-check";
import { answerQuery, replyTo, type AnswerContext, type Transport } from "../../workers/dns/answer.ts";
import { encodeReply } from "../../workers/dns/message.ts";
import { readQuery } from "../../workers/dns/query.ts";
import { TYPE } from "../../workers/dns/records.ts";
import {
  APEX,
  contextOf,
  OVERLAY_PEERS,
  PEERS,
  queryOf,
  servedZone,
  ZONE,
  type EdnsSpec,
  type Option,
  type QuerySpec,
} from "../../workers/dns/test-zone.ts";
import type { ServedZone } from "../../workers/dns/zone.ts";
import { seeded } from "../../workers/sampling/test-pool.ts";
import { cut, meaningOf, truncated, type Meaning } from "./dns-meaning.ts";

/** A question to be put. */
export interface Inquiry {
  readonly query: QuerySpec;
  readonly transport: Transport;
  /** Which of the zones, by its place among them: a failure prints it. */
  readonly zone: number;
  /** For the sample drawn. */
  readonly seed: number;
}

export interface Exchanged {
  readonly message: Uint8Array;
  readonly meant: Meaning;
}

/** Zones that answer in different ways: full and short answers, stale, empty, not there. */
export const SERVED: readonly ServedZone[] = [
  servedZone([...PEERS, ...OVERLAY_PEERS]),
  servedZone([...PEERS, ...OVERLAY_PEERS], { zone: { ...ZONE, records: 50 } }),
  servedZone([...PEERS.slice(0, 3), { text: "[2001:db8::1:0:0:1]:1" }, { text: "[::ffff:1.2.3.4]:1" }], { freshness: "stale" }),
  servedZone([]),
  servedZone([], { freshness: "absent", pool: undefined }),
];

const label = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/), fc.stringMatching(/^(?:[a-z]|\\000|\\255|\\\.|\\"|\\\\|\\@){1,8}$/));
const NAMES = ["x9.", "X409.", "_peers.", "x409._peers.", "_devnet._tcp.", "_tcp.", "peer.", "01000709.peer.", "ffffffff.peer."];
const name = fc.oneof(
  { arbitrary: fc.constant(APEX), weight: 3 },
  { arbitrary: fc.constantFrom(...NAMES).map((below) => below + APEX), weight: 6 },
  { arbitrary: fc.constantFrom(APEX.toUpperCase(), `_PEERS.${APEX}`, `_Devnet._tCP.${APEX}`, "org.", ".", "example.net."), weight: 2 },
  { arbitrary: label.map((below) => `${below}.${APEX}`), weight: 2 },
);
const { A, NS, SOA, HINFO, TXT, AAAA, SRV, ANY } = TYPE;
const type = fc.oneof(
  { arbitrary: fc.constantFrom(A, NS, SOA, HINFO, TXT, AAAA, SRV, ANY), weight: 6 },
  { arbitrary: fc.constantFrom(...Object.values(TYPE)), weight: 3 },
  fc.nat(65_535),
);
const option = fc.tuple(
  fc.constantFrom(3, 10, 11, 12, 12, 15, 65_001),
  fc.array(fc.nat(255), { maxLength: 40 }),
) satisfies fc.Arbitrary<Option>;
const edns = fc.record<EdnsSpec>({
  payload: fc.constantFrom(0, 512, 700, 1_232, 4_096, 65_535),
  version: fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, fc.nat(255)),
  flags: fc.constantFrom(0, 0x8000, 0x4000, 0xffff),
  options: fc.array(option, { maxLength: 3 }),
});
const query = fc.record<QuerySpec>({
  name,
  type,
  class: fc.oneof({ arbitrary: fc.constant(1), weight: 9 }, fc.nat(65_535)),
  id: fc.nat(65_535),
  flags: fc.oneof({ arbitrary: fc.constantFrom(0, 0x0100, 0x07b0), weight: 9 }, fc.nat(0x7fff)),
  edns: fc.option(edns, { nil: undefined }),
});

/** Any question over any transport to any of the zones. */
export const inquiries = (zones: readonly ServedZone[] = SERVED): fc.Arbitrary<Inquiry> =>
  fc.record({ query, transport: fc.constantFrom("doh", "udp", "tcp"), zone: fc.nat(zones.length - 1), seed: fc.nat() });

/** Puts a question. What was meant is asked of the same random numbers again, and cut as far as the message has no room for it. */
export function exchange({ query: spec, transport, zone, seed }: Inquiry, zones: readonly ServedZone[] = SERVED): Exchanged {
  const context = (): AnswerContext => contextOf(zones[zone], { transport, location: "fra", random: seeded(seed) });
  const octets = queryOf(spec);
  const { message } = answerQuery(octets, context());
  const reply = replyTo(readQuery(octets), context());
  return { message, meant: fitted(meaningOf(reply), encodeReply(reply).length, room(spec, transport)) };
}

/** RFC 6891 §6.2.3 for UDP, with our own bound; elsewhere a message's length is all there is. */
function room({ edns: opt }: QuerySpec, transport: Transport): number {
  if (transport !== "udp") return 65_535;
  return opt === undefined ? 512 : Math.min(Math.max(opt.payload ?? 1_232, 512), 1_232);
}

/** The sets that may be cut: any of their records are an answer, unless they are signed together. */
const CUTTABLE = new Set<number>([TYPE.TXT, TYPE.SRV]);
const isCuttable = ({ answer }: Meaning): boolean => answer.length > 0 && answer.every(([, , each]) => CUTTABLE.has(each));

/** What is left of a message of `octets` octets where there is room for `limit`. */
function fitted(meant: Meaning, octets: number, limit: number): Meaning {
  if (octets <= limit) return meant;
  if (!isCuttable(meant)) return truncated(meant);
  let left = meant.answer.length;
  for (let over = octets - limit; over > 0 && left > 0; left--) over -= recordOctets(meant.answer[left - 1]!);
  return left === 0 ? truncated(meant) : cut(meant, left);
}

/** A record's octets with a pointer for its owner: ten of fixed fields, then TXT's strings with a length each, or SRV's numbers and target. */
function recordOctets([, , type_, data]: Meaning["answer"][number]): number {
  const words = data.split(" ");
  if (type_ === TYPE.TXT) return 12 + words.reduce((sum, word) => sum + word.length - 1, 0);
  return 12 + 6 + words[3]!.length + 1;
}
