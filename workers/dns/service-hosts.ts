/** Peers as SRV records with their ports (RFC 2782), and the hosts that these point to. */
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

/** One row of each host's address, by the address in hex. Made at the first question for a host, kept as long as the pool. */
const hosts = new WeakMap<Pool, ReadonlyMap<string, number>>();

/** The address of a host below the cut as the pool has it; undefined where no peer has it. `type` is that of its family. */
export function findHost(pool: Pool, address: string): { readonly type: AddressType; readonly data: Addresses } | undefined {
  let rows = hosts.get(pool);
  if (rows === undefined) hosts.set(pool, (rows = indexHosts(pool)));
  const row = rows.get(address);
  if (row === undefined) return undefined;
  const width = address.length === 8 ? 4 : 16;
  return { type: width === 4 ? TYPE.A : TYPE.AAAA, data: { width, stride: ROW_OCTETS, rows: [row], octets: pool.octets } };
}

function indexHosts(pool: Pool): Map<string, number> {
  const rows = new Map<string, number>();
  for (let row = 0; row < pool.size; row++) {
    const family = FAMILIES[pool.families[row]!];
    if (family !== "ipv4" && family !== "ipv6") continue;
    let hex = "";
    for (const octet of rowOctets(pool, row)) hex += octet < 16 ? `0${octet.toString(16)}` : octet.toString(16);
    rows.set(hex, row);
  }
  return rows;
}
