/** Decred's `addrv2` message (dcrd wire/msgaddrv2.go; not BIP155): 1 to 1,000 addresses, each with a type that says how long it is. */
import { hostOctets, ipAddress, type PeerAddress } from "../../../schema/address.ts";
import { isIpv4Mapped } from "../../../schema/ip.ts";
import { MAX_ADDR_ENTRIES, type Gossip } from "../envelope/addr.ts";
import { readCompactSize, writeCompactSize } from "../envelope/compact-size.ts";
import { servicesBits, servicesHex } from "../envelope/services.ts";
import { onionHost, onionKey } from "../overlay.ts";
import { Reader } from "../reader.ts";
import type { Hearsay } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";

const IPV4 = 1;
const IPV6 = 2;
const TOR_V3 = 3;

/**
 * Decodes an `addrv2` payload. An IPv6 address that is none to this network (IPv4-mapped, or CJDNS's fc00::/8) is left out. Throws `WireError`:
 * `flooding` above 1,000 entries; `malformed` where there is none, an address is of another type, or the payload is cut off or goes on.
 */
export function decodeAddrv2(payload: Uint8Array): Gossip {
  const reader = new Reader(payload);
  const count = readCompactSize(reader, MAX_ADDR_ENTRIES, "count", "flooding");
  if (count === 0) throw new WireError("count", "is zero");
  const entries: Hearsay[] = [];
  for (let i = 0; i < count; i++) {
    const time = seconds(reader.u64le("time"));
    const services = servicesHex(reader.u64le("services"));
    const address = readAddress(reader);
    if (address !== undefined) entries.push({ address, services, time });
  }
  reader.end("payload");
  return { count, entries };
}

/** The latest time that is told as it is. Any later one is as absurd, and `clampTime` takes both for such. */
const LAST_SECOND = 0xffff_ffffn;

/** 64 bits of Unix seconds as a number. */
const seconds = (time: bigint): number => Number(time > LAST_SECOND ? LAST_SECOND : time);

function readAddress(reader: Reader): PeerAddress | undefined {
  const type = reader.u8("type");
  const octets = reader.bytes(lengthOf(type), "address");
  const port = reader.u16le("port");
  if (type === TOR_V3) return { family: "onion", host: onionHost(octets), port };
  return type === IPV6 && (isIpv4Mapped(octets) || octets[0] === 0xfc) ? undefined : ipAddress(octets, port);
}

/** Octets of an address. */
function lengthOf(type: number): number {
  switch (type) {
    case IPV4:
      return 4;
    case IPV6:
      return 16;
    case TOR_V3:
      return 32;
    default:
      throw new WireError("type", "is unknown");
  }
}

/** Encodes any number of entries; a test's misbehaving peer may send none, or more than allowed. Throws `WireError` for a host of another network. */
export function encodeAddrv2(entries: readonly Hearsay[]): Uint8Array {
  const writer = new Writer();
  writeCompactSize(writer, entries.length, "count");
  for (const { address, services, time } of entries) {
    const [type, octets] = addressOctets(address);
    writer
      .u64le(toBigInt(time), "time")
      .u64le(servicesBits(services), "services")
      .u8(type, "type")
      .bytes(octets)
      .u16le(address.port, "port");
  }
  return writer.finish();
}

function toBigInt(time: number): bigint {
  if (!Number.isSafeInteger(time)) throw new WireError("time", "is not an integer");
  return BigInt(time);
}

function addressOctets(address: PeerAddress): [type: number, octets: Uint8Array] {
  if (address.family === "onion") return [TOR_V3, onionKey(address.host)];
  const octets = address.family === "ipv4" || address.family === "ipv6" ? hostOctets(address) : undefined;
  if (octets === undefined) throw new WireError("host", "is neither an IP address nor an onion");
  return [address.family === "ipv4" ? IPV4 : IPV6, octets];
}
