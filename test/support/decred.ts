/** Arbitrary values of Decred's messages, for property tests. */
import * as fc from "fast-check";
import { onionHost } from "../../crawler/protocols/overlay.ts";
import type { VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import type { PeerAddress } from "../../schema/address.ts";
import { ipAddresses, versions } from "./bitcoin.ts";

const onions = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 0, max: 65535 }))
  .map(([key, port]): PeerAddress => ({ family: "onion", host: onionHost(key), port }));

/** Addresses that `addrv2` can carry. */
export const decredAddresses = fc.oneof(ipAddresses, onions);

/** `version` messages whose user agent is printable ASCII. */
export const decredVersions: fc.Arbitrary<VersionMessage> = versions.map(printable);

function printable(message: VersionMessage): VersionMessage {
  const { userAgent } = message;
  return userAgent === undefined ? message : { ...message, userAgent: userAgent.replace(/[^ -~]/g, "?") };
}
