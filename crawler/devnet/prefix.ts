/** An address prefix of whole octets: where a devnet's nodes may live, and who may call them. */
import { parseIpv4, parseIpv6 } from "../../schema/ip.ts";

export interface Prefix {
  /** The first address of the prefix, 4 or 16 octets. */
  readonly base: Uint8Array;
  /** How many leading octets are fixed. */
  readonly fixed: number;
}

/** Text that is not a prefix of whole octets. */
export class PrefixError extends Error {
  override name = "PrefixError";
}

const CIDR = /^([0-9a-f.:]+)\/([1-9]\d{0,2})$/i;

/** Parses `127.0.0.0/8` or `2a01:4f8::/32`. Throws `PrefixError`, or `IpFormatError` for the address. */
export function parsePrefix(cidr: string): Prefix {
  const [, host, bits] = CIDR.exec(cidr) ?? [];
  if (host === undefined) throw new PrefixError("a prefix looks like 127.0.0.0/8");
  const base = host.includes(":") ? parseIpv6(host) : parseIpv4(host);
  const fixed = Number(bits) / 8;
  if (!Number.isInteger(fixed) || fixed >= base.length) throw new PrefixError("the length must be a multiple of 8, with octets left over");
  if (base.some((octet, i) => i >= fixed && octet !== 0)) throw new PrefixError("the octets after the prefix must be zero");
  return { base, fixed };
}

/** True where the address (4 or 16 octets) lies in the prefix. */
export function contains({ base, fixed }: Prefix, octets: Uint8Array): boolean {
  return octets.length === base.length && base.subarray(0, fixed).every((octet, i) => octet === octets[i]);
}
