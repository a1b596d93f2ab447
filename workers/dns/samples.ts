/**
 * A set of a bank: its samples with their signatures, decoded at first use. Whether they can be decoded is found out beforehand, from the
 * lengths alone: answering must not meet what it cannot write.
 */
import { base64urlnopad } from "@scure/base";
import { BankError, type BankSet } from "../../schema/bank.ts";
import type { RandomInt } from "../sampling/random.ts";
import type { Name } from "./name.ts";
import { TYPE, type AddressSet, type DataSet, type Rdata, type RecordSet } from "./records.ts";

/** One sample of a set with the signatures over it, owned by whoever asked. */
export interface Signed {
  readonly set: RecordSet;
  readonly signatures: DataSet;
}

export class Samples {
  readonly owner: Name;
  readonly #type: number;
  readonly #ttl: number;
  readonly #encoded: BankSet[3];
  readonly #decoded: Decoded[] = [];

  /** Throws `BankError` where a sample or its signatures are not records' data. */
  constructor(owner: Name, [label, type, ttl, encoded]: BankSet) {
    this.owner = owner;
    this.#type = type;
    this.#ttl = ttl;
    this.#encoded = encoded;
    for (const [data, signatures] of encoded) {
      if (!isData(type, data)) throw new BankError(`bank: sets: ${label}: a sample of type ${type} is not its records' data`);
      if (listLengths(signatures) === undefined) throw new BankError(`bank: sets: ${label}: a sample of type ${type} has no signatures`);
    }
  }

  /** One of the samples at random. `ttl` may shorten its TTL, which signatures allow (RFC 4035 §5.3.3). */
  draw(owner: Name, random: RandomInt, ttl: (seconds: number) => number): Signed {
    return this.#at(this.#encoded.length === 1 ? 0 : random(this.#encoded.length), owner, ttl(this.#ttl));
  }

  /** The first sample: of sets that are not drawn, the only one. */
  first(owner: Name): Signed {
    return this.#at(0, owner, this.#ttl);
  }

  #at(index: number, owner: Name, ttl: number): Signed {
    const { body, signatures } = (this.#decoded[index] ??= decode(this.#type, this.#encoded[index]!));
    return { set: { owner, ttl, ...body }, signatures: { owner, ttl, type: TYPE.RRSIG, data: signatures } };
  }
}

/** A sample but for what whoever asks adds: owner and TTL. */
interface Decoded {
  readonly body: Pick<AddressSet, "type" | "data"> | Pick<DataSet, "type" | "data">;
  readonly signatures: readonly Rdata[];
}

function decode(type: number, [data, signatures]: BankSet[3][number]): Decoded {
  return { body: bodyOf(type, base64urlnopad.decode(data)), signatures: splitData(base64urlnopad.decode(signatures)) };
}

function bodyOf(type: number, octets: Uint8Array): Decoded["body"] {
  if (type !== TYPE.A && type !== TYPE.AAAA) return { type, data: splitData(octets) };
  const width = widthOf(type);
  return { type, data: { width, stride: width, rows: counted(octets.length / width), octets } };
}

const widthOf = (type: typeof TYPE.A | typeof TYPE.AAAA): 4 | 16 => (type === TYPE.A ? 4 : 16);

const COUNTS: number[][] = [];

/** 0 to `count` - 1. */
const counted = (count: number): readonly number[] => (COUNTS[count] ??= Array.from({ length: count }, (_, i) => i));

/** Records' data with their lengths before them, which were checked. */
function splitData(octets: Uint8Array): Rdata[] {
  const list: Rdata[] = [];
  for (let at = 0; at < octets.length;) {
    const end = at + 2 + ((octets[at]! << 8) | octets[at + 1]!);
    list.push(octets.subarray(at + 2, end));
    at = end;
  }
  return list;
}

/** An SOA's data are two names, of an octet each at least, and five numbers (RFC 1035 §3.3.13). The last one is read at every denial. */
const LEAST_SOA_OCTETS = 22;

/** Whether text is the data of at least one record of a type. */
function isData(type: number, text: string): boolean {
  if (type === TYPE.A || type === TYPE.AAAA) {
    const octets = octetCount(text) ?? 0;
    return octets > 0 && octets % widthOf(type) === 0;
  }
  const lengths = listLengths(text);
  return lengths !== undefined && (type !== TYPE.SOA || (lengths.length === 1 && lengths[0]! >= LEAST_SOA_OCTETS));
}

/** The lengths before records' data; undefined unless there are some, none is zero, and they add up to all there is. */
function listLengths(text: string): readonly number[] | undefined {
  const octets = octetCount(text) ?? 0;
  const lengths: number[] = [];
  let at = 0;
  while (at + 2 < octets) {
    const length = (octetAt(text, at) << 8) | octetAt(text, at + 1);
    if (length === 0) return undefined;
    lengths.push(length);
    at += 2 + length;
  }
  return at === octets && octets > 0 ? lengths : undefined;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** What each character stands for. The bank's schema lets no others through. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))));

const sixBits = (text: string, at: number): number => VALUES[text.charCodeAt(at)] ?? 0;

/** How many octets base64url text stands for; undefined for a length that no octets have, and where the last character has bits to spare that are set. */
function octetCount(text: string): number | undefined {
  const spare = [0, undefined, 0xf, 0x3][text.length % 4];
  if (spare === undefined || (sixBits(text, text.length - 1) & spare) !== 0) return undefined;
  return Math.floor((text.length * 3) / 4);
}

/** One octet of those that base64url text stands for, without decoding the rest. */
function octetAt(text: string, index: number): number {
  const bit = 8 * index;
  const at = Math.floor(bit / 6);
  const pair = (sixBits(text, at) << 6) | sixBits(text, at + 1);
  return (pair >> (4 - (bit % 6))) & 0xff;
}
