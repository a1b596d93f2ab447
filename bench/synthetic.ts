/** Synthetic snapshots and reports for measuring: plausible peers spread over many netgroups. */
import { formatAddress, ipAddress } from "../schema/address.ts";
import type { Report } from "../schema/report.ts";
import { isRoutable } from "../schema/routable.ts";
import { encodeSnapshot, SNAPSHOT_COLUMNS, SNAPSHOT_FORMAT, type PeerRow } from "../schema/snapshot.ts";

const AGENTS = ["/Satoshi:27.1.0/", "/Satoshi:28.0.0/", "/Satoshi:29.0.0/", "/Satoshi:29.0.0/Knots:20260508/"];

/** Where the i-th peer is: one in three in five large operators, the rest in 2,000 small ones. */
function whereOf(i: number): { readonly asn: number; readonly country: string; readonly coordinates: string } {
  const asn = i % 3 === 0 ? 24_940 + (i % 5) : 1_000 + ((i * 7) % 2_000);
  return { asn, country: ["DE", "US", "FR", "FI", "NL", "CA", "SG"][asn % 7]!, coordinates: `+${10 + (asn % 50)}.5+0${10 + (asn % 80)}.5` };
}

/** The first `count` public addresses of a fixed sequence; one in five is IPv6. */
export function addresses(count: number, port: number): string[] {
  const found: string[] = [];
  for (let i = 1; found.length < count; i++) {
    const mixed = Math.imul(i, 2_654_435_761) >>> 0; // Knuth's multiplicative hash: spreads over all of IPv4
    const octets = [mixed >>> 24, (mixed >>> 16) & 255, (mixed >>> 8) & 255, mixed & 255];
    const bytes = i % 5 === 0 ? Uint8Array.of(0x2a, 1, ...octets, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) : Uint8Array.from(octets);
    const address = ipAddress(bytes, port);
    if (isRoutable(address, "public")) found.push(formatAddress(address));
  }
  return found.sort();
}

/** A snapshot's exact text with so many peers, fresh for an hour from `now` (Unix seconds). */
export function snapshotText(network: string, port: number, peers: number, now: number): string {
  const rows = addresses(peers, port).map((address, i): PeerRow => {
    const { asn, country } = whereOf(i);
    return [address, "c09", 70_016, AGENTS[i % AGENTS.length]!, asn, country];
  });
  return encodeSnapshot({
    format: SNAPSHOT_FORMAT,
    network,
    seq: 1,
    previous: null,
    generated: now,
    stale: now + 3_600,
    expires: now + 86_400,
    columns: [...SNAPSHOT_COLUMNS],
    peers: rows,
  });
}

/** So many good reports. */
export function reports(count: number, port: number, now: number, agent = AGENTS[0]!): Report[] {
  return addresses(count, port).map((address, i) => {
    const { asn, country, coordinates } = whereOf(i);
    return {
      address,
      state: "good",
      services: "c09",
      version: 70_016,
      agent,
      height: 900_000,
      since: now - 86_400,
      seen: now,
      reliability: [1000, 990, 950, 700, 300],
      asn,
      country,
      coordinates,
    };
  });
}
