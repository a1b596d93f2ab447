/** For tests: a reader of DNS messages that shares no code with what writes them. Names come as lists of labels in lower case. */

/** A name's labels from the leftmost on, in lower case, each octet a character. */
export type Labels = readonly string[];

export interface WireRecord {
  readonly owner: Labels;
  readonly type: number;
  readonly ttl: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface WireMessage {
  readonly octets: number;
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  /** AD or CD, which no authoritative answer has. */
  readonly judged: boolean;
  readonly question: { readonly name: Labels; readonly type: number } | undefined;
  readonly answer: readonly WireRecord[];
  readonly authority: readonly WireRecord[];
  readonly additional: readonly WireRecord[];
  /** The OPT record's flag; undefined where there is no such record. */
  readonly dnssecOk: boolean | undefined;
}

/** Labels of text without escapes. */
export const labelsOf = (text: string): Labels =>
  text
    .toLowerCase()
    .split(".")
    .filter((label) => label !== "");

const OPT = 41;

/** Reads a message. Throws `RangeError` for whatever does not follow RFC 1035 §4.1. */
export function readMessage(octets: Uint8Array): WireMessage {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let at = 12;
  const name = (): Labels => {
    const [labels, end] = readName(octets, at);
    at = end;
    return labels;
  };
  const number = (length: 2 | 4): number => {
    at += length;
    return length === 2 ? view.getUint16(at - 2) : view.getUint32(at - 4);
  };
  const questions = Array.from({ length: view.getUint16(4) }, () => ({ name: name(), type: number(2), class: number(2) }));
  if (questions.length > 1) throw new RangeError("more than one question");
  const section = (count: number) =>
    Array.from({ length: count }, () => {
      const head = { owner: name(), type: number(2), class: number(2), ttl: number(4) };
      const length = number(2);
      if (at + length > octets.length) throw new RangeError("data beyond the end");
      at += length;
      if (head.type !== OPT && head.class !== 1) throw new RangeError(`class ${head.class}`);
      return { ...head, data: Uint8Array.from(octets.subarray(at - length, at)) };
    });
  const [answer = [], authority = [], additional = []] = [6, 8, 10].map((place) => section(view.getUint16(place)));
  if (at !== octets.length) throw new RangeError("octets after the last record");
  const opts = additional.filter(({ type }) => type === OPT);
  if (opts.length > 1) throw new RangeError("more than one OPT record");
  const [opt] = opts;
  const flags = view.getUint16(2);
  if ((flags & 0x8000) === 0) throw new RangeError("not a response");
  return {
    octets: octets.length,
    rcode: (flags & 0xf) | (((opt?.ttl ?? 0) >>> 24) << 4),
    authoritative: (flags & 0x400) !== 0,
    truncated: (flags & 0x200) !== 0,
    judged: (flags & 0x30) !== 0,
    question: questions[0],
    answer,
    authority,
    additional: additional.filter(({ type }) => type !== OPT),
    dnssecOk: opt && (opt.ttl & 0x8000) !== 0,
  };
}

/** A name with its pointers followed, and where what follows it begins. */
export function readName(octets: Uint8Array, start: number): readonly [Labels, number] {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  for (let total = 1; ;) {
    const length = octets[at];
    if (length === undefined) throw new RangeError("a name beyond the end");
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (octets[at + 1] ?? 0);
      if (target >= at) throw new RangeError("a pointer forward");
      end ??= at + 2;
      at = target;
      continue;
    }
    if (length > 63) throw new RangeError("an unknown kind of label");
    at += 1 + length;
    if (length === 0) return [labels, end ?? at];
    total += 1 + length;
    if (total > 255) throw new RangeError("a name longer than 255 octets");
    labels.push(String.fromCharCode(...octets.subarray(at - length, at)).replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()));
  }
}

/** A name's octets, uncompressed. */
export const wireName = (labels: Labels): number[] => [
  ...labels.flatMap((label) => [label.length, ...Array.from(label, (character) => character.charCodeAt(0))]),
  0,
];
