/** Resource records: the types an answer may hold, and what each carries. A new type adds a member to `RecordSet` and a case to both encoders. */
import { ROW_OCTETS } from "../sampling/pool.ts";
import type { Name } from "./name.ts";

/** Record types and query types by mnemonic (IANA DNS parameters). */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3PARAM: 51,
  TLSA: 52,
  CDS: 59,
  CDNSKEY: 60,
  SVCB: 64,
  HTTPS: 65,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** The only class served. */
export const CLASS_IN = 1;

/** Start of authority (RFC 1035 §3.3.13); times in seconds. */
export interface Soa {
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** Host information (RFC 1035 §3.3.2), used for ANY only (RFC 8482 §4.2). ASCII. */
export interface HostInformation {
  readonly cpu: string;
  readonly os: string;
}

/** Addresses as a pool has them, without a copy or an object for each: the first `width` octets of each of these rows. */
export interface Addresses {
  readonly length: number;
  readonly width: 4 | 16;
  readonly rows: readonly number[];
  /** `ROW_OCTETS` octets a row. */
  readonly octets: Uint8Array;
}

/** Text (RFC 1035 §3.3.14): character-strings of ASCII, each of 255 octets at most. */
export type Texts = readonly string[];

interface Set<Type extends number, Data extends { readonly length: number }> {
  /** The name as it shall be written: the question's own octets where they are the same name. */
  readonly owner: Name;
  readonly type: Type;
  /** One TTL for the whole set (RFC 2181 §5.2), seconds. */
  readonly ttl: number;
  readonly data: Data;
}

/** All records of one name and type. */
export type RecordSet =
  | Set<typeof TYPE.A | typeof TYPE.AAAA, Addresses>
  | Set<typeof TYPE.NS, readonly Name[]>
  | Set<typeof TYPE.SOA, readonly Soa[]>
  | Set<typeof TYPE.HINFO, readonly HostInformation[]>
  /** Always a sample: any of the records are an answer, so that the set may be cut to the room there is. */
  | Set<typeof TYPE.TXT, readonly Texts[]>;

/** The octets of one of the addresses. */
export function addressAt({ width, rows, octets }: Addresses, i: number): Uint8Array {
  const start = rows[i]! * ROW_OCTETS;
  return octets.subarray(start, start + width);
}

/** Text that names no record type. */
export class DnsTypeError extends Error {
  override name = "DnsTypeError";
}

const MNEMONICS = new Map<string, number>(Object.entries(TYPE));
const GENERIC = /^(?:TYPE)?(\d{1,5})$/;

/** Parses a type: a mnemonic in any case, a number, or `TYPE65280` (RFC 3597 §5). Throws `DnsTypeError`. */
export function parseType(text: string): number {
  const upper = text.toUpperCase();
  const number = MNEMONICS.get(upper) ?? Number(GENERIC.exec(upper)?.[1] ?? 0);
  if (number < 1 || number > 65_535) throw new DnsTypeError("expected a record type: a mnemonic, or a number from 1 to 65535");
  return number;
}
