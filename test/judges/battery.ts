/** A battery of queries, each with the one right reply: what the rules of authoritative DNS demand of a zone like ours. */
import { APEX, CONTACT, NAMESERVER } from "./judged-zone.ts";
import type { DigEdns, DigMessage } from "./dig-output.ts";
import type { Channel } from "./channel.ts";

/** Records that are drawn at random: how many, and what each of them looks like. */
export interface Sample {
  readonly count: number;
  readonly like: RegExp;
  /** The record after them that signs them, where there must be one. */
  readonly signature?: string;
}

/** A question, and what its query has beside it. */
export interface Asked {
  readonly name: string;
  readonly type: string;
  /** IN unless given. */
  readonly class?: string;
  /** Options of dig. */
  readonly options: readonly string[];
}

export const ask = (name: string, type: string, ...options: readonly string[]): Asked => ({ name, type, options });

export const ofClass = (class_: string, name: string, type: string): Asked => ({ name, type, class: class_, options: [] });

export interface Trial {
  /** The rule's id in the conformance checklist. */
  readonly rule: string;
  readonly title: string;
  readonly asked: Asked;
  /** What must be in the query, so that the trial is one: parts of dig's own words about it. */
  readonly sent?: { readonly [Key in keyof DigMessage]?: unknown };
  /** The reply where it is not the usual one: NOERROR, authoritative, the question echoed, an empty OPT. */
  readonly reply: Expectation;
  /** The channels that it is for; all unless given. */
  readonly on?: readonly Channel["kind"][];
}

export interface Expectation {
  readonly opcode?: string;
  readonly status?: string;
  readonly id?: number;
  readonly flags?: string;
  /** `null` where there must be none. */
  readonly edns?: Partial<DigEdns> | null;
  /** Left out where it must be the question that was sent. */
  readonly question?: readonly string[];
  readonly answer?: readonly string[] | Sample;
  readonly authority?: readonly string[];
  /** Where they are not told by the records: of a refused transfer dig shows none. */
  readonly counts?: readonly number[];
  readonly octets?: number;
}

/** The answer to a question about the start of authority; in negative answers the proof of them (RFC 2308 §3). */
export const soaOf = (apex: string): string => `${apex}. 60 IN SOA ${NAMESERVER}. ${CONTACT}. 1 3600 600 86400 60`;
export const SOA = soaOf(APEX);

/** There is such a name, with nothing of that type. */
export const NODATA: Expectation = { authority: [SOA] };
export const NXDOMAIN: Expectation = { status: "NXDOMAIN", authority: [SOA] };

/** A refusal without authority; `code` is its extended error (RFC 8914). */
export function refusal(status: string, code?: string): Expectation {
  return { status, flags: "qr", edns: { options: code === undefined ? {} : { EDE: code } } };
}

export const REFUSED = refusal("REFUSED", "20 (Not Authoritative)");

const USUAL_EDNS: DigEdns = { version: 0, flags: "", udp: 1_232, options: {} };

/** The reply to a query as a trial wants it, in full, but for records drawn at random. */
export function wanted({ reply: expected }: Trial, query: DigMessage, seen: DigMessage): DigMessage {
  const { edns, answer = [] } = expected;
  const question = expected.question ?? query.question;
  const records = "like" in answer ? seen.answer : answer;
  const authority = expected.authority ?? [];
  const opt = edns === null || (edns === undefined && query.edns === undefined) ? {} : { edns: { ...USUAL_EDNS, ...edns } };
  return {
    octets: expected.octets ?? seen.octets,
    opcode: expected.opcode ?? "QUERY",
    status: expected.status ?? "NOERROR",
    id: expected.id ?? query.id,
    flags: expected.flags ?? "qr aa",
    counts: expected.counts ?? [question.length, records.length, authority.length, "edns" in opt ? 1 : 0],
    ...opt,
    question,
    answer: records,
    authority,
    additional: [],
  };
}

/** What is wrong with records drawn at random: too few or many, one twice, one of another form; undefined where nothing is. */
export function sampleFault({ count, like, signature }: Sample, records: readonly string[]): string | undefined {
  if (signature !== undefined && records.at(-1) !== signature) return `${records.at(-1)} in the place of ${signature}`;
  const drawn = signature === undefined ? records : records.slice(0, -1);
  if (drawn.length !== count) return `${drawn.length} records, not ${count}`;
  if (new Set(drawn).size < count) return "a record twice";
  return drawn.find((record) => !like.test(record));
}
