/** Arbitrary values of the Bitcoin family's messages, for property tests. */
import * as fc from "fast-check";
import { ipAddress, type PeerAddress } from "../../schema/address.ts";
import type { Endpoint, VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import type { Hearsay } from "../../crawler/protocols/session.ts";
import { i2pHost, onionHost } from "../../crawler/protocols/overlay.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const port = fc.integer({ min: 0, max: 65535 });
const services = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16));

/** IP addresses as `addr` carries them: no CJDNS, which only `addrv2` can name. */
export const ipAddresses: fc.Arbitrary<PeerAddress> = fc
  .tuple(fc.oneof(octets(4), octets(16)), port)
  .map(([host, number]) => ipAddress(host, number))
  .filter(({ family }) => family !== "cjdns");

const cjdnsAddresses = fc.tuple(octets(15), port).map(([host, number]) => ipAddress(Uint8Array.of(0xfc, ...host), number));
const onionAddresses = fc
  .tuple(octets(32), port)
  .map(([key, number]): PeerAddress => ({ family: "onion", host: onionHost(key), port: number }));
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

/** Gossip of at most `most` entries with the given addresses. */
export function gossip(addresses: fc.Arbitrary<PeerAddress>, most = 20): fc.Arbitrary<Hearsay[]> {
  const time = fc.integer({ min: 0, max: 0xffff_ffff });
  return fc.array(fc.record({ address: addresses, services, time }), { maxLength: most });
}

const endpoints: fc.Arbitrary<Endpoint> = fc.record({ services, address: ipAddresses });

const wholeVersions = fc.record({
  version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  services,
  timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  receiver: endpoints,
  sender: endpoints,
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  userAgent: fc.uint8Array({ maxLength: 256 }).map((bytes) => String.fromCharCode(...bytes)),
  startHeight: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  relay: fc.boolean(),
});

/** `version` messages that end after any of the optional fields. */
export const versions: fc.Arbitrary<VersionMessage> = fc.tuple(wholeVersions, fc.integer({ min: 0, max: 4 })).map(endEarly);

function endEarly([whole, missing]: [VersionMessage, number]): VersionMessage {
  const message: { -readonly [K in keyof VersionMessage]: VersionMessage[K] } = { ...whole };
  if (missing > 0) delete message.relay;
  if (missing > 1) delete message.startHeight;
  if (missing > 2) delete message.userAgent;
  if (missing > 3) {
    delete message.sender;
    delete message.nonce;
  }
  return message;
}

/** The same octets in arbitrary pieces, in order. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const next = at + Math.max(1, lengths[i % Math.max(1, lengths.length)] ?? bytes.length);
    pieces.push(bytes.subarray(at, next));
    at = next;
  }
  return pieces;
}
