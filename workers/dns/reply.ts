/** A reply as it is meant, before it is written as a message or as JSON. */
import type { ExtendedError } from "./edns.ts";
import type { Question } from "./query.ts";
import { soaMinimum } from "./rdata.ts";
import { TYPE, type RecordSet } from "./records.ts";

/** Response codes; 16 needs an OPT record for its upper bits (RFC 6891 §6.1.3). */
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

/** What a zone has to say to a question. */
export interface Outcome {
  readonly rcode: Rcode;
  /** The AA bit: set on what the zone itself says, refusals and errors do not have it. */
  readonly authoritative: boolean;
  readonly answer: readonly RecordSet[];
  readonly authority: readonly RecordSet[];
  readonly additional: readonly RecordSet[];
  readonly ede: readonly ExtendedError[];
}

/** What our OPT record says; there is one exactly where the query had one. */
export interface ReplyEdns {
  readonly dnssecOk: boolean;
  /** Where this edge is, for clients that ask by NSID (RFC 5001). ASCII. */
  readonly nsid: string | undefined;
  readonly padding: boolean;
}

export interface Reply extends Outcome {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  readonly question: Question | undefined;
  readonly edns: ReplyEdns | undefined;
}

/** An outcome without records. */
export function refusal(rcode: Rcode, ...ede: readonly ExtendedError[]): Outcome {
  return { rcode, authoritative: false, answer: [], authority: [], additional: [], ede };
}

/**
 * How long a reply may be kept, in seconds (RFC 8484 §5.1): the least TTL of the answer; without an answer what the SOA allows,
 * MINIMUM included; 0 for refusals and errors, which nobody should keep.
 */
export function lifetimeOf({ answer, authority }: Reply): number {
  let least = Infinity;
  for (const { ttl } of answer) least = Math.min(least, ttl);
  if (answer.length > 0) return least;
  for (const set of authority) {
    if (set.type === TYPE.SOA) for (const data of set.data) least = Math.min(least, set.ttl, soaMinimum(data));
  }
  return least === Infinity ? 0 : least;
}
