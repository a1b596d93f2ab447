/**
 * One conversation with a node of the Bitcoin family, after Bitcoin Core's src/net_processing.cpp:
 * our `version`, theirs, `sendaddrv2` and `verack`, their `verack`, then `getaddr` and the answer.
 */
import { hasServices, type NetworkOf } from "../../../schema/network.ts";
import { Reader } from "../reader.ts";
import type { Evidence, Hearsay, Session, SessionContext, SessionEvent, Step } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { doubleSha256, encodeMessage, frameReader } from "./frame.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";
import { clampTime, type Gossip } from "../envelope/addr.ts";
import type { Checksum, FrameReader, Message } from "../envelope/frame.ts";
import { cleanAgent, encodeNonce, encodeVersion, type VersionMessage } from "../envelope/version.ts";
import { decodeAddrv2 } from "./addrv2.ts";
import { BITCOIN_LIMITS, BITCOIN_TIMEOUTS_MS } from "./limits.ts";

/** A network whose peers speak this protocol. */
export type BitcoinNetwork = NetworkOf<"bitcoin">;

/** From this version on a peer may be sent `sendaddrv2` (Core's WTXID_RELAY_VERSION) and answers `getaddr` at once. */
const MODERN_VERSION = 70_016;

/** What is waited for: `version` and `verack` are the peer's messages; `grace` is for gossip after the first answer. */
type Stage = "unopened" | "version" | "verack" | "gossip" | "grace" | "over";

const NOTHING = new Uint8Array(0);

/** A session with one peer. `checksum` may be a faster implementation than the built-in one. */
export function createBitcoinSession(network: BitcoinNetwork, context: SessionContext, checksum: Checksum = doubleSha256): Session {
  return new BitcoinSession(network, context, checksum);
}

class BitcoinSession implements Session {
  readonly #network: BitcoinNetwork;
  readonly #context: SessionContext;
  readonly #checksum: Checksum;
  readonly #frames: FrameReader;
  readonly #ownNonces: Set<bigint>;
  readonly #nonce: bigint;
  #stage: Stage = "unopened";
  #deadline: number | undefined;
  #evidence: Evidence | undefined;
  #entries = 0;
  #send: Uint8Array[] = [];
  #events: SessionEvent[] = [];

  constructor(network: BitcoinNetwork, context: SessionContext, checksum: Checksum) {
    this.#network = network;
    this.#context = context;
    this.#checksum = checksum;
    this.#ownNonces = context.ownNonces ?? new Set();
    this.#nonce = new Reader(context.random(8)).u64le("nonce");
    const skippedOctets = network.wire.maxMessage ?? BITCOIN_LIMITS.skippedOctets;
    this.#frames = frameReader(network.wire.magic, checksum, { ...BITCOIN_LIMITS, skippedOctets });
  }

