/**
 * One conversation with a node of a family that speaks in Bitcoin's envelope: our `version`, theirs, our `verack`, theirs, then `getaddr` and the
 * answer. A dialect says what one family does its own way.
 */
import type { Network } from "../../../schema/network.ts";
import { cleanAgent } from "../agent.ts";
import { clampTime } from "../hearsay-time.ts";
import { Reader } from "../reader.ts";
import type { Evidence, Hearsay, SessionContext } from "../session.ts";
import { StagedSession } from "../staged-session.ts";
import { WireError } from "../wire-error.ts";
import type { Gossip } from "./addr.ts";
import { encodeFrame, FrameReader, type Checksum, type FrameLimits, type Message } from "./frame.ts";
import { encodeNonce, encodeVersion, type VersionMessage } from "./version.ts";

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
type Stage = "version" | "verack" | "gossip" | "grace";

const NOTHING = new Uint8Array(0);

export class EnvelopeSession extends StagedSession<Network, Stage> {
  readonly #dialect: Dialect;
  readonly #frames: FrameReader;
  readonly #ownNonces: Set<bigint>;
  readonly #nonce: bigint;
  #agreed: { readonly agreement: Agreement; readonly at: number } | undefined;
  #entries = 0;

  constructor(network: Network, dialect: Dialect, context: SessionContext) {
    super(network, context);
    this.#dialect = dialect;
    this.#ownNonces = context.ownNonces ?? new Set();
    this.#nonce = new Reader(context.random(8)).u64le("nonce");
    this.#frames = new FrameReader(dialect.magic, dialect.checksum, dialect.frames);
  }

  protected override begin(now: number): void {
    this.enter("version", now + (this.context.waits?.handshakeMs ?? this.#dialect.handshakeMs));
    this.#ownNonces.add(this.#nonce);
    this.#write("version", encodeVersion(this.#ourVersion()));
  }

  protected override take(bytes: Uint8Array, now: number): void {
    for (const message of this.#frames.push(bytes)) {
      this.#handle(message, now);
      if (!this.isOpen) break;
    }
  }

  protected override expire(): void {
    if (this.stage === "gossip" || this.stage === "grace") this.finish();
    else this.fail("handshake-timeout", `no ${this.stage} in time`);
  }

  protected override leave(): void {
    if (this.stage === "grace") this.finish();
  }

  protected override end(): void {
    super.end();
    this.#ownNonces.delete(this.#nonce);
  }

  #handle({ command, payload }: Message, now: number): void {
    if (this.evidence === undefined || this.#agreed === undefined) {
      if (command === "version") this.#greet(payload);
      return;
    }
    const { agreement, at } = this.#agreed;
    if (command === "ping") this.#write("pong", encodeNonce(this.#dialect.decodeNonce(payload)));
    else if (this.stage === "verack") {
      if (command !== "verack") return;
      this.#inPlace("verack", this.#frames.messages - at - 1, agreement.beforeVerack);
      this.#verify(this.evidence, now + (this.context.waits?.gossipMs ?? agreement.gossipMs));
    } else {
      const decode = agreement.gossip.get(command);
      if (decode !== undefined) this.#hear(decode(payload), now);
    }
  }

  /** Their version is here: judge it, and say that we are content. */
  #greet(payload: Uint8Array): void {
    this.#inPlace("version", this.#frames.messages - 1, this.#dialect.beforeVersion);
    const theirs = this.#dialect.decodeVersion(payload);
    if (theirs.nonce !== undefined && this.#ownNonces.has(theirs.nonce)) return this.fail("self", "the nonce is one of ours");
    this.evidence = {
      services: theirs.services,
      version: Math.max(0, theirs.version),
      agent: cleanAgent(theirs.userAgent ?? ""),
      height: Math.max(0, theirs.startHeight ?? 0),
    };
    if (!this.suffices(this.evidence)) return;
    const agreement = this.#dialect.agree(theirs);
    this.#agreed = { agreement, at: this.#frames.messages };
    for (const command of agreement.offers) this.#write(command, NOTHING);
    this.#write("verack", NOTHING);
    this.enter("verack");
  }

  #inPlace(command: string, before: number, most: number): void {
    if (before > most) throw new WireError(command, `comes after ${before} others, at most ${most} are allowed`);
  }

  #verify(evidence: Evidence, gossipDeadline: number): void {
    this.verify(evidence);
    if (!this.context.harvest) return this.finish();
    // Not before both veracks: nodes would ignore it, not queue it.
    this.#write("getaddr", NOTHING);
    this.enter("gossip", gossipDeadline);
  }

  #hear({ count, entries }: Gossip, now: number): void {
    this.#entries += count;
    if (this.#entries > this.#dialect.sessionEntries) return this.fail("flooding", "too many gossip entries");
    this.hear(entries.map((entry) => this.#clamp(entry)));
    // A lone entry is the peer announcing itself unasked, not the answer (sipa's seeder and Core's addrfetch decide alike).
    if (count < 2 || this.stage !== "gossip") return;
    if (this.#dialect.graceMs === 0) this.finish();
    else this.enter("grace", now + this.#dialect.graceMs);
  }

  /** Most times are credible, and a crawl hears millions: only an absurd one costs a new object. */
  #clamp(entry: Hearsay): Hearsay {
    const time = clampTime(entry.time, this.context.unixTime);
    return time === entry.time ? entry : { ...entry, time };
  }

  /** Offers no services, no height, no relay and no address of ours: we are nobody to be remembered. */
  #ourVersion(): VersionMessage {
    const { target, unixTime, userAgent } = this.context;
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
    this.say(encodeFrame(this.#dialect.magic, command, payload, this.#dialect.checksum));
  }
}
