/**
 * One conversation with a Chia node, after chia/server/ws_connection.py and chia/seeder/crawler.py: our handshake as a wallet, theirs, the peak that a full
 * node tells a wallet unasked, then `request_peers` and the answer. Each call of `receive` gets one whole WebSocket message, and each element of `send`
 * is one. As a wallet, unlike as a full node, we are not put into the peer's address book.
 */
import { hasServices, type NetworkOf } from "../../../schema/network.ts";
import { clampTime } from "../envelope/addr.ts";
import { cleanAgent } from "../envelope/version.ts";
import type { Evidence, Hearsay, Session, SessionContext, SessionEvent, Step } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { decodeError } from "./error.ts";
import { capabilityServices, decodeHandshake, encodeHandshake, NODE_TYPES, offered, versionNumber, type Handshake } from "./handshake.ts";
import { CHIA_LIMITS, CHIA_TIMEOUTS_MS } from "./limits.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES, type Message } from "./message.ts";
import { decodePeak, decodePeakWallet, type Peak } from "./peak.ts";
import { decodePeers, peerAddress, type TimestampedPeer } from "./peers.ts";

/** Whom we expect, and how it is asked for addresses. */
interface Role {
  readonly nodeType: number;
  readonly name: string;
  readonly request: number;
  readonly response: number;
  /** Ties the answer to the request; an introducer is asked without, as nodes do. */
  readonly requestId: number | undefined;
  /** Whether it has a chain whose end is worth waiting for. */
  readonly hasPeak: boolean;
}

const FULL_NODE: Role = {
  nodeType: NODE_TYPES.fullNode,
  name: "full node",
  request: MESSAGE_TYPES.requestPeers,
  response: MESSAGE_TYPES.respondPeers,
  requestId: 0,
  hasPeak: true,
};

const INTRODUCER: Role = {
  nodeType: NODE_TYPES.introducer,
  name: "introducer",
  request: MESSAGE_TYPES.requestPeersIntroducer,
  response: MESSAGE_TYPES.respondPeersIntroducer,
  requestId: undefined,
  hasPeak: false,
};

type Stage = "unopened" | "handshake" | "peak" | "peers" | "over";

const NOTHING = new Uint8Array(0);

/** A session with one full node. A node of another kind fails with `services-missing`: it has no chain to serve. */
export function createChiaSession(network: NetworkOf<"chia">, context: SessionContext): Session {
  return new ChiaSession(network, context, FULL_NODE);
}

/**
 * A session with an introducer, which knows some twenty full nodes and is none itself. Its `verified` says only that it is there; what it is for
 * comes as `hearsay`, where a time of 0 counts as now: an introducer tells of nodes that it reached lately (chia/introducer/introducer_api.py).
 */
export function createIntroducerSession(network: NetworkOf<"chia">, context: SessionContext): Session {
  return new ChiaSession(network, context, INTRODUCER);
}

class ChiaSession implements Session {
  readonly #network: NetworkOf<"chia">;
  readonly #context: SessionContext;
  readonly #role: Role;
  #stage: Stage = "unopened";
  #deadline: number | undefined;
  #evidence: Evidence | undefined;
  #messages = 0;
  #octets = 0;
  #peers = 0;
  #send: Uint8Array[] = [];
  #events: SessionEvent[] = [];

  constructor(network: NetworkOf<"chia">, context: SessionContext, role: Role) {
    this.#network = network;
    this.#context = context;
    this.#role = role;
  }

