/** Writes queries octet by octet, sound ones and broken ones. */
import { nameWire } from "./name.ts";
import { TYPE } from "./rdata.ts";

export const CLASS_IN = 1;

/** Option codes (IANA DNS EDNS0 option codes). */
export const OPTION = { NSID: 3, ECS: 8, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const;

export type OptionSpec = readonly [code: number, data: readonly number[]];

export interface OptSpec {
  readonly payload?: number;
  readonly version?: number;
  /** DO is 0x8000. */
  readonly flags?: number;
  readonly options?: readonly OptionSpec[];
}

export interface QuerySpec {
  readonly name: string;
  readonly type: number;
  readonly class?: number;
  readonly id?: number;
  /** The header's second word: opcode, RD and the rest. */
  readonly flags?: number;
  readonly opt?: OptSpec | undefined;
}

export const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];

/** A header with these counts: questions, answers, authorities, additionals. */
export const headerOctets = (id: number, flags: number, ...counts: readonly [number, number, number, number]): number[] =>
  [id, flags, ...counts].flatMap(u16);

/** A question; `name` is wire form. */
export const questionOctets = (name: Iterable<number>, type: number, class_: number = CLASS_IN): number[] => [
  ...name,
  ...u16(type),
  ...u16(class_),
];

/** An OPT record owned by `owner`, wire form: the root's unless the rule is about that. */
export function optOctets(
  { payload = 1_232, version = 0, flags = 0, options = [] }: OptSpec = {},
  owner: readonly number[] = [0],
): number[] {
  const data = options.flatMap(([code, octets]) => [...u16(code), ...u16(octets.length), ...octets]);
  return [...owner, ...u16(TYPE.OPT), ...u16(payload), 0, version, ...u16(flags), ...u16(data.length), ...data];
}

/** A query with one question. Throws `NameError` for a name that is none. */
export function queryOctets({ name, type, class: class_ = CLASS_IN, id = 0, flags = 0, opt }: QuerySpec): Uint8Array {
  const additional = opt === undefined ? [] : optOctets(opt);
  const question = questionOctets(nameWire(name), type, class_);
  return Uint8Array.from([...headerOctets(id, flags, 1, 0, 0, opt === undefined ? 0 : 1), ...question, ...additional]);
}

/** Octets as `?dns=` has them (RFC 8484 §6). */
export const base64url = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");
