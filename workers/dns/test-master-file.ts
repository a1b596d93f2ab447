/** For the tests: a reader of records' data as master files have it (RFC 1035 §5.1, RFC 3597 §5), and what dns-packet makes of records. */
import { encode, type Answer } from "dns-packet";
import { formatType, parseType, TYPE } from "./records.ts";

/** A record's data as dns-packet writes it: what stands after the head of a message's only record, which the root owns. */
export function packetData(answer: Answer): Uint8Array {
  return Uint8Array.from(encode({ type: "response", answers: [answer] }).subarray(12 + 1 + 10));
}

type Read = (words: string[]) => readonly number[];

const TOKENS = /"(?:\\.|[^"\\])*"|(?:\\.|[^\s"\\])+/g;
const OCTETS = /\\(\d{3})|\\(.)|(.)/g;

const octetsOf = (text: string): number[] =>
  Array.from(text.matchAll(OCTETS), ([, decimal, escaped, plain]) =>
    decimal === undefined ? (escaped ?? plain ?? "").charCodeAt(0) : Number(decimal),
  );

const counted = (octets: readonly number[]): number[] => [octets.length, ...octets];

const number =
  (width: number): Read =>
  (words) => {
    const value = Number(words.shift());
    if (!(value < 256 ** width)) throw new RangeError(`${value} has more than ${width} octets`);
    return Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) % 256);
  };

const name: Read = (words) => {
  const text = words.shift() ?? "";
  if (text === ".") return [0];
  return [...(text.match(/(?:\\\d{3}|\\.|[^.\\])+/g) ?? []).flatMap((label) => counted(octetsOf(label))), 0];
};

const string: Read = (words) => counted(octetsOf(words.shift()?.slice(1, -1) ?? ""));
const strings: Read = (words) => words.splice(0).flatMap((word) => string([word]));
const text =
  (encoding: "base64" | "hex"): Read =>
  (words) => [...Buffer.from(words.shift() ?? "", encoding)];
const type: Read = (words) => number(2)([String(parseType(words.shift() ?? ""))]);
const address =
  (kind: "A" | "AAAA"): Read =>
  (words) => [...packetData({ type: kind, name: ".", data: words.shift() ?? "" })];

/** The blocks of a bitmap, by bits in text. */
const types: Read = (words) => {
  const numbers = words.splice(0).map(parseType);
  return [...new Set(numbers.map((each) => each >> 8))].flatMap((block) => {
    const ours = numbers.filter((each) => each >> 8 === block).map((each) => each & 0xff);
    const bits = Array.from({ length: 8 * ((Math.max(...ours) >> 3) + 1) }, (_, i) => (ours.includes(i) ? "1" : "0")).join("");
    return [block].concat(counted((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2))));
  });
};

const [u8, u16, u32] = [number(1), number(2), number(4)];
const KEY = [u16, u8, u8, text("base64")];
const DIGEST = [u16, u8, u8, text("hex")];

/** The fields of each type that has a form of its own. */
const FIELDS = new Map<number, readonly Read[]>([
  [TYPE.A, [address("A")]],
  [TYPE.AAAA, [address("AAAA")]],
  [TYPE.NS, [name]],
  [TYPE.SOA, [name, name, u32, u32, u32, u32, u32]],
  [TYPE.HINFO, [string, string]],
  [TYPE.TXT, [strings]],
  [TYPE.SRV, [u16, u16, u16, name]],
  [TYPE.DNSKEY, KEY],
  [TYPE.CDNSKEY, KEY],
  [TYPE.DS, DIGEST],
  [TYPE.CDS, DIGEST],
  [TYPE.NSEC, [name, types]],
  [TYPE.RRSIG, [type, u8, u8, u32, u32, u32, u16, name, text("base64")]],
]);

/** The types that have a form of their own. */
export const FORMATTED: readonly number[] = [...FIELDS.keys()];

/** The octets that a text stands for. Throws where it is neither the form of RFC 3597 nor the type's own. */
export function readData(number_: number, data: string): Uint8Array {
  const words = data.match(TOKENS) ?? [];
  if (words.join(" ") !== data) throw new SyntaxError(`not words with one space between them: ${data}`);
  if (words[0] === "\\#") {
    const octets = Uint8Array.from(Buffer.from(words[2] ?? "", "hex"));
    if (words.length > 3 || octets.length !== Number(words[1])) throw new SyntaxError(`not ${words[1]} octets: ${data}`);
    return octets;
  }
  const fields = FIELDS.get(number_);
  if (fields === undefined) throw new SyntaxError(`${formatType(number_)} has no form of its own: ${data}`);
  const octets = fields.flatMap((read) => read(words));
  if (words.length > 0) throw new SyntaxError(`words left over: ${words.join(" ")}`);
  return Uint8Array.from(octets);
}
