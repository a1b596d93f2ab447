/**
 * An honest node's side of a conversation, as nano-node's (nano/node/transport/tcp_server.cpp, nano/node/network.cpp): it answers one query, wants its
 * own answered within the life of its cookie, and hangs up without a word on whatever is wrong. A manner changes a detail for the less usual nodes.
 */
import { equalBytes } from "@noble/curves/utils.js";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { PeerAddress } from "../../../schema/address.ts";
import {
  COOKIE_LENGTH,
  decodeHandshake,
  encodeHandshake,
  isProof,
  respond,
  SALT_LENGTH,
  type Handshake,
} from "../../protocols/nano/handshake.ts";
import { encodeMessage, NANO_TYPE, type NanoWire } from "../../protocols/nano/header.ts";
import { encodeKeepalive, KEEPALIVE_SLOTS, type Keepalive } from "../../protocols/nano/keepalive.ts";
import { MessageReader, type Message } from "../../protocols/nano/messages.ts";
import { nodeIdOf } from "../../protocols/nano/signature.ts";
import { WireError } from "../../protocols/wire-error.ts";
import { drip } from "../faults.ts";
import { telemetry, traffic } from "./messages.ts";
import { randomOctets, secretOf, type NanoVisit } from "./visit.ts";

/** How a node differs from an honest one. */
export interface Manner {
  /** Milliseconds by which it handles every message late. */
  readonly delayMs?: number;
  /** Knows nothing of V2. */
  readonly isV1?: boolean;
  /** Has just been started: its first keepalive names nobody, the second comes after so many milliseconds. */
  readonly lonelyMs?: number;
  /** Whom its keepalives name, at most so many. */
  readonly tell?: (most: number) => readonly PeerAddress[];
  /** Sends keepalives without end. */
  readonly floods?: boolean;
  /** The network id of all that it says. */
  readonly networkId?: string;
  /** The genesis block that it swears by. */
  readonly genesis?: string;
  /** Signs something else than the caller's cookie. */
  readonly forges?: boolean;
  /** Sends its answer one octet at a time. */
  readonly drips?: boolean;
}

/** A cookie is forgotten after this time (SYN_COOKIE_CUTOFF). */
export const COOKIE_MS = 5_000;
/** A caller that does not become a channel is hung up on after this time. */
export const SILENT_MS = 120_000;
/** Between two keepalives to a channel. */
const KEEPALIVE_MS = 15_000;
/** The slots that a node's own port leaves. */
const SLOTS_BESIDE_OWN = KEEPALIVE_SLOTS - 2;

/** Talks as an honest node until either side hangs up. */
export function converse(visit: NanoVisit, manner: Manner = {}): void {
  const { line, network } = visit;
  const messages = new MessageReader(network.wire.networkId);
  const talk = new Talk(visit, manner);
  const guarded = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      line.hangUp();
    }
  };
  const { delayMs = 0 } = manner;
  line.onData((bytes) =>
    guarded(() => {
      for (const message of messages.push(bytes)) {
        if (delayMs > 0) line.after(delayMs, () => guarded(() => talk.handle(message)));
        else talk.handle(message);
      }
    }),
  );
  line.after(SILENT_MS, () => talk.expire());
}

class Talk {
  readonly #visit: NanoVisit;
  readonly #manner: Manner;
  readonly #wire: NanoWire;
  /** What the caller has to do next; `channel` where it has proved itself, `too-late` where it can do so no more. */
  #stage: "query" | "response" | "channel" | "too-late" = "query";
  #cookie: Uint8Array = new Uint8Array(0);

  constructor(visit: NanoVisit, manner: Manner) {
    const { node, network } = visit;
    this.#visit = visit;
    this.#manner = manner;
    const versionMin = Math.min(network.wire.versionMin, node.version);
    const networkId = manner.networkId ?? network.wire.networkId;
    this.#wire = { ...network.wire, networkId, versionMax: node.version, versionUsing: node.version, versionMin };
  }

