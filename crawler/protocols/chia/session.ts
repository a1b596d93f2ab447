/**
 * One conversation with a Chia node, after chia/server/ws_connection.py and chia/seeder/crawler.py: our handshake as a wallet, theirs, the peak that a full
 * node tells a wallet unasked, then `request_peers` and the answer. Each call of `receive` gets one whole WebSocket message, and each element of `send`
 * is one. As a wallet, unlike as a full node, we are not put into the peer's address book.
 */
import type { NetworkOf } from "../../../schema/network.ts";
import { cleanAgent } from "../agent.ts";
import { clampTime } from "../hearsay-time.ts";
import { MAX_HEIGHT, type Hearsay, type Session, type SessionContext } from "../session.ts";
import { StagedSession } from "../staged-session.ts";
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

type Stage = "handshake" | "peak" | "peers";

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

class ChiaSession extends StagedSession<NetworkOf<"chia">, Stage> {
  readonly #role: Role;
  #messages = 0;
  #octets = 0;
  #peers = 0;

  constructor(network: NetworkOf<"chia">, context: SessionContext, role: Role) {
    super(network, context);
    this.#role = role;
  }

  protected override begin(now: number): void {
    this.enter("handshake", now + (this.context.waits?.handshakeMs ?? CHIA_TIMEOUTS_MS.handshake));
    this.#write({ type: MESSAGE_TYPES.handshake, data: encodeHandshake(this.#ourHandshake()) });
  }

  protected override take(bytes: Uint8Array, now: number): void {
    this.#count(bytes);
    this.#handle(decodeMessage(bytes), now);
  }

  protected override expire(now: number): void {
    if (this.stage === "peak") this.#verify(now);
    else if (this.stage === "peers") this.finish();
    else this.fail("handshake-timeout", "no handshake in time");
  }

  protected override leave(now: number): void {
    // A node whose slots are all taken hangs up right after its handshake: it is there all the same.
    if (this.stage === "peak") this.#verify(now);
  }

  #count(bytes: Uint8Array): void {
    this.#messages++;
    this.#octets += bytes.length;
    if (bytes.length > CHIA_LIMITS.message) throw new WireError("message", `at most ${CHIA_LIMITS.message} octets are allowed`, "flooding");
    if (this.#messages > CHIA_LIMITS.messages || this.#octets > CHIA_LIMITS.sessionOctets)
      throw new WireError("message", "too many are sent", "flooding");
  }

  #handle({ type, id, data }: Message, now: number): void {
    if (type === MESSAGE_TYPES.error) return this.fail("closed", `the peer reported error ${decodeError(data).code}`);
    if (this.stage === "handshake") {
      if (type !== MESSAGE_TYPES.handshake) throw new WireError("handshake", "does not come first");
      return this.#greet(decodeHandshake(data), now);
    }
    if (type === MESSAGE_TYPES.newPeakWallet) this.#notePeak(decodePeakWallet(data), now);
    else if (type === MESSAGE_TYPES.newPeak) this.#notePeak(decodePeak(data), now);
    else if (type === this.#role.response) this.#hear(decodePeers(data), id === this.#role.requestId);
  }

  /** Their handshake is here: judge it. */
  #greet(theirs: Handshake, now: number): void {
    if (theirs.networkId !== this.network.wire.networkId) return this.fail("wrong-network", "the network id is another network's");
    const evidence = {
      services: capabilityServices(theirs.capabilities),
      version: versionNumber(theirs.protocolVersion),
      agent: cleanAgent(theirs.softwareVersion),
    };
    this.evidence = evidence;
    if (theirs.nodeType !== this.#role.nodeType)
      return this.fail("services-missing", `node type ${theirs.nodeType} is no ${this.#role.name}`);
    if (!this.suffices(evidence)) return;
    if (this.#role.hasPeak) this.enter("peak", now + CHIA_TIMEOUTS_MS.peak);
    else this.#verify(now);
  }

  #notePeak({ height }: Peak, now: number): void {
    if (height > MAX_HEIGHT) throw new WireError("height", `at most ${MAX_HEIGHT} is allowed`);
    if (this.stage === "peak") this.#verify(now, height);
    else this.learn({ height });
  }

  #verify(now: number, height?: number): void {
    const evidence = this.evidence;
    if (evidence === undefined) return;
    this.verify(height === undefined ? evidence : { ...evidence, height });
    if (!this.context.harvest) return this.finish();
    const { request: type, requestId: id } = this.#role;
    this.#write(id === undefined ? { type, data: NOTHING } : { type, id, data: NOTHING });
    this.enter("peers", now + (this.context.waits?.gossipMs ?? CHIA_TIMEOUTS_MS.peers));
  }

  /** Nodes also tell of single peers unasked, in the same message without an id: that is gossip too, but not the answer. */
  #hear(peers: readonly TimestampedPeer[], isReply: boolean): void {
    this.#peers += peers.length;
    if (this.#peers > CHIA_LIMITS.sessionPeers) return this.fail("flooding", "too many peers");
    if (this.stage !== "peers") return;
    this.hear(peers.flatMap((peer) => this.#hearsay(peer)));
    if (isReply) this.finish();
  }

  #hearsay(peer: TimestampedPeer): Hearsay[] {
    const address = peerAddress(peer);
    if (address === undefined) return [];
    const { unixTime } = this.context;
    const time = this.#role === INTRODUCER && peer.timestamp === 0n ? Math.floor(unixTime) : clampTime(Number(peer.timestamp), unixTime);
    return [{ address, services: "0", time }];
  }

  /** A wallet that listens nowhere: nobody to be remembered. */
  #ourHandshake(): Handshake {
    const { networkId, protocolVersion, capabilities } = this.network.wire;
    return {
      networkId,
      protocolVersion,
      softwareVersion: cleanAgent(this.context.userAgent).slice(0, CHIA_LIMITS.text),
      serverPort: 0,
      nodeType: NODE_TYPES.wallet,
      capabilities: offered(capabilities),
    };
  }

  #write(message: Message): void {
    this.say(encodeMessage(message));
  }
}
