/** Resource records: the types an answer may hold, and a set of them as it is handed around. */
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
export type AddressType = typeof TYPE.A | typeof TYPE.AAAA;

/** The only class served. */
export const CLASS_IN = 1;

/** Addresses as a pool or a bank has them, without a copy or an object for each: `width` octets from each row's start. */
export interface Addresses {
  readonly width: 4 | 16;
  /** The rows' octets begin `stride` apart in `octets`. */
  readonly stride: number;
  readonly rows: readonly number[];
  readonly octets: Uint8Array;
}

/** One record's data, as it stands in a message without compression (RFC 1035 §3.3); names in it are lower case. */
export type Rdata = Uint8Array;

interface Set<Type extends number, Data> {
  /** The name as it shall be written: the question's own octets where they are the same name. */
  readonly owner: Name;
  readonly type: Type;
  /** One TTL for the whole set (RFC 2181 §5.2), seconds. */
  readonly ttl: number;
  readonly data: Data;
}

export type AddressSet = Set<AddressType, Addresses>;

/** A set of any other type. */
export interface DataSet extends Set<number, readonly Rdata[]> {
  /** Any of the records are an answer, so that the set may be cut to the room there is. */
  readonly cuttable?: boolean;
}

/** All records of one name and type. */
export type RecordSet = AddressSet | DataSet;

export const isAddressSet = (set: RecordSet): set is AddressSet => set.type === TYPE.A || set.type === TYPE.AAAA;

/** How many records a set has. */
export const countOf = (set: RecordSet): number => (isAddressSet(set) ? set.data.rows.length : set.data.length);

/** Each record's data. */
export function rdataOf(set: RecordSet): readonly Rdata[] {
  if (!isAddressSet(set)) return set.data;
  const { rows, octets, stride, width } = set.data;
  return rows.map((row) => octets.subarray(row * stride, row * stride + width));
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

const NUMBERS = new Map<number, string>(Object.entries(TYPE).map(([mnemonic, number]) => [number, mnemonic]));

/** A type as master files have it: its mnemonic, else `TYPE65280` (RFC 3597 §5). */
export const formatType = (type: number): string => NUMBERS.get(type) ?? `TYPE${type}`;
