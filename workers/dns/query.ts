/** Reading a query (RFC 1035 §4). Everything in it comes from a stranger: every count is bounded by the octets that are there. */
import { readEdns, type Edns } from "./edns.ts";
import { endOfName, endOfPlainName, type Name } from "./name.ts";
import { TYPE } from "./records.ts";

/** The longest DNS message: what a two-octet length can say. RFC 8484 §6 sets the same bound for DoH. */
export const MAX_MESSAGE_OCTETS = 65_535;
export const HEADER_OCTETS = 12;

/** Octets that cannot be answered at all: not a query. HTTP says 400, UDP drops. */
export class DnsFormatError extends Error {
  override name = "DnsFormatError";
}

export interface Question {
  /** As it came, so that its case can be echoed. */
  readonly name: Name;
  readonly type: number;
  readonly class: number;
}

export interface Query {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  /** The one question; undefined where there is none, more than one, or one that cannot be read. */
  readonly question: Question | undefined;
  readonly edns: Edns | undefined;
  /** What is wrong with it: `malformed` is answered with FORMERR; `trailing` are octets after the last counted record. */
  readonly fault: "malformed" | "trailing" | undefined;
}

/** Reads a query. Throws `DnsFormatError` for what has no header of a query; lesser faults stand in `fault`, for FORMERR. */
export function readQuery(message: Uint8Array): Query {
  if (message.length < HEADER_OCTETS) throw new DnsFormatError("a DNS message has at least 12 octets");
  if (message.length > MAX_MESSAGE_OCTETS) throw new DnsFormatError("a DNS message has at most 65535 octets");
  if ((message[2]! & 0x80) !== 0) throw new DnsFormatError("the message is a response");
  const { question, edns, fault } = readBody(message);
  return { id: u16(message, 0), opcode: (message[2]! >> 3) & 0xf, recursionDesired: (message[2]! & 1) !== 0, question, edns, fault };
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

function readBody(message: Uint8Array): Pick<Query, "question" | "edns" | "fault"> {
  const questions = u16(message, 4);
  const answers = u16(message, 6);
  const authorities = u16(message, 8);
  const additionals = u16(message, 10);
  let question: Question | undefined;
  let edns: Edns | undefined;
  let fault: Query["fault"] = questions === 1 ? undefined : "malformed"; // more than one: RFC 9619 §4; none: RFC 7873 §5.4
  let at = HEADER_OCTETS;
  for (let i = 0; i < questions; i++) {
    const end = endOfPlainName(message, at);
    if (end < 0 || end + 4 > message.length) return { question: undefined, edns, fault: "malformed" };
    if (questions === 1) question = { name: message.slice(at, end), type: u16(message, end), class: u16(message, end + 2) };
    at = end + 4;
  }
  const records = answers + authorities + additionals;
  for (let i = 0; i < records; i++) {
    const end = endOfName(message, at);
    if (end < 0 || end + 10 > message.length) return { question, edns, fault: "malformed" };
    const next = end + 10 + u16(message, end + 8);
    if (next > message.length) return { question, edns, fault: "malformed" };
    if (u16(message, end) === TYPE.OPT) {
      // One OPT, owned by the root, in the additional section (RFC 6891 §6.1.1, §6.1.2).
      const placed = edns === undefined && end === at + 1 && i >= answers + authorities;
      edns = readEdns(
        u16(message, end + 2),
        ((u16(message, end + 4) << 16) | u16(message, end + 6)) >>> 0,
        message.subarray(end + 10, next),
      );
      if (!placed || !edns.sound) fault = "malformed";
    }
    at = next;
  }
  if (fault === undefined && at < message.length) fault = "trailing";
  return { question, edns, fault };
}
