/** Answering: from a query's octets to an answer's, or from a structured question to a reply that JSON is made of. */
import type { RandomInt } from "../sampling/random.ts";
import { EDE, LEAST_PAYLOAD_OCTETS, PAYLOAD_OCTETS, type Edns } from "./edns.ts";
import { encodeReply } from "./message.ts";
import { formatName, type Name } from "./name.ts";
import { DnsFormatError, MAX_MESSAGE_OCTETS, readQuery, type Query, type Question } from "./query.ts";
import { CLASS_IN, TYPE } from "./records.ts";
import { lifetimeOf, RCODE, refusal, type Rcode, type Reply, type Outcome } from "./reply.ts";
import { askZone, type ServedZone } from "./zone.ts";

/** How the query came. It decides about size, padding and what cannot be answered. */
export type Transport = "doh" | "udp" | "tcp";

export interface AnswerContext {
  readonly transport: Transport;
  /** The zone with the longest apex at or above a name (lower case, final dot), or undefined where no zone of ours encloses it. */
  zoneFor(name: string): ServedZone | undefined;
  readonly random: RandomInt;
  /** What NSID says: the place of this edge, ASCII. */
  readonly location?: string | undefined;
}

export interface Answer {
  readonly message: Uint8Array<ArrayBuffer>;
  /** How long it may be kept, in seconds (RFC 8484 §5.1); 0 is "not at all". */
  readonly lifetime: number;
  readonly rcode: Rcode;
}

/**
 * Answers a query. Throws `DnsFormatError` for octets that are no query (under 12, or a response) and, on DoH, for octets after the
 * last record: HTTP answers those with 400, a name server drops them. Everything else gets an answer (RFC 8906).
 */
export const answerQuery = (message: Uint8Array, context: AnswerContext): Answer => answerTo(readQuery(message), context);

/** As `answerQuery`, for a query that was read before. */
export function answerTo(query: Query, context: AnswerContext): Answer {
  if (query.fault === "trailing" && query.opcode === 0 && context.transport === "doh") {
    throw new DnsFormatError("octets follow the last record");
  }
  const reply = replyTo(query, context);
  return { message: encodeReply(reply, sizeLimit(query.edns, context.transport)), lifetime: lifetimeOf(reply), rcode: reply.rcode };
}

/** The reply to a query that was read. */
export function replyTo(query: Query, context: AnswerContext): Reply {
  const { id, opcode, recursionDesired, question, edns } = query;
  // Member by member: spreading objects here takes as long as drawing the sample's random numbers.
  const { rcode, authoritative, answer, authority, additional, ede } = outcomeOf(query, context);
  return {
    id,
    opcode,
    recursionDesired,
    question: opcode === 0 ? question : undefined,
    edns: edns && replyEdns(edns, context),
    rcode,
    authoritative,
    answer,
    authority,
    additional,
    ede,
  };
}

/** A question of the JSON API. */
export interface StructuredQuestion {
  readonly name: Name;
  readonly type: number;
  /** Whether signatures are wanted. */
  readonly dnssecOk?: boolean;
}

/** Answers a structured question as if it had come with EDNS and RD. */
export function answerQuestion({ name, type, dnssecOk = false }: StructuredQuestion, context: AnswerContext): Reply {
  const question: Question = { name, type, class: CLASS_IN };
  const edns = { dnssecOk, nsid: undefined, padding: false };
  return { id: 0, opcode: 0, recursionDesired: true, question, edns, ...ask(question, context, dnssecOk) };
}

function outcomeOf({ opcode, question, edns, fault }: Query, context: AnswerContext): Outcome {
  if (opcode !== 0) return refusal(RCODE.NOTIMP, EDE.NOT_SUPPORTED);
  if (fault !== undefined || question === undefined) return refusal(RCODE.FORMERR);
  if (edns !== undefined && edns.version !== 0) return refusal(RCODE.BADVERS);
  return ask(question, context, edns?.dnssecOk);
}

// Types that are no data and cannot be asked for (RFC 6895 §3.1; NXNAME: RFC 9824 §3.5).
const UNASKABLE = new Set<number>([0, TYPE.OPT, TYPE.NXNAME, TYPE.TKEY, TYPE.TSIG]);

function ask(question: Question, context: AnswerContext, dnssecOk = false): Outcome {
  if (question.class !== CLASS_IN) return refusal(RCODE.REFUSED, EDE.NOT_AUTHORITATIVE);
  if (UNASKABLE.has(question.type)) return refusal(RCODE.FORMERR, EDE.INVALID_TYPE);
  const name = formatName(question.name);
  const served = context.zoneFor(name);
  if (served === undefined) return refusal(RCODE.REFUSED, EDE.NOT_AUTHORITATIVE);
  // Snapshots, not transfers, are how a zone is mirrored; only TCP could carry one (RFC 5936 §4).
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR) return refusal(RCODE.REFUSED, EDE.NOT_SUPPORTED);
  return askZone(served, question, name, context.random, dnssecOk);
}

function replyEdns({ dnssecOk, nsid, padding }: Edns, context: AnswerContext): Reply["edns"] {
  // Padding hides sizes from who watches an encrypted channel; on a plain one it would only cost (RFC 7830 §6).
  return { dnssecOk, nsid: nsid ? context.location : undefined, padding: padding && context.transport === "doh" };
}

/** DoH ignores the client's payload size (RFC 8484 §6). Over UDP no answer is larger than what passes unfragmented. */
function sizeLimit(edns: Edns | undefined, transport: Transport): number {
  if (transport !== "udp") return MAX_MESSAGE_OCTETS;
  return edns === undefined ? LEAST_PAYLOAD_OCTETS : Math.min(edns.payload, PAYLOAD_OCTETS);
}
