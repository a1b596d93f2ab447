/**
 * An honest full node's side of a conversation (chia/server/ws_connection.py, chia/full_node/full_node.py): its handshake only after the caller's, its
 * peak unasked, an answer to every request_peers. A manner changes a detail for the less usual nodes.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { ERROR_CLOSE_CODE, ERRORS } from "../../protocols/chia/error.ts";
import {
  decodeHandshake,
  encodeHandshake,
  NODE_TYPES,
  serviceCapabilities,
  versionNumber,
  versionText,
  type Handshake,
} from "../../protocols/chia/handshake.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES, type Message } from "../../protocols/chia/message.ts";
import { encodePeak } from "../../protocols/chia/peak.ts";
import { encodePeers } from "../../protocols/chia/peers.ts";
import type { Hearsay } from "../../protocols/session.ts";
import { WireError } from "../../protocols/wire-error.ts";
import { MAX_UNSENT_OCTETS } from "../line.ts";
import { unixSeconds } from "../visit.ts";
import type { ChiaVisit } from "./visit.ts";

/** How a node differs from Chia's own. */
export interface Manner {
  /** What the connection runs on, where it is not the line itself. */
  readonly transport?: Duplex;
  /** Milliseconds by which it handles every message late. */
  readonly delayMs?: number;
  /** Tells its own address, alone, right after the handshake. */
  readonly announces?: boolean;
  /** Milliseconds from request_peers to its answer. */
  readonly answerMs?: number;
  /** What it says of itself, beside what the population says. */
  readonly handshake?: Partial<Handshake>;
  /** What it answers to request_peers. */
  readonly tell?: () => readonly Hearsay[];
  /** What it does at request_peers instead of answering. */
  readonly misbehave?: (transport: Duplex) => void;
}

/** A handshake takes at most this long, TLS included (chia/server/server.py). */
export const HANDSHAKE_MS = 30_000;

/** So many request_peers a minute; one more costs the connection (chia/server/rate_limit_numbers.py). */
export const MAX_REQUESTS = 10;
const MINUTE_MS = 60_000;

/** Weight grows with every block; how fast is of no matter here. */
const BLOCK_WEIGHT = 10_000n;
const HASH = new Uint8Array(32);
const NORMAL_CLOSURE = 1_000;

/** Talks as an honest node until either side hangs up. */
export function converse(visit: ChiaVisit, manner: Manner = {}): void {
  const { node, line, door } = visit;
  let talk: Talk | undefined;
  line.after(HANDSHAKE_MS, () => {
    if (talk?.isGreeted !== true) line.hangUp();
  });
  door.open(node, manner.transport ?? line.socket, (socket, transport) => {
    const started = (talk = new Talk(visit, manner, socket, transport));
    const handle = (data: unknown): void => started.handle(data instanceof Uint8Array ? data : HASH);
    const { delayMs = 0 } = manner;
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => (delayMs > 0 ? line.after(delayMs, () => handle(data)) : handle(data)));
  });
}

class Talk {
  readonly #visit: ChiaVisit;
  readonly #manner: Manner;
  readonly #socket: WebSocket;
  readonly #transport: Duplex;
  #requests: number[] = [];
  isGreeted = false;

  constructor(visit: ChiaVisit, manner: Manner, socket: WebSocket, transport: Duplex) {
    this.#visit = visit;
    this.#manner = manner;
    this.#socket = socket;
    this.#transport = transport;
  }

  handle(octets: Uint8Array): void {
    try {
      const message = decodeMessage(octets);
      if (!this.isGreeted) this.#greet(message);
      else if (message.type === MESSAGE_TYPES.requestPeers) this.#answer(message);
      else if (message.type !== MESSAGE_TYPES.respondPeers && message.type !== MESSAGE_TYPES.error) this.#close(ERRORS.unknown);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#close(this.isGreeted ? ERRORS.invalidMessage : ERRORS.invalidHandshake);
    }
  }

  #greet({ type, data }: Message): void {
    if (type !== MESSAGE_TYPES.handshake) return this.#close(ERRORS.invalidHandshake);
    const { node, network, world } = this.#visit;
    const caller = decodeHandshake(data);
    const ours = { ...this.#handshake(), ...this.#manner.handshake };
    if (caller.networkId !== network.wire.networkId) return this.#close(ERRORS.incompatibleNetwork);
    this.#send(MESSAGE_TYPES.handshake, encodeHandshake(ours));
    if (versionNumber(caller.protocolVersion) === 0) return this.#close(ERRORS.unknown);
    this.isGreeted = true;
    world.census.handshake(node);
    this.#tellPeak(caller.nodeType);
    if (this.#manner.announces === true) this.#gossip([world.gossip.announce(node, unixSeconds(world))], undefined);
  }

  #handshake(): Handshake {
    const { node, network } = this.#visit;
    return {
      networkId: network.wire.networkId,
      protocolVersion: versionText(node.version),
      softwareVersion: node.agent,
      serverPort: node.address.port,
      nodeType: NODE_TYPES.fullNode,
      capabilities: serviceCapabilities(node.services),
    };
  }

  /** A full node is told a little more than a wallet, others nothing. */
  #tellPeak(nodeType: number): void {
    const { node, world } = this.#visit;
    const height = world.height(node);
    const peak = { headerHash: HASH, height, weight: BigInt(height) * BLOCK_WEIGHT, forkPoint: height };
    if (nodeType === NODE_TYPES.wallet) this.#send(MESSAGE_TYPES.newPeakWallet, encodePeak(peak));
    else if (nodeType === NODE_TYPES.fullNode) this.#send(MESSAGE_TYPES.newPeak, encodePeak({ ...peak, unfinishedHash: HASH }));
  }

  #answer({ id }: Message): void {
    const { node, line, world } = this.#visit;
    const now = world.now();
    this.#requests = [...this.#requests.filter((time) => time > now - MINUTE_MS), now];
    if (this.#requests.length > MAX_REQUESTS) return this.#socket.close(NORMAL_CLOSURE);
    world.census.asked(node);
    const { answerMs = 0, misbehave, tell = () => world.gossip.tell(node, unixSeconds(world)) } = this.#manner;
    if (misbehave !== undefined) return misbehave(this.#transport);
    const reply = (): void => this.#gossip(tell(), id);
    if (answerMs > 0) line.after(answerMs, reply);
    else reply();
  }

  #gossip(entries: readonly Hearsay[], id: number | undefined): void {
    const peers = entries.map(({ address: { host, port }, time }) => ({ host, port, timestamp: BigInt(time) }));
    this.#send(MESSAGE_TYPES.respondPeers, encodePeers(peers), id);
  }

  #send(type: number, data: Uint8Array, id?: number): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(encodeMessage(id === undefined ? { type, data } : { type, id, data }));
    if (this.#socket.bufferedAmount > MAX_UNSENT_OCTETS) this.#visit.line.reset();
  }

  #close(error: number): void {
    this.#socket.close(ERROR_CLOSE_CODE, String(error));
  }
}
