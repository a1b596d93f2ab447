/** For tests: DNS messages taken apart, changed and written again, without any compression but what is asked for. */
import { nameWire } from "../../../conformance/name.ts";
import { readMessage, type Message, type Opt, type ResourceRecord } from "../../../conformance/message.ts";
import { optOctets, questionOctets, u16 } from "../../../conformance/query.ts";

export interface Edit {
  /** Made of the header's second word. */
  readonly flags?: (flags: number) => number;
  /** The lower four bits. */
  readonly rcode?: number;
  readonly answers?: (records: readonly ResourceRecord[], message: Message) => readonly Partial<ResourceRecord>[];
  readonly authorities?: (records: readonly ResourceRecord[], message: Message) => readonly Partial<ResourceRecord>[];
  readonly opts?: (opts: readonly Opt[]) => readonly (Partial<Opt> & { readonly extendedRcode?: number })[];
  readonly questions?: (names: readonly string[]) => readonly string[];
  readonly id?: number;
  /** Octets to put behind the last record. */
  readonly tail?: readonly number[];
}

/** A record of which only what matters is said. */
export const record = (changes: Partial<ResourceRecord> & Pick<ResourceRecord, "name" | "type">): ResourceRecord => ({
  class: 1,
  ttl: 60,
  data: new Uint8Array(0),
  names: [],
  ownerCompressed: false,
  dataCompressed: false,
  ...changes,
});

const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

const recordOctets = ({
  name = ".",
  type = 1,
  class: class_ = 1,
  ttl = 60,
  data = new Uint8Array(0),
}: Partial<ResourceRecord>): number[] => [...nameWire(name), ...u16(type), ...u16(class_), ...u32(ttl), ...u16(data.length), ...data];

function optOf({
  payload = 1_232,
  version = 0,
  flags = 0,
  options = [],
  extendedRcode = 0,
}: Partial<Opt> & { readonly extendedRcode?: number }): number[] {
  const octets = optOctets({ payload, version, flags, options: options.map(({ code, data }) => [code, [...data]]) });
  octets[5] = extendedRcode;
  return octets;
}

/** Edits a message. What is no message stays as it is. */
export function edited(octets: Uint8Array, edit: Edit): Uint8Array {
  const message = readMessage(octets);
  if (message === undefined) return octets;
  const names = message.questions.map(({ name }) => name);
  const questions = (edit.questions?.(names) ?? names).map((name, i) =>
    questionOctets(nameWire(name), message.questions[i]?.type ?? 1, message.questions[i]?.class),
  );
  const answers = edit.answers?.(message.answers, message) ?? message.answers;
  const authorities = edit.authorities?.(message.authorities, message) ?? message.authorities;
  const extendedRcode = edit.rcode === undefined ? message.rcode >> 4 : 0;
  const opts = edit.opts?.(message.opts) ?? message.opts;
  const additionals = [...message.additionals.map(recordOctets), ...opts.map((opt) => optOf({ extendedRcode, ...opt }))];
  const flags = edit.flags?.(message.flags) ?? message.flags;
  const rcode = edit.rcode ?? message.rcode & 0xf;
  return Uint8Array.from([
    ...u16(edit.id ?? message.id),
    ...u16((flags & 0xfff0) | rcode),
    ...[questions, answers, authorities, additionals].flatMap((section) => u16(section.length)),
    ...questions.flat(),
    ...answers.flatMap(recordOctets),
    ...authorities.flatMap(recordOctets),
    ...additionals.flat(),
    ...(edit.tail ?? []),
  ]);
}
