/**
 * The address of a peer: where it listens, and therefore who it is.
 * One canonical text form a peer (`1.2.3.4:8333`, `[2001:db8::1]:8333`, `<56 chars>.onion:8333`),
 * so that text equality is identity everywhere: in gossip, store, reports and snapshots.
 */
import { formatIpv4, formatIpv6, IpFormatError, isIpv4Mapped, parseIpv4, parseIpv6 } from "./ip.ts";

/** Which kind of network carries the address. */
export type AddressFamily = "ipv4" | "ipv6" | "onion" | "i2p" | "cjdns";

/** A dialable address. `host` is canonical and without brackets; `port` is 0–65535 (0 only for I2P). */
export interface PeerAddress {
  readonly family: AddressFamily;
  readonly host: string;
  readonly port: number;
}

/** Text or bytes that do not name a peer. */
export class AddressError extends Error {
  override name = "AddressError";
}

/** The longest canonical text form: a bracketed IPv6 is 47, a v3 onion with port is 68. */
export const MAX_ADDRESS_LENGTH = 80;

const ONION = /^[a-z2-7]{56}\.onion$/;
const I2P = /^[a-z2-7]{52}\.b32\.i2p$/;
const PORT = /^(0|[1-9]\d{0,4})$/;

/**
 * Parses `host:port`; IPv6 in brackets. Accepts upper case and any RFC 4291 form, returns the canonical one;
 * IPv4-mapped IPv6 becomes IPv4. Host names are refused: a seed deals in literal addresses only.
 */
export function parseAddress(text: string): PeerAddress {
  if (text.length > MAX_ADDRESS_LENGTH) throw new AddressError("address is too long");
  const colon = text.lastIndexOf(":");
  const portText = text.slice(colon + 1);
  if (colon < 1 || !PORT.test(portText) || Number(portText) > 65535) {
    throw new AddressError("address needs a port from 0 to 65535: host:port or [ipv6]:port");
  }
  const host = text.slice(0, colon);
  const port = Number(portText);
  const bracketed = host.startsWith("[") && host.endsWith("]");
  if (host.includes(":") && !bracketed) throw new AddressError("IPv6 address needs brackets");
  const address = parseHost(bracketed ? host.slice(1, -1) : host, port, bracketed);
  if (port === 0 && address.family !== "i2p") throw new AddressError("port 0 cannot be dialled");
  return address;
}

function parseHost(host: string, port: number, bracketed: boolean): PeerAddress {
  const lower = host.toLowerCase();
  if (!bracketed && ONION.test(lower)) return { family: "onion", host: lower, port };
  if (!bracketed && I2P.test(lower)) return { family: "i2p", host: lower, port };
  try {
    return ipAddress(bracketed ? parseIpv6(host) : parseIpv4(host), port);
  } catch (error) {
    if (error instanceof IpFormatError) throw new AddressError(error.message);
    throw error;
  }
}

/** A peer address from 4 or 16 octets; mapped IPv4 becomes IPv4, fc00::/8 becomes CJDNS. */
export function ipAddress(bytes: Uint8Array, port: number): PeerAddress {
  if (bytes.length === 4) return { family: "ipv4", host: formatIpv4(bytes), port };
  if (bytes.length !== 16) throw new AddressError("an IP address has 4 or 16 octets");
  if (isIpv4Mapped(bytes)) return { family: "ipv4", host: formatIpv4(bytes.subarray(12)), port };
  return { family: bytes[0] === 0xfc ? "cjdns" : "ipv6", host: formatIpv6(bytes), port };
}

/** The canonical text form; the inverse of `parseAddress`. */
export function formatAddress(address: PeerAddress): string {
  const { family, host, port } = address;
  return family === "ipv6" || family === "cjdns" ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The octets of an IP host (4 or 16), or undefined for an overlay name. CJDNS counts as IP. */
export function hostOctets(address: PeerAddress): Uint8Array | undefined {
  if (address.family === "ipv4") return parseIpv4(address.host);
  if (address.family === "ipv6" || address.family === "cjdns") return parseIpv6(address.host);
  return undefined;
}

/**
 * The group of addresses one operator gets cheaply, of which a sample holds at most one:
 * /16 for IPv4, /32 for IPv6 (as Bitcoin Core's netgroups); an overlay host is its own group.
 */
export function netgroup(address: PeerAddress): string {
  const octets = hostOctets(address);
  if (octets === undefined || address.family === "cjdns") return `${address.family}:${address.host}`;
  const prefix = octets.subarray(0, address.family === "ipv4" ? 2 : 4);
  return `${address.family}:${prefix.join(".")}`;
}
