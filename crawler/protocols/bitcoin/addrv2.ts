/** The `addrv2` message (BIP155): up to 1,000 addresses of any network, each with its network's id and length. */
import { hostOctets, ipAddress, type PeerAddress } from "../../../schema/address.ts";
import { isIpv4Mapped } from "../../../schema/ip.ts";
import { i2pHash, i2pHost, onionHost, onionKey } from "../overlay.ts";
import { Reader } from "../reader.ts";
import type { Hearsay } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";
import { MAX_ADDR_ENTRIES, type Gossip } from "../envelope/addr.ts";
import { readCompactSize, readCompactSize64, writeCompactSize } from "../envelope/compact-size.ts";
import { servicesBits, servicesHex } from "../envelope/services.ts";
import { BITCOIN_LIMITS } from "./limits.ts";

const IPV4 = 1;
const IPV6 = 2;
const TOR_V2 = 3;
const TOR_V3 = 4;
const I2P = 5;
const CJDNS = 6;

/** The one length in octets that an address of a known network has. */
const ADDRESS_LENGTH = new Map([
  [IPV4, 4],
  [IPV6, 16],
  [TOR_V2, 10],
  [TOR_V3, 32],
  [I2P, 32],
  [CJDNS, 16],
]);

/** fd87:d87e:eb43::/48, by which Tor v2 names were once carried in `addr`. */
const ONION_CAT = Uint8Array.of(0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43);

/**
 * Decodes an `addrv2` payload. Unknown networks, Tor v2 and addresses that BIP155 forbids are left out, as in Core. Throws `WireError`:
 * `flooding` above 1,000 entries; `malformed` where it is cut off, an address is longer than 512 octets or a known network's has another length.
 */
export function decodeAddrv2(payload: Uint8Array): Gossip {
  const reader = new Reader(payload);
  const count = readCompactSize(reader, MAX_ADDR_ENTRIES, "count", "flooding");
  const entries: Hearsay[] = [];
  for (let i = 0; i < count; i++) {
    const time = reader.u32le("time");
    const services = servicesHex(readCompactSize64(reader, "services"));
    const network = reader.u8("network");
    const length = readCompactSize(reader, BITCOIN_LIMITS.addrv2Address, "address length");
    if (length !== (ADDRESS_LENGTH.get(network) ?? length)) throw new WireError("address length", "is not that of its network");
    const octets = reader.bytes(length, "address");
    const address = readAddress(network, octets, reader.u16be("port"));
    if (address !== undefined) entries.push({ address, services, time });
  }
  return { count, entries };
}

function readAddress(network: number, octets: Uint8Array, port: number): PeerAddress | undefined {
  switch (network) {
    case IPV4:
      return ipAddress(octets, port);
    case IPV6:
      // fc00::/8 under this id is a private address, not a CJDNS one.
      return isIpv4Mapped(octets) || startsWith(octets, ONION_CAT) || octets[0] === 0xfc ? undefined : ipAddress(octets, port);
    case TOR_V3:
      return { family: "onion", host: onionHost(octets), port };
    case I2P:
      return { family: "i2p", host: i2pHost(octets), port };
    case CJDNS:
      return octets[0] === 0xfc ? ipAddress(octets, port) : undefined;
    default:
      return undefined;
  }
}

function startsWith(octets: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((octet, i) => octets[i] === octet);
}

/** Encodes any number of entries; a test's misbehaving peer may send more than the 1,000 allowed. Throws `WireError` for a host that is none. */
export function encodeAddrv2(entries: readonly Hearsay[]): Uint8Array {
  const writer = new Writer();
  writeCompactSize(writer, entries.length, "count");
  for (const { address, services, time } of entries) {
    const [network, octets] = addressOctets(address);
    writer.u32le(time, "time");
    writeCompactSize(writer, servicesBits(services), "services");
    writer.u8(network, "network");
    writeCompactSize(writer, octets.length, "address length");
    writer.bytes(octets).u16be(address.port, "port");
  }
  return writer.finish();
}

function addressOctets(address: PeerAddress): [network: number, octets: Uint8Array] {
  if (address.family === "onion") return [TOR_V3, onionKey(address.host)];
  if (address.family === "i2p") return [I2P, i2pHash(address.host)];
  const octets = hostOctets(address);
  if (octets === undefined) throw new WireError("host", "is not an IP address");
  return [{ ipv4: IPV4, ipv6: IPV6, cjdns: CJDNS }[address.family], octets];
}
