/** A reply as DoH JSON: the members that Google's and Cloudflare's clients both read. */
import type { ExtendedError } from "./edns.ts";
import { formatName } from "./name.ts";
import { formatData } from "./presentation.ts";
import { rdataOf, TYPE, type RecordSet } from "./records.ts";
import type { Reply } from "./reply.ts";

export interface JsonRecord {
  readonly name: string;
  readonly type: number;
  readonly TTL: number;
  /** Presentation form (RFC 1035 §5.1, RFC 5952 for IPv6). */
  readonly data: string;
}

export interface JsonReply {
  /** The response code, upper bits included. */
  readonly Status: number;
  readonly TC: boolean;
  readonly RD: boolean;
  readonly RA: boolean;
  /** Never: what a zone says of itself was not validated by anybody (RFC 4035 §3.1.6). */
  readonly AD: boolean;
  /** Whether the client asked not to validate, as both APIs define it. In a message the bit is clear (RFC 4035 §3.1.6). */
  readonly CD: boolean;
  /** An extension of ours, which other parsers ignore: the answer is authoritative. */
  readonly AA: boolean;
  readonly Question: readonly { readonly name: string; readonly type: number }[];
  /** The sections stand only where they hold something. */
  readonly Answer?: readonly JsonRecord[];
  readonly Authority?: readonly JsonRecord[];
  readonly Additional?: readonly JsonRecord[];
  /** Extended errors (RFC 8914) as text; Cloudflare's form. */
  readonly Comment?: readonly string[];
}

/** The replies to one name's types, in the order asked. */
export type Replies = readonly [Reply, ...Reply[]];

/**
 * One JSON document for one reply or for several, as clients ask for A and AAAA at once by repeating `type`. Several are one
 * document: the answers stand together, and the status is that of the first failure. The SOA of an empty type next to another's
 * answer would read as a denial of it, so it stands only where all are empty, or with the proof of which is.
 */
export function encodeJson(replies: Replies, checkingDisabled = false): JsonReply {
  const [first, ...more] = replies;
  const together = (section: "answer" | "authority" | "additional"): readonly JsonRecord[] =>
    more.length === 0 ? records(first[section]) : unique(replies.flatMap((reply) => records(reply[section])));
  const answer = together("answer");
  const denial = together("authority");
  const misread = answer.length > 0 && more.length > 0 && !denial.some(({ type }) => type === TYPE.NSEC);
  const authority = misread ? [] : denial;
  const additional = together("additional");
  const comment = [...new Set(replies.flatMap((reply) => reply.ede))].map(describe);
  return {
    Status: replies.find(({ rcode }) => rcode !== 0)?.rcode ?? 0,
    TC: false,
    RD: first.recursionDesired,
    RA: false,
    AD: false,
    CD: checkingDisabled,
    AA: replies.every(({ authoritative }) => authoritative),
    Question: replies.flatMap(({ question }) => (question ? [{ name: formatName(question.name, true), type: question.type }] : [])),
    ...(answer.length > 0 && { Answer: answer }),
    ...(authority.length > 0 && { Authority: authority }),
    ...(additional.length > 0 && { Additional: additional }),
    ...(comment.length > 0 && { Comment: comment }),
  };
}

function records(sets: readonly RecordSet[]): JsonRecord[] {
  return sets.flatMap((set) => {
    const name = formatName(set.owner, true);
    const { type, ttl: TTL } = set;
    return rdataOf(set).map((data) => ({ name, type, TTL, data: formatData(type, data) }));
  });
}

function unique(list: readonly JsonRecord[]): JsonRecord[] {
  return [...new Map(list.map((record) => [JSON.stringify(record), record])).values()];
}

const PURPOSES: Record<ExtendedError, string> = {
  3: "Stale Answer",
  14: "Not Ready",
  20: "Not Authoritative",
  21: "Not Supported",
  30: "Invalid Query Type",
};

const describe = (code: ExtendedError): string => `EDE(${code}): ${PURPOSES[code]}`;
