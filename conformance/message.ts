/**
 * Reads DNS messages as a judge does: whatever can be read is, and every fault is named. Shares nothing with the code that answers, so
 * that no mistake can hide in both (RFC 1035 §4, RFC 6891 §6).
 */
import { nameText, readName } from "./name.ts";
import { readData, TYPE } from "./rdata.ts";

export const HEADER_OCTETS = 12;
/** TCP's length field bounds all messages (RFC 1035 §4.2.2, RFC 8484 §6). */
export const MAX_MESSAGE_OCTETS = 65_535;
/** Faults kept of one message: the first say it all, and a hostile one could have tens of thousands. */
export const MAX_FAULTS = 16;

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** As it stands there: 32 bits without a sign. */
  readonly ttl: number;
  /** With names uncompressed. */
  readonly data: Uint8Array;
  /** The names in `data`, as text. */
  readonly names: readonly string[];
  readonly ownerCompressed: boolean;
  readonly dataCompressed: boolean;
}

export interface Option {
  readonly code: number;
  readonly data: Uint8Array;
}

/** An OPT record (RFC 6891 §6.1.2). */
export interface Opt {
  readonly payload: number;
  readonly version: number;
  /** DO is 0x8000. */
  readonly flags: number;
  readonly options: readonly Option[];
}

export interface Message {
  readonly octets: Uint8Array;
  readonly id: number;
  /** The header's second word, as it stands there. */
  readonly flags: number;
  readonly opcode: number;
  /** With the upper bits from OPT: 0 to 4095. */
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without OPT. */
  readonly additionals: readonly ResourceRecord[];
  readonly opts: readonly Opt[];
  /** What is wrong with its form, in words. */
  readonly faults: readonly string[];
}

export const FLAG = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, RA: 0x0080, Z: 0x0040, AD: 0x0020, CD: 0x0010 } as const;

/** What records are read into. */
interface Reading {
  readonly message: Uint8Array;
  readonly opts: Opt[];
  readonly faults: string[];
  extendedRcode: number;
  at: number;
}

/** Reads a message; undefined where there are not even the octets of a header, or more than any message has. Never throws. */
export function readMessage(octets: Uint8Array): Message | undefined {
  if (octets.length < HEADER_OCTETS || octets.length > MAX_MESSAGE_OCTETS) return undefined;
  const flags = u16(octets, 2);
  const reading: Reading = { message: octets, opts: [], faults: [], extendedRcode: 0, at: HEADER_OCTETS };
  const questions = readQuestions(reading, u16(octets, 4));
  const answers = readSection(reading, "answer", u16(octets, 6));
  const authorities = readSection(reading, "authority", u16(octets, 8));
  const additionals = readSection(reading, "additional", u16(octets, 10));
  if (reading.opts.length > 1) reading.faults.push(`${reading.opts.length} OPT records`);
  if (reading.faults.length === 0 && reading.at < octets.length) {
    reading.faults.push(`${octets.length - reading.at} octets follow the last record`);
  }
  return {
    octets,
    id: u16(octets, 0),
    flags,
    opcode: (flags >> 11) & 0xf,
    rcode: (reading.extendedRcode << 4) | (flags & 0xf),
    questions,
    answers,
    authorities,
    additionals,
    opts: reading.opts,
    faults: reading.faults.slice(0, MAX_FAULTS),
  };
}

function readQuestions(reading: Reading, count: number): Question[] {
  const { message, faults } = reading;
  const questions: Question[] = [];
  for (let i = 0; i < count; i++) {
    const name = readName(message, reading.at);
    if (typeof name === "string" || name.end + 4 > message.length) {
      faults.push(`question ${i + 1} of ${count}: ${typeof name === "string" ? name : "it runs past the end"}`);
      reading.at = message.length;
      return questions;
    }
    questions.push({ name: nameText(name.wire), type: u16(message, name.end), class: u16(message, name.end + 2) });
    reading.at = name.end + 4;
  }
  return questions;
}

function readSection(reading: Reading, section: string, count: number): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  const { message, faults } = reading;
  for (let i = 0; i < count; i++) {
    const where = `${section} record ${i + 1} of ${count}`;
    const owner = readName(message, reading.at);
    const end = typeof owner === "string" ? 0 : owner.end;
    const next = end + 10 <= message.length ? end + 10 + u16(message, end + 8) : Infinity;
    if (typeof owner === "string" || next > message.length) {
      faults.push(`${where}: ${typeof owner === "string" ? owner : "it runs past the end"}`);
      reading.at = message.length;
      return records;
    }
    reading.at = next;
    const type = u16(message, end);
    if (type === TYPE.OPT) {
      if (section !== "additional" || owner.wire.length !== 1) faults.push(`${where}: an OPT record out of its place`);
      readOpt(reading, end, next);
      continue;
    }
    const read = readData(message, type, end + 10, next);
    if (typeof read === "string") faults.push(`${where}: ${read}`);
    const { data, names, compressed } = typeof read === "string" ? asItStands(message, end + 10, next) : read;
    records.push({
      name: nameText(owner.wire),
      type,
      class: u16(message, end + 2),
      ttl: u32(message, end + 4),
      data,
      names: names.map(nameText),
      ownerCompressed: owner.compressed,
      dataCompressed: compressed,
    });
  }
  return records;
}

const asItStands = (message: Uint8Array, at: number, end: number) => ({ data: message.slice(at, end), names: [], compressed: false });

/** Reads the OPT record whose fixed part begins at `at`. */
function readOpt(reading: Reading, at: number, end: number): void {
  const { message, opts, faults } = reading;
  const options: Option[] = [];
  for (let next = at + 10; next < end;) {
    const after = next + 4 <= end ? next + 4 + u16(message, next + 2) : Infinity;
    if (after > end) {
      faults.push("an option runs past the end of its OPT record");
      break;
    }
    options.push({ code: u16(message, next), data: message.slice(next + 4, after) });
    next = after;
  }
  if (opts.length === 0) reading.extendedRcode = message[at + 4] ?? 0;
  opts.push({ payload: u16(message, at + 2), version: message[at + 5] ?? 0, flags: u16(message, at + 6), options });
}

const u16 = (octets: Uint8Array, at: number): number => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
const u32 = (octets: Uint8Array, at: number): number => u16(octets, at) * 0x1_0000 + u16(octets, at + 2);

/** Every record but OPT. */
export const recordsOf = ({ answers, authorities, additionals }: Message): ResourceRecord[] => [...answers, ...authorities, ...additionals];

/** The data of the first option with this code. */
export const optionOf = (message: Message, code: number): Uint8Array | undefined =>
  message.opts[0]?.options.find((option) => option.code === code)?.data;

/** The MINIMUM of an SOA record, seconds: the last field of its data. */
export const soaMinimum = ({ data }: ResourceRecord): number => u32(data, data.length - 4);

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** The name of a response code. */
export const rcodeName = (rcode: number): string => RCODES[rcode] ?? (rcode === 16 ? "BADVERS" : `rcode ${rcode}`);

/** A message in a few words, for reports. */
export function describeMessage(message: Message): string {
  const flags = Object.entries(FLAG).filter(([, bit]) => (message.flags & bit) !== 0);
  const counts = [
    [message.answers, "answer"],
    [message.authorities, "authority"],
  ] as const;
  const parts = [
    rcodeName(message.rcode),
    flags.map(([name]) => name.toLowerCase()).join(" "),
    ...counts.map(([records, name]) => `${records.length} ${name}`),
    message.opts.length === 0 ? "no OPT" : "OPT",
    ...message.faults.slice(0, 1),
  ];
  return parts.filter((part) => part !== "").join(", ");
}
