/** What Nano nodes send of their own accord once a caller has proved itself. */
import type { NanoWire } from "../../protocols/nano/header.ts";
import { encodeMessage, NANO_TYPE } from "../../protocols/nano/header.ts";
import { nodeIdOf } from "../../protocols/nano/signature.ts";
import { encodeTelemetry } from "../../protocols/nano/telemetry.ts";
import { hexToBytes } from "@noble/hashes/utils.js";
import { randomOctets, secretOf, type NanoVisit } from "./visit.ts";

/** Extensions of a question about one block: a count of 1, and the type that stands for "not a block" but its hash and root. */
const ONE_HASH = 0x1100;
const HASH_AND_ROOT = 64;

/** Extensions of a block of the only type that is still made, state, and its size. */
const STATE_BLOCK = 0x0600;
const STATE_BLOCK_LENGTH = 216;

/** How many accounts and peers a node claims to know, and what it may send: as much as a node of the live network. */
const ACCOUNTS = 40_000_000n;
const PEERS = 250;
const BANDWIDTH = 10_485_760n;
const RELEASE = 99;
const DIFFICULTY = 0xffff_fff8_0000_0000n;
const DAY_SECONDS = 86_400n;

/** What no crawler asked for: a question to find out whether the caller is a representative, and a block. */
export function traffic({ world }: NanoVisit, wire: NanoWire): Uint8Array[] {
  return [
    encodeMessage(wire, NANO_TYPE.confirmReq, ONE_HASH, randomOctets(HASH_AND_ROOT, world.random)),
    encodeMessage(wire, NANO_TYPE.publish, STATE_BLOCK, randomOctets(STATE_BLOCK_LENGTH, world.random)),
  ];
}

/** A node's signed account of itself. */
export function telemetry(visit: NanoVisit, wire: NanoWire): Uint8Array {
  const { node, world, network } = visit;
  const secret = secretOf(visit);
  const [major = 0, minor = 0, patch = 0] = Array.from(node.agent.matchAll(/\d+/g), ([number]) => Number(number));
  const cementedCount = BigInt(world.height(node));
  const payload = encodeTelemetry(
    {
      nodeId: nodeIdOf(secret),
      blockCount: cementedCount + 1n,
      cementedCount,
      uncheckedCount: 0n,
      accountCount: ACCOUNTS,
      bandwidthCap: BANDWIDTH,
      peerCount: PEERS,
      protocolVersion: node.version,
      uptime: DAY_SECONDS + BigInt(node.index),
      genesis: hexToBytes(network.wire.genesis),
      major,
      minor,
      patch,
      preRelease: RELEASE,
      maker: 0,
      timestamp: BigInt(Math.trunc(world.now())),
      activeDifficulty: DIFFICULTY,
    },
    secret,
  );
  return encodeMessage(wire, NANO_TYPE.telemetryAck, payload.length, payload);
}
