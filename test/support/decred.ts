/** Arbitrary values of Decred's messages, for property tests. */
import * as fc from "fast-check";
import type { VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import { ipAddresses, onionAddresses } from "./addresses.ts";
import { versions } from "./envelope.ts";

/** Addresses that `addrv2` can carry. */
export const decredAddresses = fc.oneof(ipAddresses, onionAddresses);

/** `version` messages whose user agent is printable ASCII. */
export const decredVersions: fc.Arbitrary<VersionMessage> = versions.map(printable);

function printable(message: VersionMessage): VersionMessage {
  const { userAgent } = message;
  return userAgent === undefined ? message : { ...message, userAgent: userAgent.replace(/[^ -~]/g, "?") };
}
