/** A scripted peer that speaks in Bitcoin's envelope: octets in, octets and events out, on a clock that stands where the test puts it. */
import { encodeFrame, FrameReader, type Checksum, type FrameLimits, type Message } from "../../crawler/protocols/envelope/frame.ts";
import { encodeVersion, type VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import { createSession } from "../../crawler/protocols/families.ts";
import type { Session, SessionContext, SessionEvent, Step } from "../../crawler/protocols/session.ts";
import type { NetworkOf } from "../../schema/network.ts";

export const NOW = 1_700_000_000;
export const START = 5_000;
export const NONE = new Uint8Array(0);
export const OUR_NONCE = 0x0807060504030201n;

/** What peers of a family have in common. */
export interface Peers {
  readonly checksum: Checksum;
  readonly limits: FrameLimits;
  /** What a peer says unless the test says otherwise. */
  readonly version: VersionMessage;
}

/** A peer that a test scripts, and what the session said to it. */
export class EnvelopeScript<N extends NetworkOf<"bitcoin" | "decred">> {
  readonly session: Session;
  readonly network: N;
  readonly #peers: Peers;
  readonly #sent: FrameReader;
  sent: Message[] = [];
  events: SessionEvent[] = [];
  deadline: number | undefined;

  constructor(network: N, peers: Peers, context: Partial<SessionContext>) {
    this.network = network;
    this.#peers = peers;
    this.#sent = new FrameReader(network.wire.magic, peers.checksum, { ...peers.limits, messages: Infinity });
    this.session = createSession(network, {
      target: { family: "ipv4", host: "25.1.1.1", port: network.port },
      harvest: true,
      unixTime: NOW,
      random: (length) => Uint8Array.from({ length }, (_, i) => i + 1),
      userAgent: "/seedcast:test/",
      ...context,
    });
  }

  open(now = START): this {
    return this.note(this.session.open(now));
  }

  /** The peer sends a message. */
  says(command: string, payload: Uint8Array = NONE, now = START): this {
    return this.sends(encodeFrame(this.network.wire.magic, command, payload, this.#peers.checksum), now);
  }

  /** The peer sends octets. */
  sends(bytes: Uint8Array, now = START): this {
    return this.note(this.session.receive(bytes, now));
  }

  greets(version: Partial<VersionMessage> = {}): this {
    return this.says("version", encodeVersion({ ...this.#peers.version, ...version }));
  }

  tick(now: number): this {
    return this.note(this.session.tick(now));
  }

  hangsUp(now = START): this {
    return this.note(this.session.closed(now));
  }

  note(step: Step): this {
    this.sent.push(...step.send.flatMap((bytes) => [...this.#sent.push(bytes)]));
    this.events.push(...step.events);
    this.deadline = step.deadline;
    return this;
  }

  get commands(): string[] {
    return this.sent.map(({ command }) => command);
  }

  get kinds(): string[] {
    return this.events.map((event) => (event.type === "failed" ? event.failure : event.type));
  }
}