  handle({ header, payload }: Message): void {
    const { line, network } = this.#visit;
    if (header.versionUsing < network.wire.versionMin) return line.hangUp();
    if ((header.type === NANO_TYPE.handshake) === (this.#stage === "channel")) return line.hangUp(); // once, and first of all
    if (this.#stage === "channel") return; // its keepalives and telemetry get no answer
    const handshake = decodeHandshake(header.extensions, payload);
    if (this.#stage === "query") this.#answer(handshake);
    else if (this.#stage === "response" && this.#isProved(handshake)) this.#open();
    else line.hangUp();
  }

  /** Hangs up on a caller that has still not proved itself. */
  expire(): void {
    if (this.#stage !== "channel") this.#visit.line.hangUp();
  }

  /** The caller's query, and nothing but a query: our own, and our response. For a caller that wants no peers this is the whole handshake. */
  #answer({ cookie, response, understandsV2 }: Handshake): void {
    const { node, line, world } = this.#visit;
    if (cookie === undefined || response !== undefined) return line.hangUp();
    const { isV1 = false, genesis = this.#wire.genesis, forges = false, drips = false } = this.#manner;
    const isV2 = understandsV2 && !isV1;
    const salted = { salt: randomOctets(SALT_LENGTH, world.random), genesis: hexToBytes(genesis) };
    const ours = respond(forges ? new Uint8Array(COOKIE_LENGTH) : cookie, secretOf(this.#visit), isV2 ? salted : undefined);
    this.#cookie = randomOctets(COOKIE_LENGTH, world.random);
    const answer = encodeHandshake(this.#wire, { cookie: this.#cookie, response: ours, understandsV2: isV2 });
    if (drips) drip(this.#visit, answer);
    else line.send(answer);
    this.#stage = "response";
    line.after(COOKIE_MS, () => (this.#stage = this.#stage === "response" ? "too-late" : this.#stage));
    world.census.handshake(node);
  }

  /** Not ours by mistake, of our genesis, without a second query, and signed. */
  #isProved({ cookie, response }: Handshake): boolean {
    if (response === undefined || cookie !== undefined) return false;
    const { nodeId, v2 } = response;
    if (equalBytes(nodeId, nodeIdOf(secretOf(this.#visit)))) return false;
    return (v2 === undefined || equalBytes(v2.genesis, hexToBytes(this.#wire.genesis))) && isProof(this.#cookie, response);
  }

  /** The caller is a channel now: it hears of peers at once, and of everything else. */
  #open(): void {
    const { node, line, world } = this.#visit;
    this.#stage = "channel";
    world.census.asked(node);
    const { lonelyMs, floods = false } = this.#manner;
    const greet = (): void => this.#keepalive({ ownPort: node.address.port, peers: this.#peers(SLOTS_BESIDE_OWN) });
    if (lonelyMs === undefined) greet();
    else {
      this.#keepalive({ ownPort: node.address.port, peers: [] });
      line.after(lonelyMs, greet);
    }
    for (const message of traffic(this.#visit, this.#wire)) line.send(message);
    if (floods) {
      const flood = this.#encode({ ownPort: undefined, peers: this.#peers(KEEPALIVE_SLOTS) });
      line.pour(() => flood);
    }
    // All nodes send it each minute, by clocks of their own.
    line.after(world.random() * world.config.announceMs, () => line.send(telemetry(this.#visit, this.#wire)));
    this.#keepAlive();
  }

  #keepAlive(): void {
    this.#visit.line.after(KEEPALIVE_MS, () => {
      this.#keepalive({ ownPort: undefined, peers: this.#peers(KEEPALIVE_SLOTS) });
      this.#keepAlive();
    });
  }

  #peers(most: number): readonly PeerAddress[] {
    const { node, world } = this.#visit;
    const { tell = (count) => world.gossip.handful(node, count, world.census.calls(node), world.random) } = this.#manner;
    return tell(most);
  }

  #keepalive(keepalive: Keepalive): void {
    this.#visit.line.send(this.#encode(keepalive));
  }

  #encode(keepalive: Keepalive): Uint8Array {
    return encodeMessage(this.#wire, NANO_TYPE.keepalive, 0, encodeKeepalive(keepalive));
  }
}
