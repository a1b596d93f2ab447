/** The `addr` message: up to 1,000 IPv4 and IPv6 addresses in entries of 30 octets (Bitcoin Core src/protocol.h CAddress; dcrd wire/msgaddr.go). */
import { hostOctets, ipAddress } from "../../../schema/address.ts";
import { mapIpv4 } from "../../../schema/ip.ts";
import type { Reader } from "../reader.ts";
import type { Hearsay } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";
import { readCompactSize, writeCompactSize } from "./compact-size.ts";
import { servicesBits, servicesHex } from "./services.ts";

/** Entries of one gossip message: Core's MAX_ADDR_TO_SEND, dcrd's MaxAddrPerMsg. */
export const MAX_ADDR_ENTRIES = 1_000;

/** Octets of the largest `addr` payload: a count of 3 and entries of 30. */
export const MAX_ADDR_PAYLOAD = 3 + MAX_ADDR_ENTRIES * 30;

/** Decoded gossip. */
export interface Gossip {
  /** Entries on the wire, those included that name no address we understand. */
  readonly count: number;
  /** The entries that do, in order, with time and port as the peer sent them. */
  readonly entries: readonly Hearsay[];
}

/**
 * Reads an `addr` message from a payload. Throws `WireError`: `flooding` above 1,000 entries, `malformed` where it is cut off.
 * An address in fc00::/8 is left out: the CJDNS network is named only by `addrv2` (BIP155), here it is a private one.
 */
export function readAddr(reader: Reader): Gossip {
  const count = readCompactSize(reader, MAX_ADDR_ENTRIES, "count", "flooding");
  const entries: Hearsay[] = [];
  for (let i = 0; i < count; i++) {
    const time = reader.u32le("time");
    const services = servicesHex(reader.u64le("services"));
    const host = reader.bytes(16, "host");
    const address = ipAddress(host, reader.u16be("port"));
    if (address.family !== "cjdns") entries.push({ address, services, time });
  }
  return { count, entries };
}

/** Encodes any number of IP entries; a test's misbehaving peer may send more than the 1,000 allowed. Throws `WireError` for an overlay host. */
export function encodeAddr(entries: readonly Hearsay[]): Uint8Array {
  const writer = new Writer();
  writeCompactSize(writer, entries.length, "count");
  for (const { address, services, time } of entries) {
    const octets = hostOctets(address);
    if (octets === undefined || address.family === "cjdns") throw new WireError("host", "only IP addresses fit an addr message");
    writer
      .u32le(time, "time")
      .u64le(servicesBits(services), "services")
      .bytes(octets.length === 4 ? mapIpv4(octets) : octets)
      .u16be(address.port, "port");
  }
  return writer.finish();
}
