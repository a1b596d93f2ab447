/** A bank in memory: what a signed zone answers from. Samples are decoded at first use. */
import { base64urlnopad } from "@scure/base";
import { BankError, type BankDocument, type BankSet } from "../../schema/bank.ts";
import type { RandomInt } from "../sampling/random.ts";
import { parseName, type Name } from "./name.ts";
import { orderKey } from "./name-order.ts";
import { TYPE, type DataSet, type Rdata, type RecordSet } from "./records.ts";

/** One sample of a set with the signatures over it, owned by whoever asked. */
export interface Signed {
  readonly set: RecordSet;
  readonly signatures: DataSet;
}

/** A set of the bank. */
export class Samples {
  readonly owner: Name;
  readonly #type: number;
  readonly #ttl: number;
  readonly #encoded: BankSet[3];
  readonly #decoded: { readonly data: Rdata; readonly signatures: readonly Rdata[] }[] = [];

  constructor(owner: Name, [, type, ttl, encoded]: BankSet) {
    this.owner = owner;
    this.#type = type;
    this.#ttl = ttl;
    this.#encoded = encoded;
  }

  /** One of the samples at random. `ttl` may shorten its TTL, which signatures allow (RFC 4035 §5.3.3). */
  draw(owner: Name, random: RandomInt, ttl: (seconds: number) => number): Signed {
    const index = this.#encoded.length === 1 ? 0 : random(this.#encoded.length);
    const { data, signatures } = (this.#decoded[index] ??= this.#decode(index));
    const common = { owner, ttl: ttl(this.#ttl) };
    return { set: this.#setOf(common, data), signatures: { ...common, type: TYPE.RRSIG, data: signatures } };
  }

  #setOf(common: { readonly owner: Name; readonly ttl: number }, data: Rdata): RecordSet {
    const type = this.#type;
    if (type !== TYPE.A && type !== TYPE.AAAA) return { ...common, type, data: splitData(data) };
    const width = type === TYPE.A ? 4 : 16;
    return { ...common, type, data: { width, stride: width, rows: counted(data.length / width), octets: data } };
  }

  #decode(index: number): { readonly data: Rdata; readonly signatures: readonly Rdata[] } {
    const [data, signatures] = this.#encoded[index]!;
    return { data: base64urlnopad.decode(data), signatures: splitData(base64urlnopad.decode(signatures)) };
  }
}

const COUNTS: number[][] = [];

/** 0 to `count` - 1. */
const counted = (count: number): readonly number[] => (COUNTS[count] ??= Array.from({ length: count }, (_, i) => i));

/** Records' data with their lengths before them. A length beyond the end ends the list. */
function splitData(octets: Uint8Array): Rdata[] {
  const list: Rdata[] = [];
  for (let at = 0; at + 2 <= octets.length;) {
    const end = at + 2 + ((octets[at]! << 8) | octets[at + 1]!);
    list.push(octets.subarray(at + 2, end));
    at = end;
  }
  return list;
}

/** A link of the NSEC chain, in canonical order. */
interface Link {
  readonly key: string;
  readonly nsec: Samples;
}

export interface Bank {
  readonly seq: number;
  readonly zone: string;
  readonly apex: Name;
  /** By owner's text and type. */
  readonly sets: ReadonlyMap<string, ReadonlyMap<number, Samples>>;
  /** Names that exist only for the sake of those below them. */
  readonly empty: ReadonlySet<string>;
  readonly chain: readonly Link[];
}

/** Lays out a bank. Throws `BankError` where it cannot deny what it does not have. */
export function openBank({ zone, seq, sets }: BankDocument): Bank {
  const byOwner = new Map<string, Map<number, Samples>>();
  const chain: Link[] = [];
  for (const set of sets) {
    const [label, type] = set;
    const text = label === "" ? zone : `${label}.${zone}`;
    let owned = byOwner.get(text);
    if (owned === undefined) byOwner.set(text, (owned = new Map()));
    const owner = parseName(text);
    const samples = new Samples(owner, set);
    owned.set(type, samples);
    if (type === TYPE.NSEC) chain.push({ key: orderKey(owner), nsec: samples });
  }
  const apex = byOwner.get(zone);
  if (apex?.has(TYPE.SOA) !== true || chain.length < byOwner.size) throw new BankError("bank: sets: SOA or NSEC is missing");
  if (chain.some(({ key }, i) => i > 0 && key <= chain[i - 1]!.key)) throw new BankError("bank: sets: owners are not in canonical order");
  const empty = new Set<string>();
  for (const owner of byOwner.keys()) {
    for (let parent = parentOf(owner); parent.length > zone.length; parent = parentOf(parent)) if (!byOwner.has(parent)) empty.add(parent);
  }
  return { seq, zone, apex: parseName(zone), sets: byOwner, empty, chain };
}

/** The name without its first label. The names of a bank have no escaped dots. */
const parentOf = (name: string): string => name.slice(name.indexOf(".") + 1);

/** The NSEC record that owns a name or, where none does, covers it (RFC 4034 §4.1.1): the last one not after it. */
export function nsecFor({ chain }: Bank, name: Name): Samples {
  const key = orderKey(name);
  let low = 0;
  let high = chain.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chain[middle]!.key <= key) low = middle;
    else high = middle - 1;
  }
  return chain[low]!.nsec;
}
