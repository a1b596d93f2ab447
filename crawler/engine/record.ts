/** What the crawler remembers of one address. One flat object each: there may be half a million. */
import { formatAddress, hostOctets, type PeerAddress } from "../../schema/address.ts";
import type { Location } from "../../schema/location.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import type { Windows } from "../../schema/reliability.ts";
import type { AddressScope } from "../../schema/routable.ts";
import type { Evidence } from "../protocols/session.ts";

/** Where the scheduler holds a record. It is always in exactly one place. */
export type Place = "none" | "waiting" | "retest" | "explore" | "parked" | "in-flight";

/** Times are whole Unix seconds; 0 where it never happened. */
export interface PeerRecord {
  /** The canonical text of the address: its identity. */
  readonly key: string;
  /** What counts as one host: see `hostKey`. */
  readonly host: string;
  /** Given by the operator or the network's seeds, so never displaced by gossip. */
  pinned: boolean;
  /** Was good at least once, so it has a report. */
  everGood: boolean;
  /** When someone last spoke of it, to within `HEARD_GRAIN_SECONDS`. */
  heard: number;
  attempts: number;
  successes: number;
  /** Failures since the last success. */
  failures: number;
  /** When the last attempt ended. */
  lastAttempt: number;
  lastSuccess: number;
  /** First failure after the last success. */
  failingSince: number;
  /** Start of tenure. */
  since: number;
  /** Ask for addresses from this time on. */
  harvestAt: number;
  /** Why the last attempt failed; undefined after a success. */
  failure: ProbeFailure | undefined;
  /** What the last completed handshake told. */
  evidence: Evidence | undefined;
  /** Where the address is; undefined until the first report asked. Not kept on disk: tables change. */
  location: Location | undefined;
  /** Undefined before the first success: history begins with it. */
  windows: Windows | undefined;
  /** When the scheduler may pick it next. */
  due: number;
  place: Place;
  /** Index in the scheduler's structure named by `place`. */
  slot: number;
  /** Index among the addresses that may be displaced, or -1. */
  strangerSlot: number;
}

/** A record of an address never tried. */
export function newRecord(address: PeerAddress, scope: AddressScope, now: number): PeerRecord {
  return {
    key: formatAddress(address),
    host: hostKey(address, scope),
    pinned: false,
    everGood: false,
    heard: now,
    attempts: 0,
    successes: 0,
    failures: 0,
    lastAttempt: 0,
    lastSuccess: 0,
    failingSince: 0,
    since: 0,
    harvestAt: 0,
    failure: undefined,
    evidence: undefined,
    location: undefined,
    windows: undefined,
    due: now,
    place: "none",
    slot: -1,
    strangerSlot: -1,
  };
}

/**
 * What counts as one host, for etiquette and quotas: an IPv4 address, an IPv6 /64, an overlay name.
 * In a devnet every port of the loopback host is another host.
 */
export function hostKey(address: PeerAddress, scope: AddressScope): string {
  if (scope === "loopback") return formatAddress(address);
  if (address.family !== "ipv6") return address.host;
  return `${hostOctets(address)!.subarray(0, 8).join(".")}/64`;
}
