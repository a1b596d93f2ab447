/** Peers as SRV records with their ports (RFC 2782), and the hosts that these point to. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { FAMILIES, ROW_OCTETS, rowOctets, type Pool } from "../sampling/pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import { sampleRows } from "../sampling/sample.ts";
import { srvData } from "./rdata.ts";
import { TYPE, type Addresses, type AddressType, type Rdata } from "./records.ts";
import { hostName, type Tree } from "./tree.ts";

/** All peers are as good as any other: one priority, and equal weights, of which clients draw evenly (RFC 2782). */
const PRIORITY = 0;
const WEIGHT = 1;

/** Draws up to `count` IP peers, whatever their port, as SRV data. */
export function serviceRecords(pool: Pool, tree: Pick<Tree, "cut">, count: number, random: RandomInt): Rdata[] {
  return sampleRows(pool, { family: "ip" }, count, random).map((row) => serviceRecord(pool, tree, row));
}

export function serviceRecord(pool: Pool, tree: Pick<Tree, "cut">, row: number): Rdata {
  const target = hostName(tree, rowOctets(pool, row));
  return srvData({ priority: PRIORITY, weight: WEIGHT, port: pool.ports[row]!, target });
}

/** The address of a host below the cut as the pool has it, by its 8 or 32 hex digits; undefined where no peer has it. `type` is that of its family. */
export function findHost(pool: Pool, address: string): { readonly type: AddressType; readonly data: Addresses } | undefined {
  const row = findRow(pool, hexToBytes(address));
  if (row === undefined) return undefined;
  const width = address.length === 8 ? 4 : 16;
  return { type: width === 4 ? TYPE.A : TYPE.AAAA, data: { width, stride: ROW_OCTETS, rows: [row], octets: pool.octets } };
}

/** For each pool its IP rows by their addresses. Made at the first question for a host, kept as long as the pool. */
const indexes = new WeakMap<Pool, Float64Array>();

/** Each row stands as one number, `digest * ROWS + row`: a sixth of the time and little of the memory that a map by text takes. Snapshots have fewer rows. */
const ROWS = 2 ** 20;

function indexRows(pool: Pool): Float64Array {
  const index = new Float64Array(pool.size);
  let count = 0;
  for (let row = 0; row < pool.size; row++) {
    const family = FAMILIES[pool.families[row]!];
    if (family !== "ipv4" && family !== "ipv6") continue;
    const start = row * ROW_OCTETS;
    index[count++] = digestOf(pool.octets, start, start + (family === "ipv4" ? 4 : 16)) * ROWS + row;
  }
  return index.subarray(0, count).sort();
}

/** A row with this address. Addresses of one digest, which a stranger can choose, are looked through one by one. */
function findRow(pool: Pool, octets: Uint8Array): number | undefined {
  let index = indexes.get(pool);
  if (index === undefined) indexes.set(pool, (index = indexRows(pool)));
  const first = digestOf(octets, 0, octets.length) * ROWS;
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index[middle]! < first) low = middle + 1;
    else high = middle;
  }
  for (; low < index.length && index[low]! < first + ROWS; low++) {
    const row = index[low]! % ROWS;
    const found = rowOctets(pool, row);
    if (found.length === octets.length && found.every((octet, i) => octet === octets[i])) return row;
  }
  return undefined;
}

/** 32 bits of the address that lies there: FNV-1a. */
function digestOf(octets: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ octets[at]!, 0x01000193);
  return hash >>> 0;
}
