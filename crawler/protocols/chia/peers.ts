/** `respond_peers` and `respond_peers_introducer`, which look alike (chia/protocols/full_node_protocol.py, introducer_protocol.py). */
import { AddressError, parseAddress, type PeerAddress } from "../../../schema/address.ts";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { CHIA_LIMITS } from "./limits.ts";
import { readList, writeText } from "./streamable.ts";

/** TimestampedPeerInfo, as a peer sent it. */
export interface TimestampedPeer {
  /** Text that should be an IP address, and may be anything. Empty where it was longer than any is. */
  readonly host: string;
  readonly port: number;
  /** Unix seconds, unchecked; all of 64 bits. 0 from introducers. */
  readonly timestamp: bigint;
}

/** Decodes a list of peers, all of it. Throws `WireError`: `flooding` above 1,000 entries, `malformed` where it is cut off. */
export function decodePeers(data: Uint8Array): TimestampedPeer[] {
  const reader = new Reader(data);
  const peers = readList(reader, CHIA_LIMITS.peers, "peers", () => ({
    host: readHost(reader),
    port: reader.u16be("port"),
    timestamp: reader.u64be("timestamp"),
  }));
  reader.end("peers");
  return peers;
}

/** A host that is no IP address is one node's fault and passed on by another: no reason to refuse the whole message. */
function readHost(reader: Reader): string {
  const octets = reader.bytes(reader.u32be("host"), "host");
  return octets.length > CHIA_LIMITS.host ? "" : String.fromCharCode(...octets);
}

/** Encodes any number of peers; a test's misbehaving peer may send more than the 1,000 allowed. Throws `WireError` for numbers that do not fit. */
export function encodePeers(peers: readonly TimestampedPeer[]): Uint8Array {
  const writer = new Writer().u32be(peers.length, "peers");
  for (const { host, port, timestamp } of peers) {
    writeText(writer, host, "host");
    writer.u16be(port, "port").u64be(timestamp, "timestamp");
  }
  return writer.finish();
}

/** The address that an entry names, or undefined where it names none that could be dialled. */
export function peerAddress({ host, port }: TimestampedPeer): PeerAddress | undefined {
  try {
    return parseAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}
