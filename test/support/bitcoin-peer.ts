/** A scripted peer of the Bitcoin family: octets in, octets and events out, on a clock that stands where the test puts it. */
import { encodeMessage, frameReader } from "../../crawler/protocols/bitcoin/frame.ts";
import type { FrameReader, Message } from "../../crawler/protocols/envelope/frame.ts";
import { encodeVersion, type VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import { BITCOIN_LIMITS } from "../../crawler/protocols/bitcoin/limits.ts";
import { createSession } from "../../crawler/protocols/families.ts";
import type { Evidence, Hearsay, Session, SessionContext, SessionEvent, Step } from "../../crawler/protocols/session.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { BITCOIN } from "../../schema/networks/bitcoin.ts";

export const NOW = 1_700_000_000;
export const START = 5_000;
export const NONE = new Uint8Array(0);
export const OUR_NONCE = 0x0807060504030201n;

export const entry = (host: string, port = 8333): Hearsay => ({ address: { family: "ipv4", host, port }, services: "9", time: NOW - 60 });
export const ANSWER = [entry("25.1.0.1"), entry("25.2.0.1")];

export const PEER: VersionMessage = {
  version: 70016,
  services: "c09",
  timestamp: BigInt(NOW),
  receiver: { services: "0", address: { family: "ipv4", host: "25.200.0.1", port: 40000 } },
  sender: { services: "c09", address: { family: "ipv6", host: "::", port: 0 } },
  nonce: 77n,
  userAgent: "/Satoshi:30.0.0/",
  startHeight: 900_000,
  relay: true,
};
export const EVIDENCE: Evidence = { services: "c09", version: 70016, agent: "/Satoshi:30.0.0/", height: 900_000 };

/** A peer that a test scripts, and what the session said to it. */
export class Script {
  readonly session: Session;
  readonly network: NetworkOf<"bitcoin">;
  readonly #sent: FrameReader;
  sent: Message[] = [];
  events: SessionEvent[] = [];
  deadline: number | undefined;

  constructor(network: NetworkOf<"bitcoin"> = BITCOIN, context: Partial<SessionContext> = {}) {
    this.network = network;
    this.#sent = frameReader(network.wire.magic, undefined, { ...BITCOIN_LIMITS, messages: Infinity });
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
    return this.sends(encodeMessage(this.network.wire.magic, command, payload), now);
  }

  /** The peer sends octets. */
  sends(bytes: Uint8Array, now = START): this {
    return this.note(this.session.receive(bytes, now));
  }

  greets(version: Partial<VersionMessage> = {}): this {
    return this.says("version", encodeVersion({ ...PEER, ...version }));
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

/** A session that has verified its peer and asked it for addresses. */
export const verified = (network: NetworkOf<"bitcoin"> = BITCOIN, version: Partial<VersionMessage> = {}): Script =>
  new Script(network).open().greets(version).says("verack");