  open(now: number): Step {
    if (this.#stage !== "unopened") return this.#step();
    this.#await("version", now + BITCOIN_TIMEOUTS_MS.handshake);
    this.#ownNonces.add(this.#nonce);
    this.#write("version", encodeVersion(this.#ourVersion()));
    return this.#step();
  }

  receive(bytes: Uint8Array, now: number): Step {
    if (this.#deadline === undefined) return this.#step();
    if (now >= this.#deadline) return this.tick(now);
    try {
      for (const message of this.#frames.push(bytes)) {
        this.#handle(message, now);
        if (this.#deadline === undefined) break;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail(error.failure, error.message);
    }
    return this.#step();
  }

  tick(now: number): Step {
    if (this.#deadline === undefined || now < this.#deadline) return this.#step();
    if (this.#stage === "gossip" || this.#stage === "grace") this.#finish();
    else this.#fail("handshake-timeout", `no ${this.#stage} in time`);
    return this.#step();
  }

  closed(_now: number): Step {
    if (this.#stage === "grace") this.#finish();
    else if (this.#stage !== "over") this.#fail("closed", `the peer hung up before ${this.#stage}`);
    return this.#step();
  }

  #handle({ command, payload }: Message, now: number): void {
    if (this.#stage === "version") {
      // Core ignores whatever comes before `version`, and so do we.
      if (command === "version") this.#greet(decodeVersion(payload));
      return;
    }
    if (command === "ping") this.#write("pong", encodeNonce(decodeNonce(payload)));
    else if (command === "verack" && this.#stage === "verack") this.#verify(now);
    else if (this.#stage === "verack") return;
    else if (command === "addr") this.#hear(decodeAddr(payload), now);
    else if (command === "addrv2") this.#hear(decodeAddrv2(payload), now);
  }

  /** Their version is here: judge it, and say that we are content. */
  #greet(theirs: VersionMessage): void {
    const { wire, minVersion, services } = this.#network;
    if (theirs.nonce !== undefined && this.#ownNonces.has(theirs.nonce)) return this.#fail("self", "the nonce is one of ours");
    this.#evidence = {
      services: theirs.services,
      version: Math.max(0, theirs.version),
      agent: cleanAgent(theirs.userAgent ?? ""),
      height: Math.max(0, theirs.startHeight ?? 0),
    };
    if (theirs.version < minVersion) return this.#fail("version-too-old", `version ${theirs.version}, at least ${minVersion} is needed`);
    if (!hasServices(theirs.services, services))
      return this.#fail("services-missing", `services ${theirs.services}, ${services} are needed`);
    const modern = Math.min(theirs.version, wire.protocolVersion) >= MODERN_VERSION;
    // BIP155: after their version, before our verack. Later it costs the connection.
    if (wire.addrv2 && modern) this.#write("sendaddrv2", NOTHING);
    this.#write("verack", NOTHING);
    this.#stage = "verack";
  }

  #verify(now: number): void {
    const evidence = this.#evidence;
    if (evidence === undefined) return;
    this.#events.push({ type: "verified", evidence });
    if (!this.#context.harvest) return this.#finish();
    // Not before both veracks: Core would ignore it, not queue it.
    this.#write("getaddr", NOTHING);
    const wait = evidence.version >= MODERN_VERSION ? BITCOIN_TIMEOUTS_MS.gossip : BITCOIN_TIMEOUTS_MS.gossipOld;
    this.#await("gossip", now + (this.#network.wire.gossipWaitMs ?? wait));
  }

  #hear(gossip: Gossip, now: number): void {
    this.#entries += gossip.count;
    if (this.#entries > BITCOIN_LIMITS.sessionEntries) return this.#fail("flooding", "too many gossip entries");
    const entries = gossip.entries.filter(({ address }) => this.#isDialable(address)).map((entry) => this.#clamp(entry));
    if (entries.length > 0) this.#events.push({ type: "hearsay", entries });
    // A lone entry is the peer announcing itself unasked, not the answer (sipa's seeder and Core's addrfetch decide alike).
    if (gossip.count > 1 && this.#stage === "gossip") this.#await("grace", now + BITCOIN_TIMEOUTS_MS.grace);
  }

  #isDialable({ port, family }: Hearsay["address"]): boolean {
    return (port !== 0 || family === "i2p") && !this.#network.foreignPorts.includes(port);
  }

  #clamp(entry: Hearsay): Hearsay {
    return { ...entry, time: clampTime(entry.time, this.#context.unixTime) };
  }

  /** Offers no services, no height, no relay and no address of ours: we are nobody to be remembered. */
  #ourVersion(): VersionMessage {
    const { target, unixTime, userAgent } = this.#context;
    return {
      version: this.#network.wire.protocolVersion,
      services: "0",
      timestamp: BigInt(Math.trunc(unixTime)),
      receiver: { services: "0", address: target },
      sender: { services: "0", address: { family: "ipv4", host: "0.0.0.0", port: 0 } },
      nonce: this.#nonce,
      userAgent: cleanAgent(userAgent),
      startHeight: 0,
      relay: false,
    };
  }

  #write(command: string, payload: Uint8Array): void {
    this.#send.push(encodeMessage(this.#network.wire.magic, command, payload, this.#checksum));
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
    this.#ownNonces.delete(this.#nonce);
  }

  #step(): Step {
    const step = { send: this.#send, events: this.#events, deadline: this.#deadline };
    this.#send = [];
    this.#events = [];
    return step;
  }
}
