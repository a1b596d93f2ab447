/** `keepalive`: eight slots with addresses of peers (nano-node nano/node/messages.cpp, keepalive; network::fill_keepalive_self). */
import { hostOctets, ipAddress, type PeerAddress } from "../../../schema/address.ts";
import { mapIpv4 } from "../../../schema/ip.ts";
import { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";
import { KEEPALIVE_LENGTH } from "./header.ts";

export const KEEPALIVE_SLOTS = 8;

export interface Keepalive {
  /** The port on which the sender says it listens itself, where it says so. */
  readonly ownPort: number | undefined;
  /** Addresses of others, unchecked; also those with an ephemeral port of somebody who only called. */
  readonly peers: readonly PeerAddress[];
}

const UNSPECIFIED = "::";

/** Decodes a payload. Unused slots, and those without a port, are left out. Throws `WireError` for a wrong length. */
export function decodeKeepalive(payload: Uint8Array): Keepalive {
  const reader = new Reader(payload);
  const slots = Array.from({ length: KEEPALIVE_SLOTS }, () => ipAddress(reader.bytes(16, "address"), reader.u16le("port")));
  reader.end("keepalive");
  const [first] = slots;
  const ownPort = first?.host === UNSPECIFIED && first.port !== 0 ? first.port : undefined;
  return { ownPort, peers: slots.filter(({ host, port }) => host !== UNSPECIFIED && port !== 0) };
}

/**
 * Encodes a payload as nodes do: with `ownPort` the first slot says it and the second is empty. Throws `WireError` for more peers than the remaining slots
 * hold, or one without an IP address. Only a devnet has an own port to tell: who hears one calls back and passes it on.
 */
export function encodeKeepalive({ ownPort, peers }: Keepalive): Uint8Array {
  const writer = new Writer();
  if (ownPort !== undefined) {
    const nowhere = new Uint8Array(16);
    writer.bytes(nowhere).u16le(ownPort, "own port").bytes(nowhere).u16le(0, "port");
  }
  for (const peer of peers) {
    const octets = hostOctets(peer);
    if (octets === undefined) throw new WireError("address", "is not an IP address");
    writer.bytes(octets.length === 4 ? mapIpv4(octets) : octets).u16le(peer.port, "port");
  }
  const filled = writer.finish();
  if (filled.length > KEEPALIVE_LENGTH) throw new WireError("peers", "are too many");
  const payload = new Uint8Array(KEEPALIVE_LENGTH);
  payload.set(filled);
  return payload;
}
