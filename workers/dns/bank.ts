/** A bank in memory: what a signed zone answers from. */
import { BankError, type BankDocument } from "../../schema/bank.ts";
import { DnsNameError, parseName, type Name } from "./name.ts";
import { orderKey } from "./name-order.ts";
import { TYPE } from "./records.ts";
import { Samples } from "./samples.ts";

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

/**
 * Lays out a bank. Throws `BankError` where it cannot deny what it does not have, where a set stands twice, and for names and samples that
 * could not be written: answering relies on it.
 */
export function openBank({ zone, seq, sets }: BankDocument): Bank {
  const byOwner = new Map<string, Map<number, Samples>>();
  const chain: Link[] = [];
  for (const set of sets) {
    const [label, type] = set;
    const text = label === "" ? zone : `${label}.${zone}`;
    let owned = byOwner.get(text);
    if (owned === undefined) byOwner.set(text, (owned = new Map()));
    if (owned.has(type)) throw new BankError(`bank: sets: ${label} has type ${type} twice`);
    const owner = readName(text);
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
  return { seq, zone, apex: readName(zone), sets: byOwner, empty, chain };
}

function readName(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (error instanceof DnsNameError) throw new BankError(`bank: sets: an owner is no name: ${error.message}`);
    throw error;
  }
}

/** The name without its first label. The names of a bank have no escaped dots. */
const parentOf = (name: string): string => name.slice(name.indexOf(".") + 1);

/** The NSEC record that owns a name or, where none does, covers it (RFC 4034 §4.1.1): the last one not after it. Takes the name's `orderKey`. */
export function nsecFor({ chain }: Bank, key: string): Samples {
  let low = 0;
  let high = chain.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chain[middle]!.key <= key) low = middle;
    else high = middle - 1;
  }
  return chain[low]!.nsec;
}
