/** A reply as DoH JSON: the members that Google's and Cloudflare's clients both read. */
import { formatIpv4 } from "../../schema/ip.ts";
import type { ExtendedError } from "./edns.ts";
import { formatName } from "./name.ts";
import { formatData } from "./presentation.ts";
import { isAddressSet, rdataOf, TYPE, type RecordSet } from "./records.ts";
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
 * One JSON document, a `JsonReply`, for one reply or for several, as clients ask for A and AAAA at once by repeating `type`. Several are
 * one document: the answers stand together, and the status is that of the first failure. The SOA of an empty type next to another's
 * answer would read as a denial of it, so it stands only where all are empty, or with the proof of which is.
 *
 * Written as text: making an object of each record first takes three times as long.
 */
export function formatJson(replies: Replies, checkingDisabled = false): string {
  const [first, ...more] = replies;
  const answer = together(replies, "answer");
  const denial = together(replies, "authority");
  const misread = answer !== "" && more.length > 0 && !replies.some(({ authority }) => authority.some(({ type }) => type === TYPE.NSEC));
  const questions = replies.flatMap(({ question }) =>
    question ? [`{"name":${quoted(formatName(question.name, true))},"type":${question.type}}`] : [],
  );
  const comment = [...new Set(replies.flatMap(({ ede }) => ede))].map(describe);
  const status = replies.find(({ rcode }) => rcode !== 0)?.rcode ?? 0;
  const authoritative = replies.every((reply) => reply.authoritative);
  return (
    `{"Status":${status},"TC":false,"RD":${first.recursionDesired},"RA":false,"AD":false,"CD":${checkingDisabled},"AA":${authoritative}` +
    `,"Question":[${questions.join()}]` +
    member("Answer", answer) +
    member("Authority", misread ? "" : denial) +
    member("Additional", together(replies, "additional")) +
    (comment.length > 0 ? `,"Comment":${JSON.stringify(comment)}` : "") +
    "}"
  );
}

const member = (name: keyof JsonReply, content: string): string => (content === "" ? "" : `,"${name}":[${content}]`);

/** The records of a section of all replies, with commas between them; each once. */
function together([first, ...more]: Replies, section: "answer" | "authority" | "additional"): string {
  if (more.length === 0) return joined(records(first[section]));
  return joined(new Set([first, ...more].flatMap((reply) => records(reply[section]))));
}

/** Adding up is cheaper than `join`: the platform then copies each character once, when the answer is sent. */
function joined(texts: Iterable<string>): string {
  let all = "";
  for (const text of texts) all += all === "" ? text : "," + text;
  return all;
}

/** The sets' records, a `JsonRecord` each. */
function records(sets: readonly RecordSet[]): string[] {
  const texts: string[] = [];
  for (const set of sets) {
    const { owner, type, ttl } = set;
    const head = `{"name":${quoted(formatName(owner, true))},"type":${type},"TTL":${ttl},"data":`;
    if (set.type === TYPE.A && isAddressSet(set)) {
      // Nearly all that is asked for, so without any detour.
      const { octets, rows, stride } = set.data;
      const opened = head + '"';
      for (const row of rows) texts.push(opened + formatIpv4(octets, row * stride) + '"}');
    } else for (const data of rdataOf(set)) texts.push(head + JSON.stringify(formatData(type, data)) + "}");
  }
  return texts;
}

/** A name's text as a JSON string: printable ASCII, in which a backslash stands before whatever has a meaning. */
const quoted = (name: string): string => (name.includes("\\") ? JSON.stringify(name) : `"${name}"`);

const PURPOSES: Record<ExtendedError, string> = {
  3: "Stale Answer",
  14: "Not Ready",
  20: "Not Authoritative",
  21: "Not Supported",
  30: "Invalid Query Type",
};

const describe = (code: ExtendedError): string => `EDE(${code}): ${PURPOSES[code]}`;
