/** EDNS(0), RFC 6891: what a client's OPT record asks for, and what ours says. */

/** Option codes (IANA DNS EDNS0 option codes). */
export const OPTION = { NSID: 3, ECS: 8, PADDING: 12, EDE: 15 } as const;

/** Extended DNS errors (RFC 8914 §4; 30 from RFC 9824 §3.5), with their registered purposes. */
export const EDE = { STALE: 3, NOT_READY: 14, NOT_AUTHORITATIVE: 20, NOT_SUPPORTED: 21, INVALID_TYPE: 30 } as const;
export type ExtendedError = (typeof EDE)[keyof typeof EDE];

/** The payload size we state: what passes unfragmented almost everywhere (DNS flag day 2020). */
export const PAYLOAD_OCTETS = 1232;
/** No OPT, or one that states less, means this (RFC 1035 §4.2.1, RFC 6891 §6.2.3). */
export const LEAST_PAYLOAD_OCTETS = 512;
/** Answers to padded queries are a multiple of this (RFC 8467 §4.1). */
export const PADDING_BLOCK_OCTETS = 468;
/** Longest NSID sent. */
export const MAX_NSID_OCTETS = 64;

/** A client's OPT record. */
export interface Edns {
  readonly payload: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  /** The options RFC 5001 and RFC 7830 that ask for something. All others are ignored (RFC 6891 §6.1.2). */
  readonly nsid: boolean;
  readonly padding: boolean;
  /** False where the options overrun or contradict themselves: the answer is FORMERR. */
  readonly sound: boolean;
}

/**
 * Reads an OPT record: `size` is its CLASS, `ttl` its TTL. Options of a version we do not know are not looked at: they may have
 * another form, and the answer is BADVERS anyway.
 */
export function readEdns(size: number, ttl: number, data: Uint8Array): Edns {
  const version = (ttl >>> 16) & 0xff;
  const common = { payload: Math.max(size, LEAST_PAYLOAD_OCTETS), version, dnssecOk: (ttl & 0x8000) !== 0 };
  let nsid = false;
  let padding = false;
  if (version !== 0) return { ...common, nsid, padding, sound: true };
  let at = 0;
  while (at + 4 <= data.length) {
    const code = (data[at]! << 8) | data[at + 1]!;
    const end = at + 4 + ((data[at + 2]! << 8) | data[at + 3]!);
    if (end > data.length || (code === OPTION.ECS && !isClientSubnet(data.subarray(at + 4, end)))) break;
    nsid ||= code === OPTION.NSID;
    padding ||= code === OPTION.PADDING;
    at = end;
  }
  return { ...common, nsid, padding, sound: at === data.length };
}

const SUBNET_BITS = new Map([
  [0, 0], // "no address": how a client says that it wants no tailoring
  [1, 32],
  [2, 128],
]);

/** Whether octets are a client subnet as a query may carry it (RFC 7871 §6, §7.1.2). We read no more of it than this. */
function isClientSubnet(data: Uint8Array): boolean {
  if (data.length < 4) return false;
  const bits = SUBNET_BITS.get((data[0]! << 8) | data[1]!);
  const prefix = data[2]!;
  if (bits === undefined || prefix > bits || data[3] !== 0) return false;
  if (data.length !== 4 + Math.ceil(prefix / 8)) return false;
  return prefix % 8 === 0 || (data.at(-1)! & (0xff >> (prefix % 8))) === 0;
}
