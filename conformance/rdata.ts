/** RDATA as far as a judge needs it: where names stand in it, and whether its length can be right. */
import { readName } from "./name.ts";

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  SVCB: 64,
  HTTPS: 65,
  NXNAME: 128,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  /** From the range for private use (RFC 6895 §3.1): nobody knows it. */
  UNKNOWN: 65_280,
} as const;

/** Types whose names in RDATA must not be compressed (RFC 2782, RFC 4034 §3.1.7 and §4.1.1, RFC 6672 §2.5, RFC 9460 §2.2). */
export const NEVER_COMPRESSED: ReadonlyMap<number, string> = new Map([
  [33, "SRV"],
  [39, "DNAME"],
  [46, "RRSIG"],
  [47, "NSEC"],
  [64, "SVCB"],
  [65, "HTTPS"],
]);

/** Octets before the names, and how many names. */
const NAMES: ReadonlyMap<number, readonly [before: number, names: number]> = new Map([
  [2, [0, 1]],
  [5, [0, 1]],
  [6, [0, 2]],
  [12, [0, 1]],
  [15, [2, 1]],
  [33, [6, 1]],
  [39, [0, 1]],
  [46, [18, 1]],
  [47, [0, 1]],
  [64, [2, 1]],
  [65, [2, 1]],
]);

/** How many octets stand after the names, for types where that never changes. */
const REST: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [2, 0],
  [5, 0],
  [6, 20],
  [12, 0],
  [15, 0],
  [28, 16],
  [33, 0],
  [39, 0],
]);

export interface ReadData {
  /** RDATA with its names uncompressed, so that it means the same outside its message. */
  readonly data: Uint8Array;
  /** The names that stand in it, uncompressed. */
  readonly names: readonly Uint8Array[];
  readonly compressed: boolean;
}

/** Reads the RDATA that stands from `at` to `end`; says in words what is wrong with it. */
export function readData(message: Uint8Array, type: number, at: number, end: number): ReadData | string {
  const [before, count] = NAMES.get(type) ?? [0, 0];
  const data = [...message.subarray(at, Math.min(at + before, end))];
  const names: Uint8Array[] = [];
  let compressed = false;
  let next = at + before;
  for (let i = 0; i < count; i++) {
    const name = readName(message.subarray(0, end), next);
    if (typeof name === "string") return name;
    data.push(...name.wire);
    names.push(name.wire);
    compressed ||= name.compressed;
    next = name.end;
  }
  const rest = REST.get(type);
  if (next > end || (rest !== undefined && end - next !== rest)) return `RDATA has ${end - at} octets, which type ${type} cannot have`;
  if (type === TYPE.TXT && !areStrings(message.subarray(at, end))) return "the strings of a TXT record do not fill it";
  data.push(...message.subarray(next, end));
  return { data: Uint8Array.from(data), names, compressed };
}

/** Whether octets are one or more strings with a length octet each. */
function areStrings(data: Uint8Array): boolean {
  let at = 0;
  while (at < data.length) at += 1 + (data[at] ?? 0);
  return data.length > 0 && at === data.length;
}
