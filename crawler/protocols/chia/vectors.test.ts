/** Frames made apart from this codec, one of them by Chia's Rust client, and data from upstream's own tests. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { CAPTURED_HANDSHAKES, FRAME_VECTORS, frameVector, UPSTREAM_DATA } from "../../../test/support/chia-vectors.ts";
import { decodeError, encodeError } from "./error.ts";
import { decodeHandshake, encodeHandshake, NODE_TYPES, offered, type Handshake } from "./handshake.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES } from "./message.ts";
import { decodePeers, encodePeers, type TimestampedPeer } from "./peers.ts";

const WALLET: Handshake = {
  networkId: "mainnet",
  protocolVersion: "0.0.38",
  softwareVersion: "2.7.3",
  serverPort: 0,
  nodeType: NODE_TYPES.wallet,
  capabilities: offered([1, 2, 3]),
};

const FULL_NODE: Handshake = {
  ...WALLET,
  protocolVersion: "0.0.36",
  serverPort: 8444,
  nodeType: NODE_TYPES.fullNode,
  capabilities: offered([1, 2, 3, 5]),
};

it.each(FRAME_VECTORS.map((frame) => [bytesToHex(frame), frame] as const))("%s is its own inverse", (_, frame) => {
  expect(encodeMessage(decodeMessage(frame))).toEqual(frame);
});

describe("handshakes", () => {
  it.each([
    ["handshake_wallet", WALLET],
    ["handshake_wallet_hf2", { ...WALLET, capabilities: offered([1, 2, 3, 6]) }],
    ["handshake_fullnode", FULL_NODE],
  ])("%s", (name, handshake) => {
    const { type, id, data } = decodeMessage(frameVector(name));
    expect([type, id]).toEqual([MESSAGE_TYPES.handshake, undefined]);
    expect(decodeHandshake(data)).toEqual(handshake);
    expect(encodeHandshake(handshake)).toEqual(data);
  });

  it.each(CAPTURED_HANDSHAKES)("$source", ({ hex, decoded }) => {
    const { data } = decodeMessage(hex);
    const handshake = {
      networkId: decoded.network_id,
      protocolVersion: decoded.protocol_version,
      softwareVersion: decoded.software_version,
      serverPort: decoded.server_port,
      nodeType: decoded.node_type,
      capabilities: decoded.capabilities,
    };
    expect(decodeHandshake(data)).toEqual(handshake);
    expect(encodeHandshake(handshake)).toEqual(data);
  });
});

const one = (host: string, port: number, timestamp: bigint): TimestampedPeer[] => [{ host, port, timestamp }];

describe("peers", () => {
  const two = [...one("203.0.113.7", 8444, 1_700_000_000n), ...one("2001:db8::1", 8444, 1_699_990_000n)];
  it.each([
    ["respond_peers_1", MESSAGE_TYPES.respondPeers, 0, one("127.0.0.1", 8444, 10_796n)],
    ["respond_peers_2", MESSAGE_TYPES.respondPeers, 0, two],
    ["respond_peers_empty", MESSAGE_TYPES.respondPeers, 7, []],
    ["respond_peers_introducer", MESSAGE_TYPES.respondPeersIntroducer, undefined, one("127.0.0.1", 49_878, 15_079_028_934_557_257_795n)],
  ])("%s", (name, type, id, peers) => {
    const message = decodeMessage(frameVector(name));
    expect([message.type, message.id]).toEqual([type, id]);
    expect(decodePeers(message.data)).toEqual(peers);
    expect(encodePeers(peers)).toEqual(message.data);
  });

  it.each(["respond_peers", "respond_peers_introducer"])("%s of upstream's tests", (name) => {
    const data = UPSTREAM_DATA.get(name)!;
    expect(encodePeers(decodePeers(data))).toEqual(data);
  });
});

it.each([
  ["request_peers", { type: MESSAGE_TYPES.requestPeers, id: 0 }],
  ["request_peers_noid", { type: MESSAGE_TYPES.requestPeers }],
  ["request_peers_introducer", { type: MESSAGE_TYPES.requestPeersIntroducer }],
])("%s carries nothing", (name, message) => {
  expect(decodeMessage(frameVector(name))).toEqual({ ...message, data: new Uint8Array(0) });
});

describe("errors", () => {
  it.each([
    ["error_without_data", { code: 1, message: "Unknown" }],
    ["error_with_data", { code: 1, message: "Unknown", data: new TextEncoder().encode("extra data") }],
  ])("%s of upstream's tests", (name, error) => {
    const data = UPSTREAM_DATA.get(name)!;
    expect(decodeError(data)).toEqual(error);
    expect(encodeError(error)).toEqual(data);
  });
});
