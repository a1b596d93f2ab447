/** The messages that the family shares with others, as Bitcoin Core reads them: octets after the last known field are ignored. All throw `WireError`. */
import { readAddr, type Gossip } from "../envelope/addr.ts";
import { readVersion, type VersionMessage } from "../envelope/version.ts";
import { Reader } from "../reader.ts";

export const decodeVersion = (payload: Uint8Array): VersionMessage => readVersion(new Reader(payload));

export const decodeAddr = (payload: Uint8Array): Gossip => readAddr(new Reader(payload));

/** The nonce of a `ping` or `pong`. */
export const decodeNonce = (payload: Uint8Array): bigint => new Reader(payload).u64le("nonce");
