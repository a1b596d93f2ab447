/** Judges what a signed zone says to hostile octets: its form in every reply, and in some what the signatures are worth. */
import { labelsOf, readMessage, wireName } from "../../workers/dnssec/test-message.ts";
import type { Validator } from "../../workers/dnssec/test-validator.ts";
import { APEX } from "../../serving/test-edge.ts";
import {
  isDnssecOk,
  isWithin,
  nameAt,
  optsOf,
  readBody,
  readHeader,
  type ReadBody,
  type ReadHeader,
  type ReadRecord,
} from "./query-reader.ts";

const SOA = 6;
const DS = 43;
const RRSIG = 46;
const NSEC = 47;
const NXDOMAIN = 3;
const AA = 0x0400;
const TC = 0x0200;

/** As `nameAt` gives names. */
const nameOf = (text: string): string => Buffer.from(wireName(labelsOf(text)).slice(0, -1)).toString("latin1");
const ZONE = nameOf(APEX);
const CUT = nameOf(`peer.${APEX}`);

const u16 = (octets: Uint8Array, at: number): number => (octets[at]! << 8) | octets[at + 1]!;

const isSigned = (name: string, type: number): boolean => isWithin(name, ZONE) && (!isWithin(name, CUT) || (name === CUT && type === DS));

/**
 * What is wrong with a reply's signatures, in words (RFC 4035 §3.1): where they are wanted every set of the signed zone has its own, and
 * what is not there is denied by NSEC; elsewhere are none but those that were asked for by type (RFC 3225 §3).
 */
export function signatureFault(reply: Uint8Array, { flags }: ReadHeader, body: ReadBody): string | undefined {
  const [answer = [], authority = []] = body.sections;
  const [question] = body.questions;
  if (question === undefined) return undefined;
  const type = u16(question, question.length - 4);
  const hasAnswer = (flags & AA) !== 0 && (flags & TC) === 0;
  if (!hasAnswer || !isDnssecOk(optsOf(body)[0]) || !isSigned(nameAt(reply, 12), type)) {
    const unasked = [...answer, ...authority].some((record) => (record.type === RRSIG || record.type === NSEC) && record.type !== type);
    return unasked ? "signatures that nobody asked for" : undefined;
  }
  if (answer.length > 0) {
    if (authority.length > 0) return "an authority section beside an answer";
    return type === RRSIG ? undefined : coverageFault(reply, answer);
  }
  const denials = authority.filter((record) => record.type === NSEC).length;
  if (denials < 1 || denials > ((flags & 0xf) === NXDOMAIN ? 2 : 1)) return `${denials} denials`;
  if (authority.length !== 2 * (denials + 1)) return "more than SOA, NSEC and a signature over each";
  return coverageFault(reply, authority);
}

/** Whether each set of a section has one signature, and each signature a set. */
function coverageFault(reply: Uint8Array, section: readonly ReadRecord[]): string | undefined {
  const sets = new Set<string>();
  const signed = new Set<string>();
  for (const { at, type, data } of section) {
    const owner = nameAt(reply, at);
    if (type !== RRSIG) sets.add(`${owner} ${type}`);
    else if (signed.size === signed.add(`${owner} ${u16(data, 0)}`).size) return "a set that is signed twice";
  }
  return sets.size === signed.size && [...sets].every((set) => signed.has(set)) ? undefined : "a set without its signature, or the reverse";
}

/** How many SOA records a section has. */
export const soaCount = (section: readonly ReadRecord[]): number => section.filter(({ type }) => type === SOA).length;

/** A validator takes too long to see every reply: it sees one in so many of those with signatures. */
const ONE_IN = 50;

/** Keeps some of the replies of a signed zone for a validator. */
export class ValidatorSample {
  readonly #replies: Uint8Array[] = [];
  #seen = 0;

  /** Takes a reply in which the other judges found no fault. */
  take(reply: Uint8Array): void {
    const header = readHeader(reply);
    if (header === undefined || (header.flags & (AA | TC)) !== AA || header.counts[0] !== 1 || !isWithin(nameAt(reply, 12), ZONE)) return;
    const body = readBody(reply, header);
    if (body === undefined || !isDnssecOk(optsOf(body)[0]) || this.#seen++ % ONE_IN !== 0) return;
    this.#replies.push(Uint8Array.from(reply));
  }

  /** Validates them all, and says how many there were. Rejects with `BogusError`. */
  async judge<Key>(validator: Validator<Key>): Promise<number> {
    for (const reply of this.#replies) await validator.judge(readMessage(reply));
    return this.#replies.length;
  }
}
