/** A scripted Chia node for tests of the session: what it says, and what was said to it. */
import { CHIA } from "../../schema/networks/chia.ts";
import { encodeHandshake, NODE_TYPES, offered, type Handshake } from "../../crawler/protocols/chia/handshake.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES, type Message } from "../../crawler/protocols/chia/message.ts";
import { encodePeak } from "../../crawler/protocols/chia/peak.ts";
import { createChiaSession, createIntroducerSession } from "../../crawler/protocols/chia/session.ts";
import type { Session, SessionContext, SessionEvent, Step } from "../../crawler/protocols/session.ts";

/** Wall clock and monotonic clock at the start. */
export const NOW = 1_700_000_000;
export const START = 50_000;

/** A full node as 2.7.3 is. */
export const NODE: Handshake = {
  networkId: "mainnet",
  protocolVersion: "0.0.38",
  softwareVersion: "2.7.3",
  serverPort: 8444,
  nodeType: NODE_TYPES.fullNode,
  capabilities: offered([1, 2, 3, 5]),
};

export const EVIDENCE = { services: "17", version: 38, agent: "2.7.3" };

/** The data of a peak. */
export const peak = (height: number): Uint8Array =>
  encodePeak({ headerHash: new Uint8Array(32), height, weight: 1n << 100n, forkPoint: height });

export class Script {
  readonly session: Session;
  sent: Message[] = [];
  events: SessionEvent[] = [];
  deadline: number | undefined;

  constructor(context: Partial<SessionContext> = {}, network = CHIA, create = createChiaSession) {
    this.session = create(network, {
      target: { family: "ipv4", host: "25.1.1.1", port: 8444 },
      harvest: true,
      unixTime: NOW,
      random: (length) => new Uint8Array(length),
      userAgent: "/seedcast:test/",
      ...context,
    });
  }

  open(now = START): this {
    return this.note(this.session.open(now));
  }

  /** The node sends a message. */
  says(type: number, data: Uint8Array, id?: number, now = START): this {
    return this.sends(encodeMessage(id === undefined ? { type, data } : { type, id, data }), now);
  }

  /** The node sends a frame. */
  sends(frame: Uint8Array, now = START): this {
    return this.note(this.session.receive(frame, now));
  }

  greets(handshake: Partial<Handshake> = {}, now = START): this {
    return this.says(MESSAGE_TYPES.handshake, encodeHandshake({ ...NODE, ...handshake }), undefined, now);
  }

  tick(now: number): this {
    return this.note(this.session.tick(now));
  }

  hangsUp(now = START): this {
    return this.note(this.session.closed(now));
  }

  note(step: Step): this {
    this.sent.push(...step.send.map((frame) => decodeMessage(frame)));
    this.events.push(...step.events);
    this.deadline = step.deadline;
    return this;
  }

  get kinds(): string[] {
    return this.events.map((event) => (event.type === "failed" ? event.failure : event.type));
  }
}

/** A session whose node told its peak and was asked for peers. */
export const verified = (context: Partial<SessionContext> = {}): Script =>
  new Script(context).open().greets().says(MESSAGE_TYPES.newPeakWallet, peak(6_000_000));

/** A session with an introducer. */
export const introducer = (context: Partial<SessionContext> = {}): Script => new Script(context, CHIA, createIntroducerSession);
