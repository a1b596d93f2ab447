/** From a node's personality to what it does on a connection. Where there are two ways to be bad in the same manner, a node's index decides. */
import type { Duplex } from "node:stream";
import { NODE_TYPES } from "../../protocols/chia/handshake.ts";
import { dead, garbage, silent } from "../faults.ts";
import type { Personality } from "../personalities.ts";
import { unixSeconds } from "../visit.ts";
import { Dripping } from "./dripping.ts";
import { converse } from "./honest.ts";
import type { ChiaVisit } from "./visit.ts";

/** Nodes whose only fault is what the population says of them, or when they are there, converse as faithful ones do. */
const BEHAVIOURS: Readonly<Record<Personality, (visit: ChiaVisit) => void>> = {
  faithful: converse,
  slow: (visit) => converse(visit, { delayMs: visit.world.config.slowMs }),
  legacy: converse, // speaks an older version; Chia's nodes never had a timer for gossip
  announcer: (visit) => converse(visit, { announces: true, answerMs: visit.world.config.announceMs }),
  liar: (visit) => converse(visit, { tell: () => visit.world.gossip.lie(visit.node, unixSeconds(visit.world)) }),
  flooder,
  churner: converse,
  dead,
  absent: dead, // where a node must have a listener all the same
  silent,
  "wrong-magic": wrongNetwork,
  "old-version": converse,
  "missing-services": missingServices,
  stuck: converse,
  dripper: (visit) => converse(visit, { transport: new Dripping(visit.line, visit.world.config.dripMs) }),
  garbage,
};

/** Lets the called node act. Returns at once; the conversation goes on with the connection's events. */
export function behave(visit: ChiaVisit): void {
  BEHAVIOURS[visit.node.personality](visit);
}

const isOdd = ({ node }: ChiaVisit): boolean => node.index % 2 === 1;

/** Answers request_peers with more entries than the protocol allows, or with a message that takes forever. */
function flooder(visit: ChiaVisit): void {
  const { node, line, world } = visit;
  if (isOdd(visit)) converse(visit, { misbehave: (transport) => pourFrame(transport, (action) => line.after(POUR_PAUSE_MS, action)) });
  else converse(visit, { tell: () => world.gossip.flood(node, unixSeconds(world)) });
}

/** Hangs up on the caller's network id as Chia's nodes do, or answers with its own. */
function wrongNetwork(visit: ChiaVisit): void {
  const networkId = `not-${visit.network.wire.networkId}`;
  if (isOdd(visit)) converse(visit, { handshake: { networkId } });
  else converse({ ...visit, network: { ...visit.network, wire: { ...visit.network.wire, networkId } } });
}

/** A harvester, which serves nobody, or a full node without the capabilities asked for. */
function missingServices(visit: ChiaVisit): void {
  converse(visit, isOdd(visit) ? { handshake: { nodeType: NODE_TYPES.harvester } } : {});
}

/** The octets of one message that a flooder sends, a thousand times those of an honest answer, and how. */
const FRAME_OCTETS = 50_000_000;
const CHUNK = new Uint8Array(16 * 1024);
const POUR_PAUSE_MS = 10;

/** One binary frame of 50 MB, for as long as the caller reads it, with pauses, so that nobody else has to wait. */
function pourFrame(transport: Duplex, pause: (action: () => void) => void): void {
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0x827f); // final, binary, unmasked, length in 64 bits
  header.writeBigUInt64BE(BigInt(FRAME_OCTETS), 2);
  transport.write(header);
  let left = FRAME_OCTETS;
  const fill = (): void => {
    while (left > 0 && transport.writable) {
      const chunk = CHUNK.subarray(0, left);
      left -= chunk.length;
      if (!transport.write(chunk)) return;
    }
  };
  transport.on("drain", () => pause(fill));
  fill();
}
