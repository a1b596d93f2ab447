/** The `handshake` message and what it says in the words of `Evidence` (chia/protocols/shared_protocol.py). */
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { CHIA_LIMITS } from "./limits.ts";
import { readList, readText, writeText } from "./streamable.ts";

/** What a node is (NodeType in chia/protocols/outbound_message.py). */
export const NODE_TYPES = { fullNode: 1, harvester: 2, introducer: 5, wallet: 6 } as const;

/** An id and its state; "1" means offered, and anything else that it is not. */
export type Capability = readonly [id: number, state: string];

export interface Handshake {
  readonly networkId: string;
  /** Three numbers: "0.0.36". A node states the version that it speaks with the caller's kind of node. */
  readonly protocolVersion: string;
  /** Unchecked: clean it before showing it. */
  readonly softwareVersion: string;
  /** Where it listens; 0 for who does not. */
  readonly serverPort: number;
  /** One of `NODE_TYPES`, or a kind that we do not know. */
  readonly nodeType: number;
  readonly capabilities: readonly Capability[];
}

/** Decodes a handshake's data, all of it. Throws `WireError`. */
export function decodeHandshake(data: Uint8Array): Handshake {
  const reader = new Reader(data);
  const handshake: Handshake = {
    networkId: readText(reader, CHIA_LIMITS.text, "network id"),
    protocolVersion: readText(reader, CHIA_LIMITS.text, "protocol version"),
    softwareVersion: readText(reader, CHIA_LIMITS.text, "software version"),
    serverPort: reader.u16be("server port"),
    nodeType: reader.u8("node type"),
    capabilities: readList(reader, CHIA_LIMITS.capabilities, "capabilities", (): Capability => {
      const id = reader.u16be("capability");
      return [id, readText(reader, CHIA_LIMITS.capabilityState, "capability")];
    }),
  };
  reader.end("handshake");
  return handshake;
}

/** Encodes a handshake's data. Throws `WireError` for numbers that do not fit. */
export function encodeHandshake(handshake: Handshake): Uint8Array {
  const writer = new Writer();
  writeText(writer, handshake.networkId, "network id");
  writeText(writer, handshake.protocolVersion, "protocol version");
  writeText(writer, handshake.softwareVersion, "software version");
  writer.u16be(handshake.serverPort, "server port").u8(handshake.nodeType, "node type");
  writer.u32be(handshake.capabilities.length, "capabilities");
  for (const [id, state] of handshake.capabilities) {
    writer.u16be(id, "capability");
    writeText(writer, state, "capability");
  }
  return writer.finish();
}

/** Capabilities of these ids, each offered. */
export const offered = (ids: readonly number[]): Capability[] => ids.map((id) => [id, "1"]);

/** The offered capabilities as service bits: id 1 is bit 0. Ids above 64 have no bit. */
export function capabilityServices(capabilities: readonly Capability[]): string {
  let bits = 0n;
  for (const [id, state] of capabilities) {
    if (state === "1" && id >= 1 && id <= 64) bits |= 1n << BigInt(id - 1);
  }
  return bits.toString(16);
}

/** The capability ids that service bits (hex) stand for; the inverse of `capabilityServices`. */
export function serviceCapabilities(services: string): Capability[] {
  const bits = BigInt(`0x${services}`);
  return offered(Array.from({ length: 64 }, (_, i) => i + 1).filter((id) => (bits >> BigInt(id - 1)) & 1n));
}

const VERSION = /^(\d{1,5})\.(\d{1,3})\.(\d{1,3})$/;

/** A version "a.b.c" as a·65536 + b·256 + c, so that numbers compare as versions do; 0 for any other text. */
export function versionNumber(text: string): number {
  const match = VERSION.exec(text);
  if (match === null) return 0;
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
  return major <= MAX_MAJOR && minor <= 255 && patch <= 255 ? major * 65_536 + minor * 256 + patch : 0;
}

/** Reports hold versions of 31 bits. */
const MAX_MAJOR = 0x7fff;

/** The inverse of `versionNumber`. */
export const versionText = (version: number): string => `${version >> 16}.${(version >> 8) & 255}.${version & 255}`;
