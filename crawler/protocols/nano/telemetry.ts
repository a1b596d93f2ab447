/** `telemetry_ack`: what a node says of itself, signed (nano-node nano/node/messages.cpp, telemetry_data). Nodes send it to all their channels each minute. */
import { concatBytes } from "@noble/hashes/utils.js";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { NODE_ID_LENGTH, sign, SIGNATURE_LENGTH, verify } from "./signature.ts";

export interface TelemetryData {
  readonly nodeId: Uint8Array;
  readonly blockCount: bigint;
  /** Blocks that are final: as near to a height as a lattice of chains has. */
  readonly cementedCount: bigint;
  readonly uncheckedCount: bigint;
  readonly accountCount: bigint;
  /** Octets a second; 0 for no limit. */
  readonly bandwidthCap: bigint;
  readonly peerCount: number;
  readonly protocolVersion: number;
  /** Seconds. */
  readonly uptime: bigint;
  readonly genesis: Uint8Array;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** 99 for a release. */
  readonly preRelease: number;
  /** Who made the software: 0 for nano-node. */
  readonly maker: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  readonly activeDifficulty: bigint;
}

export interface Telemetry extends TelemetryData {
  readonly signature: Uint8Array;
  /** What the signature is over: everything after it, fields that are not known yet included. */
  readonly signed: Uint8Array;
}

const GENESIS_LENGTH = 32;

/** Decodes a payload; undefined for an empty one, by which a node says that it tells nothing. Octets after the last known field are ignored. Throws `WireError`. */
export function decodeTelemetry(payload: Uint8Array): Telemetry | undefined {
  if (payload.length === 0) return undefined;
  const reader = new Reader(payload);
  const signature = reader.bytes(SIGNATURE_LENGTH, "signature");
  return {
    signature,
    signed: payload.subarray(SIGNATURE_LENGTH),
    nodeId: reader.bytes(NODE_ID_LENGTH, "node id"),
    blockCount: reader.u64be("block count"),
    cementedCount: reader.u64be("cemented count"),
    uncheckedCount: reader.u64be("unchecked count"),
    accountCount: reader.u64be("account count"),
    bandwidthCap: reader.u64be("bandwidth cap"),
    peerCount: reader.u32be("peer count"),
    protocolVersion: reader.u8("protocol version"),
    uptime: reader.u64be("uptime"),
    genesis: reader.bytes(GENESIS_LENGTH, "genesis"),
    major: reader.u8("major"),
    minor: reader.u8("minor"),
    patch: reader.u8("patch"),
    preRelease: reader.u8("pre-release"),
    maker: reader.u8("maker"),
    timestamp: reader.u64be("timestamp"),
    activeDifficulty: reader.u64be("active difficulty"),
  };
}

/** The signed payload of 202 octets. Throws `WireError` for a value that its field cannot hold. */
export function encodeTelemetry(data: TelemetryData, secret: Uint8Array): Uint8Array {
  const signed = new Writer()
    .bytes(data.nodeId)
    .u64be(data.blockCount, "block count")
    .u64be(data.cementedCount, "cemented count")
    .u64be(data.uncheckedCount, "unchecked count")
    .u64be(data.accountCount, "account count")
    .u64be(data.bandwidthCap, "bandwidth cap")
    .u32be(data.peerCount, "peer count")
    .u8(data.protocolVersion, "protocol version")
    .u64be(data.uptime, "uptime")
    .bytes(data.genesis)
    .u8(data.major, "major")
    .u8(data.minor, "minor")
    .u8(data.patch, "patch")
    .u8(data.preRelease, "pre-release")
    .u8(data.maker, "maker")
    .u64be(data.timestamp, "timestamp")
    .u64be(data.activeDifficulty, "active difficulty")
    .finish();
  return concatBytes(sign(signed, secret), signed);
}

/** Whether the node that the telemetry names signed it. */
export const isSigned = ({ signature, signed, nodeId }: Telemetry): boolean => verify(signature, signed, nodeId);
