/** The messages that the family shares with others, read as strictly as it asks for: nothing may follow the last field. All throw `WireError`. */
import { readAddr, type Gossip } from "../envelope/addr.ts";
import { readVersion, type VersionMessage } from "../envelope/version.ts";
import { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";

/** Reads to the end of a payload. */
function whole<T>(payload: Uint8Array, read: (reader: Reader) => T): T {
  const reader = new Reader(payload);
  const value = read(reader);
  reader.end("payload");
  return value;
}

/** A `version` message (dcrd wire/msgversion.go), whose user agent is printable ASCII. */
export function decodeVersion(payload: Uint8Array): VersionMessage {
  const message = whole(payload, readVersion);
  if (!/^[ -~]*$/.test(message.userAgent ?? "")) throw new WireError("user agent", "is not printable ASCII");
  return message;
}

/** An `addr` message (dcrd wire/msgaddr.go), which only peers below version 12 send. */
export const decodeAddr = (payload: Uint8Array): Gossip => whole(payload, readAddr);

/** The nonce of a `ping` or `pong`. */
export const decodeNonce = (payload: Uint8Array): bigint => whole(payload, (reader) => reader.u64le("nonce"));
