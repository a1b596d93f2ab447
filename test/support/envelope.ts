/** Arbitrary values of the messages that families in Bitcoin's envelope share, for property tests. */
import * as fc from "fast-check";
import type { Endpoint, VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import type { Hearsay } from "../../crawler/protocols/session.ts";
import type { PeerAddress } from "../../schema/address.ts";
import { ipAddresses } from "./addresses.ts";

const services = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16));

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
