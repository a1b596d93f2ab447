/**
 * A pool: one snapshot's peers as columns, laid out for drawing. Built once a snapshot, off the answer's path; a query then
 * touches only the rows it draws. Text columns stay where the decoded snapshot has them.
 */
import { hostOctets, parseAddress, type AddressFamily, type PeerAddress } from "../../schema/address.ts";
import type { PeerRow, Snapshot } from "../../schema/snapshot.ts";
import { scanIpv4, scanIpv6 } from "./scan.ts";
import type { LatestView, View } from "./view.ts";

/** A servable peer as an answer shows it. */
export interface Peer {
  readonly address: PeerAddress;
  /** The canonical text form of `address`. */
  readonly text: string;
  /** Service bits, lower-case hex. */
  readonly services: string;
  readonly version: number;
  readonly agent: string;
  readonly asn: number | null;
  readonly country: string | null;
}

/** The families by their code in `Pool.families`. */
export const FAMILIES: readonly AddressFamily[] = ["ipv4", "ipv6", "onion", "i2p", "cjdns"];

/** Octets a row has in `Pool.octets`: an IPv6 address fills them, an IPv4 address takes the first four, an overlay none. */
export const ROW_OCTETS = 16;

export interface Pool {
  readonly size: number;
  readonly seq: number;
  readonly rows: readonly PeerRow[];
  /** Index into `FAMILIES`. */
  readonly families: Uint8Array;
  readonly ports: Uint16Array;
  readonly octets: Uint8Array;
  /** The upper and the lower half of the 64 service bits. */
  readonly servicesHigh: Uint32Array;
  readonly servicesLow: Uint32Array;
  /** Netgroup of each row (the partition of schema's `netgroup`), numbered from 0. */
  readonly groups: Uint32Array;
  readonly groupCount: number;
  /**
   * Operator of each row, numbered from 0: its AS where that is known, else its netgroup. An overlay network as a whole is one operator: its names
   * cost nothing, and tell nothing of who has how many.
   */
  readonly operators: Uint32Array;
  readonly operatorCount: number;
  /** The selections used so far, least recently used first; kept small by `viewOf`. */
  readonly views: Map<string, View>;
  /** The last of them, which is nearly always the next one as well. */
  latest: LatestView | undefined;
}

/** Lays out a decoded snapshot. About a microsecond a peer. Throws `AddressError` where a row's address is none. */
export function buildPool(snapshot: Snapshot): Pool {
  const rows = snapshot.peers;
  const size = rows.length;
  const families = new Uint8Array(size);
  const ports = new Uint16Array(size);
  const octets = new Uint8Array(size * ROW_OCTETS);
  const servicesHigh = new Uint32Array(size);
  const servicesLow = new Uint32Array(size);
  const groups = new Uint32Array(size);
  const operators = new Uint32Array(size);
  const groupIds = new Map<number, number>();
  const operatorIds = new Map<number, number>();
  const masks = new Map<string, readonly [high: number, low: number]>(); // a network knows few
  for (let row = 0; row < size; row++) {
    const peer = rows[row]!; // by index: taking an array apart runs its iterator, which is slow while the code is cold
    const services = peer[1];
    const asn = peer[4];
    const address = readAddress(peer[0], octets, row * ROW_OCTETS);
    families[row] = FAMILIES.indexOf(address.family);
    ports[row] = address.port;
    let halves = masks.get(services);
    if (halves === undefined) masks.set(services, (halves = serviceHalves(services)));
    servicesHigh[row] = halves[0];
    servicesLow[row] = halves[1];
    const group = groupKey(address.family, octets, row);
    groups[row] = intern(groupIds, group);
    const overlay = group >= OVERLAY_KEYS;
    operators[row] = intern(operatorIds, asn ?? (overlay ? -1 - OVERLAY_KEYS - families[row]! : -1 - group));
  }
  const counts = { groupCount: groupIds.size, operatorCount: operatorIds.size };
  const columns = { families, ports, octets, servicesHigh, servicesLow, groups, operators };
  return { size, seq: snapshot.seq, rows, ...columns, ...counts, views: new Map(), latest: undefined };
}

/** Writes an address's octets and tells the rest. The scanners take the common forms ten times as fast as `parseAddress`. */
function readAddress(text: string, octets: Uint8Array, at: number): Pick<PeerAddress, "family" | "port"> {
  const bracketed = text.startsWith("[");
  const port = bracketed ? scanIpv6(text, octets, at) : scanIpv4(text, octets, at);
  // What is CJDNS (fc00::/8) or IPv4 in disguise (::ffff:0:0/96) is parseAddress's to tell.
  if (port > 0 && !(bracketed && (octets[at] === 0xfc || octets[at] === 0))) return { family: bracketed ? "ipv6" : "ipv4", port };
  const address = parseAddress(text);
  octets.fill(0, at, at + ROW_OCTETS);
  const bytes = hostOctets(address);
  if (bytes !== undefined) octets.set(bytes, at);
  return address;
}

const V6_KEYS = 2 ** 16; // after the /16 prefixes of IPv4
const OVERLAY_KEYS = V6_KEYS + 2 ** 32; // after the /32 prefixes of IPv6

/** A number for a row's netgroup, as schema's `netgroup` divides them; numbers are cheaper than its text for 10,000 rows. */
function groupKey(family: AddressFamily, octets: Uint8Array, row: number): number {
  const at = row * ROW_OCTETS;
  const high = (octets[at]! << 8) | octets[at + 1]!;
  if (family === "ipv4") return high;
  if (family === "ipv6") return V6_KEYS + high * 2 ** 16 + ((octets[at + 2]! << 8) | octets[at + 3]!);
  return OVERLAY_KEYS + row;
}

function intern(ids: Map<number, number>, key: number): number {
  let id = ids.get(key);
  if (id === undefined) ids.set(key, (id = ids.size));
  return id;
}

/** The upper and lower 32 bits of a service mask in hex (at most 16 digits). */
export function serviceHalves(services: string): readonly [high: number, low: number] {
  if (services.length <= 8) return [0, Number.parseInt(services, 16)];
  return [Number.parseInt(services.slice(0, -8), 16), Number.parseInt(services.slice(-8), 16)];
}

/** The octets of a row's IP address (4 or 16), without a copy; empty for an overlay host. */
export function rowOctets(pool: Pool, row: number): Uint8Array {
  const family = FAMILIES[pool.families[row]!];
  const length = family === "ipv4" ? 4 : family === "ipv6" || family === "cjdns" ? 16 : 0;
  return pool.octets.subarray(row * ROW_OCTETS, row * ROW_OCTETS + length);
}

/** A row as a peer. */
export function peerAt(pool: Pool, row: number): Peer {
  const [text, services, version, agent, asn, country] = pool.rows[row]!;
  const family = FAMILIES[pool.families[row]!]!;
  const end = text.lastIndexOf(":");
  const host = text.startsWith("[") ? text.slice(1, end - 1) : text.slice(0, end);
  return { address: { family, host, port: pool.ports[row]! }, text, services, version, agent, asn, country };
}
