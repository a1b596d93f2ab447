/** Denial of existence by a static chain: a zone's names in canonical order, each with the next one and its own types (RFC 4034 §4, §6.1). */
import { lowerOctet, type Name } from "../dns/name.ts";
import { orderKey } from "../dns/name-order.ts";
import { TYPE, type Rdata } from "../dns/records.ts";
import type { SignableSet } from "./rrsig.ts";

/** A name that owns records: an empty non-terminal is none. */
export interface OwnerTypes {
  readonly owner: Name;
  /** The types of its sets but for NSEC and RRSIG, which every name has. */
  readonly types: readonly number[];
}

/** Names that no chain can be made of. */
export class ChainError extends Error {
  override name = "ChainError";
}

/**
 * The chain over all names of a zone, in canonical order: the apex first, to which the last link leads back. `ttl` is the lesser of the SOA's
 * TTL and its MINIMUM (RFC 9077 §3). Names come out in lower case: the next name is signed as it stands (RFC 6840 §5.1). Throws `ChainError`.
 */
export function nsecChain(names: readonly OwnerTypes[], ttl: number): readonly SignableSet[] {
  const sorted = names
    .map(({ owner, types }) => ({ owner: owner.map(lowerOctet), types, key: orderKey(owner) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const first = sorted[0];
  if (first === undefined) throw new ChainError("a chain needs a name");
  return sorted.map(({ owner, types, key }, i) => {
    const next = sorted[i + 1];
    if (next?.key === key) throw new ChainError("a chain has each name once");
    if (!key.startsWith(first.key)) throw new ChainError("a chain has the apex first and every name below it");
    return { owner, type: TYPE.NSEC, ttl, data: [nsecData((next ?? first).owner, types)] };
  });
}

/** The data of an NSEC record. NSEC and RRSIG are among the types whether told or not. */
export function nsecData(next: Name, types: readonly number[]): Rdata {
  const bitmap = typeBitmap([...types, TYPE.RRSIG, TYPE.NSEC]);
  const data = new Uint8Array(next.length + bitmap.length);
  data.set(next);
  data.set(bitmap, next.length);
  return data;
}

/** Types as windows of bits, those that have none left out (RFC 4034 §4.1.2). */
function typeBitmap(types: readonly number[]): number[] {
  const windows = new Map<number, number[]>();
  for (const type of types.toSorted((a, b) => a - b)) {
    let bits = windows.get(type >> 8);
    if (bits === undefined) windows.set(type >> 8, (bits = []));
    const index = (type & 0xff) >> 3;
    while (bits.length <= index) bits.push(0);
    bits[index]! |= 0x80 >> (type & 7);
  }
  const bitmap: number[] = [];
  for (const [window, bits] of windows) bitmap.push(window, bits.length, ...bits);
  return bitmap;
}
