/** A DNS message as plain data: what we meant by it, and what another's codec reads in it, in one form that can be compared. */
import { formatName } from "../../workers/dns/name.ts";
import { formatData } from "../../workers/dns/presentation.ts";
import { rdataOf, type RecordSet } from "../../workers/dns/records.ts";
import type { Reply } from "../../workers/dns/reply.ts";

/** A record: owner and data as master files have them, class IN. */
export type MeantRecord = readonly [owner: string, ttl: number, type: number, data: string];

export interface Meaning {
  readonly id: number;
  readonly opcode: number;
  /** Of the header, without opcode and response code. */
  readonly flags: number;
  /** With the upper bits from OPT. */
  readonly rcode: number;
  readonly question: readonly [name: string, class_: number, type: number] | null;
  readonly answer: readonly MeantRecord[];
  /** Owners in lower case: they may be pointers into the question, which has its own. */
  readonly authority: readonly MeantRecord[];
  readonly additional: readonly MeantRecord[];
  readonly opt: {
    readonly payload: number;
    readonly version: number;
    /** The lower half of its TTL. */
    readonly flags: number;
    /** Code and data in hex. Padding stands without its data: how much there is depends on the rest. */
    readonly options: readonly (readonly [code: number, data: string])[];
  } | null;
}

const FLAG = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, DO: 0x8000 } as const;
const OPTION = { NSID: 3, PADDING: 12, EDE: 15 } as const;

const hex = (octets: Iterable<number>): string => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");

/** What a reply means, whatever the room there is for it. */
export function meaningOf({ id, opcode, rcode, question, edns, ede, ...reply }: Reply): Meaning {
  const options: [number, string][] = [];
  if (edns?.nsid !== undefined) options.push([OPTION.NSID, hex(Buffer.from(edns.nsid, "ascii"))]);
  for (const code of ede) options.push([OPTION.EDE, code.toString(16).padStart(4, "0")]);
  if (edns?.padding === true) options.push([OPTION.PADDING, ""]);
  return {
    id,
    opcode,
    flags: FLAG.QR | (reply.authoritative ? FLAG.AA : 0) | (reply.recursionDesired ? FLAG.RD : 0),
    rcode,
    question: question === undefined ? null : [formatName(question.name, true), question.class, question.type],
    answer: recordsOf(reply.answer),
    authority: lowered(recordsOf(reply.authority)),
    additional: recordsOf(reply.additional),
    opt: edns === undefined ? null : { payload: 1_232, version: 0, flags: edns.dnssecOk ? FLAG.DO : 0, options },
  };
}

function recordsOf(sets: readonly RecordSet[]): MeantRecord[] {
  return sets.flatMap((set) =>
    rdataOf(set).map((data): MeantRecord => [formatName(set.owner, true), set.ttl, set.type, formatData(set.type, data)]),
  );
}

/** Records with their owners in lower case. */
export const lowered = (records: readonly MeantRecord[]): MeantRecord[] =>
  records.map(([owner, ...rest]) => [owner.toLowerCase(), ...rest]);

/** A message without its records and with the TC bit: come by TCP. */
export const truncated = (meant: Meaning): Meaning => ({
  ...meant,
  flags: meant.flags | FLAG.TC,
  answer: [],
  authority: [],
  additional: [],
});

/** A message with no more than these many records of its answer. */
export const cut = (meant: Meaning, records: number): Meaning => ({ ...meant, answer: meant.answer.slice(0, records) });
