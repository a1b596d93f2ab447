/**
 * One conversation with a node of a family that speaks in Bitcoin's envelope: our `version`, theirs, our `verack`, theirs, then `getaddr` and the
 * answer. A dialect says what one family does its own way.
 */
import { hasServices, type Network } from "../../../schema/network.ts";
import { Reader } from "../reader.ts";
import type { Evidence, Hearsay, Session, SessionContext, SessionEvent, Step } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { clampTime, type Gossip } from "./addr.ts";
import { encodeFrame, FrameReader, type Checksum, type FrameLimits, type Message } from "./frame.ts";
import { cleanAgent, encodeNonce, encodeVersion, type VersionMessage } from "./version.ts";

/** What a family does its own way. */
export interface Dialect {
  /** The four octets that open every message, as hex. */
  readonly magic: string;
  /** What our `version` states. */
  readonly protocolVersion: number;
  readonly checksum: Checksum;
  readonly frames: FrameLimits;
  /** Entries of all gossip of one session; more is `flooding`. */
  readonly sessionEntries: number;
  /** Milliseconds from the open connection to both veracks. */
  readonly handshakeMs: number;
  /** Milliseconds for which more gossip is waited for after the answer to `getaddr`. */
  readonly graceMs: number;
  /** Messages that may come before their `version`. They are ignored. */
  readonly beforeVersion: number;
  readonly decodeVersion: (payload: Uint8Array) => VersionMessage;
  /** Reads a `ping`. */
  readonly decodeNonce: (payload: Uint8Array) => bigint;
  /** How the conversation goes on with a peer of this version. */
  readonly agree: (theirs: VersionMessage) => Agreement;
}

/** What both versions together make of a conversation. */
export interface Agreement {
  /** Commands without a payload that go between their `version` and our `verack`. */
  readonly offers: readonly string[];
  /** Messages that may come between their `version` and their `verack`. They are ignored, but for pings. */
  readonly beforeVerack: number;
  /** How to read gossip, by command. */
  readonly gossip: ReadonlyMap<string, (payload: Uint8Array) => Gossip>;
  /** Milliseconds for which the answer to `getaddr` is waited for. */
  readonly gossipMs: number;
}

/** What is waited for: `version` and `verack` are the peer's messages; `grace` is for gossip after the answer. */
type Stage = "unopened" | "version" | "verack" | "gossip" | "grace" | "over";

const NOTHING = new Uint8Array(0);

export class EnvelopeSession implements Session {
  readonly #network: Network;
  readonly #dialect: Dialect;
  readonly #context: SessionContext;
  readonly #frames: FrameReader;
  readonly #ownNonces: Set<bigint>;
  readonly #nonce: bigint;
  #stage: Stage = "unopened";
  #deadline: number | undefined;
  #greeted: { readonly evidence: Evidence; readonly agreement: Agreement; readonly at: number } | undefined;
  #entries = 0;
  #send: Uint8Array[] = [];
  #events: SessionEvent[] = [];

  constructor(network: Network, dialect: Dialect, context: SessionContext) {
    this.#network = network;
    this.#dialect = dialect;
    this.#context = context;
    this.#ownNonces = context.ownNonces ?? new Set();
    this.#nonce = new Reader(context.random(8)).u64le("nonce");
    this.#frames = new FrameReader(dialect.magic, dialect.checksum, dialect.frames);
  }

  open(now: number): Step {
    if (this.#stage !== "unopened") return this.#step();
    this.#await("version", now + (this.#context.waits?.handshakeMs ?? this.#dialect.handshakeMs));
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
    if (this.#greeted === undefined) {
      if (command === "version") this.#greet(payload);
      return;
    }
    const { evidence, agreement, at } = this.#greeted;
    if (command === "ping") this.#write("pong", encodeNonce(this.#dialect.decodeNonce(payload)));
    else if (this.#stage === "verack") {
      if (command !== "verack") return;
      this.#inPlace("verack", this.#frames.messages - at - 1, agreement.beforeVerack);
      this.#verify(evidence, now + (this.#context.waits?.gossipMs ?? agreement.gossipMs));
    } else {
      const decode = agreement.gossip.get(command);
      if (decode !== undefined) this.#hear(decode(payload), now);
    }
  }

  /** Their version is here: judge it, and say that we are content. */
  #greet(payload: Uint8Array): void {
    this.#inPlace("version", this.#frames.messages - 1, this.#dialect.beforeVersion);
    const { minVersion, services } = this.#network;
    const theirs = this.#dialect.decodeVersion(payload);
    if (theirs.nonce !== undefined && this.#ownNonces.has(theirs.nonce)) return this.#fail("self", "the nonce is one of ours");
    const evidence: Evidence = {
      services: theirs.services,
      version: Math.max(0, theirs.version),
      agent: cleanAgent(theirs.userAgent ?? ""),
      height: Math.max(0, theirs.startHeight ?? 0),
    };
    const agreement = this.#dialect.agree(theirs);
    this.#greeted = { evidence, agreement, at: this.#frames.messages };
    if (theirs.version < minVersion) return this.#fail("version-too-old", `version ${theirs.version}, at least ${minVersion} is needed`);
    if (!hasServices(theirs.services, services))
      return this.#fail("services-missing", `services ${theirs.services}, ${services} are needed`);
    for (const command of agreement.offers) this.#write(command, NOTHING);
    this.#write("verack", NOTHING);
    this.#stage = "verack";
  }

  #inPlace(command: string, before: number, most: number): void {
    if (before > most) throw new WireError(command, `comes after ${before} others, at most ${most} are allowed`);
  }

  #verify(evidence: Evidence, gossipDeadline: number): void {
    this.#events.push({ type: "verified", evidence });
    if (!this.#context.harvest) return this.#finish();
    // Not before both veracks: nodes would ignore it, not queue it.
    this.#write("getaddr", NOTHING);
    this.#await("gossip", gossipDeadline);
  }

  #hear(gossip: Gossip, now: number): void {
    this.#entries += gossip.count;
    if (this.#entries > this.#dialect.sessionEntries) return this.#fail("flooding", "too many gossip entries");
    const entries = gossip.entries.filter(({ address }) => this.#isDialable(address)).map((entry) => this.#clamp(entry));
    if (entries.length > 0) this.#events.push({ type: "hearsay", entries });
    // A lone entry is the peer announcing itself unasked, not the answer (sipa's seeder and Core's addrfetch decide alike).
    if (gossip.count < 2 || this.#stage !== "gossip") return;
    if (this.#dialect.graceMs === 0) this.#finish();
    else this.#await("grace", now + this.#dialect.graceMs);
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
      version: this.#dialect.protocolVersion,
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
    this.#send.push(encodeFrame(this.#dialect.magic, command, payload, this.#dialect.checksum));
  }

  #await(stage: Stage, deadline: number): void {
    this.#stage = stage;
    this.#deadline = deadline;
  }

  #fail(failure: Extract<SessionEvent, { type: "failed" }>["failure"], detail: string): void {
    const evidence = this.#greeted?.evidence;
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
