/** Arbitrary addresses, for property tests. */
import * as fc from "fast-check";
import { i2pHost, onionHost } from "../../crawler/protocols/overlay.ts";
import { ipAddress, type PeerAddress } from "../../schema/address.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const port = fc.integer({ min: 0, max: 65535 });

/** IP addresses as `addr` carries them: no CJDNS, which only `addrv2` can name. */
export const ipAddresses: fc.Arbitrary<PeerAddress> = fc
  .tuple(fc.oneof(octets(4), octets(16)), port)
  .map(([host, number]) => ipAddress(host, number))
  .filter(({ family }) => family !== "cjdns");

export const onionAddresses = fc
  .tuple(octets(32), port)
  .map(([key, number]): PeerAddress => ({ family: "onion", host: onionHost(key), port: number }));

const cjdnsAddresses = fc.tuple(octets(15), port).map(([host, number]) => ipAddress(Uint8Array.of(0xfc, ...host), number));
const i2pAddresses = fc
  .tuple(octets(32), port)
  .map(([hash, number]): PeerAddress => ({ family: "i2p", host: i2pHost(hash), port: number }));

/** Addresses of every network that `addrv2` knows, Tor v2 in its old disguise left out. */
export const anyAddresses = fc.oneof(
  ipAddresses.filter(({ host }) => !host.startsWith("fd87:d87e:eb43:")),
  cjdnsAddresses,
  onionAddresses,
  i2pAddresses,
);
