/** A reply as DoH JSON: the members that Google's and Cloudflare's clients both read. */
import type { ExtendedError } from "./edns.ts";
import { formatName } from "./name.ts";
import { asciiOctets, OctetWriter } from "./octet-writer.ts";
import { formatData } from "./presentation.ts";
import { countOf, isAddressSet, rdataOf, TYPE, type Addresses, type RecordSet } from "./records.ts";
import type { Question } from "./query.ts";
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
 * Written as octets, ASCII: by way of objects or of strings it takes three times as long.
 */
export function encodeJson(replies: Replies, checkingDisabled = false): Uint8Array<ArrayBuffer> {
  const answer = setsOf(replies, "answer");
  const denial = setsOf(replies, "authority");
  const misread = replies.length > 1 && answer.length > 0 && !denial.some(({ type }) => type === TYPE.NSEC);
  const { rcode: status } = replies.find(({ rcode }) => rcode !== 0) ?? replies[0];
  const authoritative = replies.every((reply) => reply.authoritative);
  const writer = new OctetWriter();
  writer.ascii(`{"Status":${status},"TC":false,"RD":${replies[0].recursionDesired},"RA":false,"AD":false,"CD":${checkingDisabled}`);
  writer.ascii(`,"AA":${authoritative},"Question":[`);
  const begin = writer.length;
  for (const { question } of replies) if (question !== undefined) writeItem(writer, begin, `${nameAndType(question)}}`);
  writer.ascii("]");
  writeSection(writer, "Answer", answer);
  writeSection(writer, "Authority", misread ? [] : denial);
  writeSection(writer, "Additional", setsOf(replies, "additional"));
  writeComment(writer, replies);
  writer.ascii("}");
  return writer.finish();
}

const setsOf = (replies: Replies, section: "answer" | "authority" | "additional"): readonly RecordSet[] =>
  replies.length === 1 ? replies[0][section] : replies.flatMap((reply) => reply[section]);

const nameAndType = ({ name, type }: Pick<Question, "name" | "type">): string => `{"name":${quoted(formatName(name, true))},"type":${type}`;

/** Writes what stands in a list that began at `begin`. */
function writeItem(writer: OctetWriter, begin: number, text: string): void {
  if (writer.length > begin) writer.ascii(",");
  writer.ascii(text);
}

/** The sets' records, a `JsonRecord` each, and each once: two types' replies may bring the same one. */
function writeSection(writer: OctetWriter, member: keyof JsonReply, sets: readonly RecordSet[]): void {
  if (sets.every((set) => countOf(set) === 0)) return;
  writer.ascii(`,"${member}":[`);
  const begin = writer.length;
  let written: Set<string> | undefined;
  for (const set of sets) {
    const { owner: name, type, ttl } = set;
    const head = `${nameAndType({ name, type })},"TTL":${ttl},"data":"`;
    if (type === TYPE.A && isAddressSet(set)) {
      writeIpv4(writer, begin, head, set.data);
      continue;
    }
    if (sets.filter((other) => other.type === type).length > 1) written ??= new Set(); // remembering takes a fourth of writing
    for (const data of rdataOf(set)) {
      const text = head + JSON.stringify(formatData(type, data)).slice(1) + "}";
      if (written?.has(text) === true) continue;
      written?.add(text);
      writeItem(writer, begin, text);
    }
  }
  writer.ascii("]");
}

/** Nearly all that is asked for, so without any detour: all records begin alike, and octets are copied faster than text is written. */
function writeIpv4(writer: OctetWriter, begin: number, head: string, { octets, rows, stride }: Addresses): void {
  if (rows.length === 0) return;
  if (writer.length > begin) writer.ascii(",");
  const next = asciiOctets(`"},${head}`);
  let separator = next.subarray(3);
  for (const row of rows) {
    writer.octets(separator);
    writer.dotted(octets, row * stride);
    separator = next;
  }
  writer.ascii('"}');
}

/** Extended errors, each once. */
function writeComment(writer: OctetWriter, replies: Replies): void {
  if (replies.every(({ ede }) => ede.length === 0)) return;
  const codes = new Set(replies.flatMap(({ ede }) => ede));
  writer.ascii(`,"Comment":${JSON.stringify([...codes].map(describe))}`);
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
