/** Answering from a bank: signed sets for what is there, signed denial for what is not (RFC 4035 §3.1). */
import type { RandomInt } from "../sampling/random.ts";
import { nsecFor, type Bank } from "./bank.ts";
import type { Name } from "./name.ts";
import { orderKey, wildcardKey } from "./name-order.ts";
import type { Question } from "./query.ts";
import { TYPE, type RecordSet } from "./records.ts";
import { RCODE, type Outcome } from "./reply.ts";
import type { Samples } from "./samples.ts";

export interface BankQuestion {
  readonly question: Question;
  /** The text of the question's name, which is the apex or below it. */
  readonly name: string;
  readonly dnssecOk: boolean;
  readonly random: RandomInt;
  /** Shortens TTLs while the snapshot is stale. */
  readonly ttl: (seconds: number) => number;
}

/** Types that only a signed zone has, and that are told to whoever asks for them. */
const SIGNED_ONLY = new Set<number>([TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY, TYPE.NSEC, TYPE.RRSIG]);

/** Answers from the bank; undefined where the unsigned zone's answer will do. */
export function askBank(bank: Bank, asked: BankQuestion): Omit<Outcome, "ede"> | undefined {
  const { question, name, dnssecOk, random, ttl } = asked;
  const owned = bank.sets.get(name);
  const found = owned === undefined ? undefined : answerAt(owned, asked);
  if (found !== undefined) return found;
  if (!dnssecOk) return undefined;
  const sign = (samples: Samples, owner: Name): readonly RecordSet[] => {
    const { set, signatures } = samples.draw(owner, random, ttl);
    return [set, signatures];
  };
  const exists = owned !== undefined || bank.empty.has(name);
  const proofs = new Set([nsecFor(bank, orderKey(question.name))]);
  if (!exists) proofs.add(nsecFor(bank, wildcardKey(orderKey(question.name, enclosedFrom(bank, question.name, name)))));
  const soa = bank.sets.get(bank.zone)!.get(TYPE.SOA)!;
  const authority = [...sign(soa, bank.apex), ...[...proofs].flatMap((nsec) => sign(nsec, nsec.owner))];
  return { rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN, authoritative: true, answer: [], authority, additional: [] };
}

function answerAt(
  owned: ReadonlyMap<number, Samples>,
  { question, dnssecOk, random, ttl }: BankQuestion,
): Omit<Outcome, "ede"> | undefined {
  const { type, name: owner } = question;
  if (!dnssecOk && !SIGNED_ONLY.has(type)) return undefined;
  // ANY gets one set (RFC 8482 §4.1); signatures have no set of their own, so one of them stands for all.
  const samples = owned.get(type === TYPE.ANY || type === TYPE.RRSIG ? TYPE.HINFO : type);
  if (samples === undefined) return undefined;
  const { set, signatures } = samples.draw(owner, random, ttl);
  const answer = type === TYPE.RRSIG ? [signatures] : dnssecOk ? [set, signatures] : [set];
  return { rcode: RCODE.NOERROR, authoritative: true, answer, authority: [], additional: [] };
}

/**
 * Where in a name that does not exist its closest encloser begins: the longest end of it that exists (RFC 4592 §3.3.1). Only a wildcard directly
 * below that could have been expanded to the name. It is looked for from the apex down, where names exist without a gap: whoever
 * makes up a name may give it a hundred labels more.
 */
function enclosedFrom({ sets, empty, apex }: Bank, name: Name, text: string): number {
  const labels: { readonly at: number; readonly start: number }[] = [];
  for (let at = 0, start = 0; at < name.length - apex.length; at += name[at]! + 1, start += labelTextLength(text, start) + 1) {
    labels.push({ at, start });
  }
  let found = name.length - apex.length;
  for (const { at, start } of labels.toReversed()) {
    const end = text.slice(start);
    if (!sets.has(end) && !empty.has(end)) break;
    found = at;
  }
  return found;
}

/** The length of a label's text, escapes included. */
function labelTextLength(text: string, start: number): number {
  let end = start;
  while (text[end] !== ".") end += text[end] === "\\" ? 2 : 1;
  return end - start;
}