  open(now: number): Step {
    if (this.#stage !== "unopened") return this.#step();
    this.#await("handshake", now + (this.#context.waits?.handshakeMs ?? CHIA_TIMEOUTS_MS.handshake));
    this.#write({ type: MESSAGE_TYPES.handshake, data: encodeHandshake(this.#ourHandshake()) });
    return this.#step();
  }

  receive(bytes: Uint8Array, now: number): Step {
    if (this.#deadline === undefined) return this.#step();
    if (now >= this.#deadline) return this.tick(now);
    try {
      this.#count(bytes);
      this.#handle(decodeMessage(bytes), now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail(error.failure, error.message);
    }
    return this.#step();
  }

  tick(now: number): Step {
    if (this.#deadline === undefined || now < this.#deadline) return this.#step();
    if (this.#stage === "peak") this.#verify(now);
    else if (this.#stage === "peers") this.#finish();
    else this.#fail("handshake-timeout", "no handshake in time");
    return this.#step();
  }

  closed(now: number): Step {
    // A node whose slots are all taken hangs up right after its handshake: it is there all the same.
    if (this.#stage === "peak") this.#verify(now);
    this.#send = [];
    if (this.#stage !== "over") this.#fail("closed", `the peer hung up before ${this.#stage === "peers" ? "its answer" : "its handshake"}`);
    return this.#step();
  }

  #count(bytes: Uint8Array): void {
    this.#messages++;
    this.#octets += bytes.length;
    if (bytes.length > CHIA_LIMITS.message) throw new WireError("message", `at most ${CHIA_LIMITS.message} octets are allowed`, "flooding");
    if (this.#messages > CHIA_LIMITS.messages || this.#octets > CHIA_LIMITS.sessionOctets)
      throw new WireError("message", "too many are sent", "flooding");
  }

  #handle({ type, id, data }: Message, now: number): void {
    if (type === MESSAGE_TYPES.error) return this.#fail("closed", `the peer reported error ${decodeError(data).code}`);
    if (this.#stage === "handshake") {
      if (type !== MESSAGE_TYPES.handshake) throw new WireError("handshake", "does not come first");
      return this.#greet(decodeHandshake(data), now);
    }
    if (type === MESSAGE_TYPES.newPeakWallet) this.#notePeak(decodePeakWallet(data), now);
    else if (type === MESSAGE_TYPES.newPeak) this.#notePeak(decodePeak(data), now);
    else if (type === this.#role.response) this.#hear(decodePeers(data), id === this.#role.requestId);
  }

  /** Their handshake is here: judge it. */
  #greet(theirs: Handshake, now: number): void {
    const { wire, minVersion, services } = this.#network;
    if (theirs.networkId !== wire.networkId) return this.#fail("wrong-network", "the network id is another network's");
    const evidence = {
      services: capabilityServices(theirs.capabilities),
      version: versionNumber(theirs.protocolVersion),
      agent: cleanAgent(theirs.softwareVersion),
    };
    this.#evidence = evidence;
    if (theirs.nodeType !== this.#role.nodeType)
      return this.#fail("services-missing", `node type ${theirs.nodeType} is no ${this.#role.name}`);
    if (evidence.version < minVersion)
      return this.#fail("version-too-old", `version ${evidence.version}, at least ${minVersion} is needed`);
    if (!hasServices(evidence.services, services))
      return this.#fail("services-missing", `services ${evidence.services}, ${services} are needed`);
    if (this.#role.hasPeak) this.#await("peak", now + CHIA_TIMEOUTS_MS.peak);
    else this.#verify(now);
  }

  #notePeak({ height }: Peak, now: number): void {
    // Reports hold heights of 31 bits; no chain is that high.
    if (height > MAX_HEIGHT) throw new WireError("height", `at most ${MAX_HEIGHT} is allowed`);
    if (this.#stage === "peak") this.#verify(now, height);
    else this.#events.push({ type: "learned", evidence: { height } });
  }

  #verify(now: number, height?: number): void {
    const evidence = this.#evidence;
    if (evidence === undefined) return;
    this.#events.push({ type: "verified", evidence: height === undefined ? evidence : { ...evidence, height } });
    if (!this.#context.harvest) return this.#finish();
    const { request: type, requestId: id } = this.#role;
    this.#write(id === undefined ? { type, data: NOTHING } : { type, id, data: NOTHING });
    this.#await("peers", now + (this.#context.waits?.gossipMs ?? CHIA_TIMEOUTS_MS.peers));
  }

  /** Nodes also tell of single peers unasked, in the same message without an id: that is gossip too, but not the answer. */
  #hear(peers: readonly TimestampedPeer[], isReply: boolean): void {
    this.#peers += peers.length;
    if (this.#peers > CHIA_LIMITS.sessionPeers) return this.#fail("flooding", "too many peers");
    if (this.#stage !== "peers") return;
    const entries = peers.flatMap((peer) => this.#hearsay(peer));
    if (entries.length > 0) this.#events.push({ type: "hearsay", entries });
    if (isReply) this.#finish();
  }

  #hearsay(peer: TimestampedPeer): Hearsay[] {
    const address = peerAddress(peer);
    if (address === undefined || this.#network.foreignPorts.includes(address.port)) return [];
    const { unixTime } = this.#context;
    const time = this.#role === INTRODUCER && peer.timestamp === 0n ? Math.floor(unixTime) : clampTime(Number(peer.timestamp), unixTime);
    return [{ address, services: "0", time }];
  }

  /** A wallet that listens nowhere: nobody to be remembered. */
  #ourHandshake(): Handshake {
    const { networkId, protocolVersion, capabilities } = this.#network.wire;
    return {
      networkId,
      protocolVersion,
      softwareVersion: cleanAgent(this.#context.userAgent).slice(0, CHIA_LIMITS.text),
      serverPort: 0,
      nodeType: NODE_TYPES.wallet,
      capabilities: offered(capabilities),
    };
  }

  #write(message: Message): void {
    this.#send.push(encodeMessage(message));
  }

  #await(stage: Stage, deadline: number): void {
    this.#stage = stage;
    this.#deadline = deadline;
  }

  #fail(failure: Extract<SessionEvent, { type: "failed" }>["failure"], detail: string): void {
    const evidence = this.#evidence;
    this.#events.push(evidence === undefined ? { type: "failed", failure, detail } : { type: "failed", failure, detail, evidence });
    this.#end();
  }

  #finish(): void {
    this.#events.push({ type: "done" });
    this.#end();
  }

  #end(): void {
    this.#stage = "over";
    this.#deadline = undefined;
  }

  #step(): Step {
    const step = { send: this.#send, events: this.#events, deadline: this.#deadline };
    this.#send = [];
    this.#events = [];
    return step;
  }
}

const MAX_HEIGHT = 0x7fff_ffff;
