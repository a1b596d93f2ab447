/** A scripted Nano node: octets in, octets and events out, on a clock that stands where the test puts it. */
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { createSession } from "../../crawler/protocols/families.ts";
import { decodeHandshake, encodeHandshake, respond, type Handshake } from "../../crawler/protocols/nano/handshake.ts";
import { encodeMessage, NANO_TYPE, type NanoWire } from "../../crawler/protocols/nano/header.ts";
import { encodeKeepalive, type Keepalive } from "../../crawler/protocols/nano/keepalive.ts";
import { MessageReader, type Message } from "../../crawler/protocols/nano/messages.ts";
import { encodeTelemetry, type TelemetryData } from "../../crawler/protocols/nano/telemetry.ts";
import type { Session, SessionContext, SessionEvent, Step } from "../../crawler/protocols/session.ts";
import type { PeerAddress } from "../../schema/address.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { NANO } from "../../schema/networks/nano.ts";
import { NANO_KEYS } from "./nano-vectors.ts";

export const NOW = 1_700_000_000;
export const START = 5_000;
export const TARGET: PeerAddress = { family: "ipv4", host: "25.1.1.1", port: 7075 };

export const peerAt = (host: string, port = 7075): PeerAddress => ({ family: host.includes(":") ? "ipv6" : "ipv4", host, port });

/** What a session draws in turn: its cookie, then the secret and the salt of its response. The rest are counted octets. */
export function drawing(...values: readonly Uint8Array[]): (length: number) => Uint8Array {
  const left = [...values];
  return (length) => left.shift() ?? Uint8Array.from({ length }, (_, i) => i + 1);
}

/** The telemetry of test/vectors/nano.json. */
export const TELEMETRY: TelemetryData = {
  nodeId: NANO_KEYS.serverPub,
  blockCount: 200_000_001n,
  cementedCount: 200_000_000n,
  uncheckedCount: 12n,
  accountCount: 40_000_000n,
  bandwidthCap: 10_485_760n,
  peerCount: 250,
  protocolVersion: 21,
  uptime: 86_400n,
  genesis: NANO_KEYS.genesisLive,
  major: 28,
  minor: 2,
  patch: 0,
  preRelease: 99,
  maker: 0,
  timestamp: 1_700_000_000_123n,
  activeDifficulty: 0xffff_fff8_0000_0000n,
};

/** How a node's answer differs from an honest one. */
export interface Answer {
  readonly version?: number;
  readonly isV1?: boolean;
  readonly genesis?: Uint8Array;
  /** What it signs instead of our cookie. */
  readonly signs?: Uint8Array;
  /** Undefined where it has no cookie left for us. */
  readonly cookie?: Uint8Array | undefined;
  readonly secret?: Uint8Array;
}

/** A node that a test scripts, and what the session said to it. */
export class NanoScript {
  readonly session: Session;
  readonly network: NetworkOf<"nano">;
  readonly #sent: MessageReader;
  sent: Message[] = [];
  octets: Uint8Array = new Uint8Array(0);
  events: SessionEvent[] = [];
  deadline: number | undefined;

  constructor(context: Partial<SessionContext> = {}, network: NetworkOf<"nano"> = NANO) {
    this.network = network;
    this.#sent = new MessageReader(network.wire.networkId);
    this.session = createSession(network, {
      target: TARGET,
      harvest: true,
      unixTime: NOW + 0.5,
      random: drawing(
        NANO_KEYS.clientCookie,
        NANO_KEYS.clientPrv,
        Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
      ),
      userAgent: "/seedcast:test/",
      ...context,
    });
  }

  open(now = START): this {
    return this.note(this.session.open(now));
  }

  /** The node sends octets. */
  sends(bytes: Uint8Array, now = START): this {
    return this.note(this.session.receive(bytes, now));
  }

  /** The node sends a message. */
  says(type: number, extensions: number, payload: Uint8Array, now = START): this {
    return this.sends(encodeMessage(this.network.wire, type, extensions, payload), now);
  }

  /** The node answers our query. */
  answers(answer: Answer = {}, now = START): this {
    return this.sends(answerTo(this.cookie, this.network.wire, answer), now);
  }

  /** The node sends a keepalive with a port of its own (7075) and some peers. */
  knows(peers: readonly PeerAddress[], { ownPort }: Pick<Keepalive, "ownPort"> = { ownPort: 7075 }, now = START): this {
    return this.says(NANO_TYPE.keepalive, 0, encodeKeepalive({ ownPort, peers }), now);
  }

  tells(telemetry: Partial<TelemetryData> = {}, secret: Uint8Array = NANO_KEYS.serverPrv, now = START): this {
    const payload = encodeTelemetry({ ...TELEMETRY, ...telemetry }, secret);
    return this.says(NANO_TYPE.telemetryAck, payload.length, payload, now);
  }

  tick(now: number): this {
    return this.note(this.session.tick(now));
  }

  hangsUp(now = START): this {
    return this.note(this.session.closed(now));
  }

  note(step: Step): this {
    for (const bytes of step.send) {
      this.sent.push(...this.#sent.push(bytes));
      this.octets = concatBytes(this.octets, bytes);
    }
    this.events.push(...step.events);
    this.deadline = step.deadline;
    return this;
  }

  /** What the session asked to have signed. */
  get cookie(): Uint8Array {
    return this.handshakes[0]!.cookie!;
  }

  get handshakes(): Handshake[] {
    return this.sent.map(({ header, payload }) => decodeHandshake(header.extensions, payload));
  }

  get kinds(): string[] {
    return this.events.map((event) => (event.type === "failed" ? event.failure : event.type));
  }
}

/** A node's whole answer to a query with this cookie. */
export function answerTo(theirs: Uint8Array, wire: NanoWire, answer: Answer = {}): Uint8Array {
  const {
    version = wire.versionUsing,
    isV1 = false,
    genesis = hexToBytes(wire.genesis),
    signs = theirs,
    secret = NANO_KEYS.serverPrv,
  } = answer;
  const cookie = "cookie" in answer ? answer.cookie : NANO_KEYS.serverCookie;
  const response = respond(signs, secret, isV1 ? undefined : { salt: NANO_KEYS.salt, genesis });
  return encodeHandshake({ ...wire, versionUsing: version }, { cookie, response, understandsV2: !isV1 });
}

/** A session that has verified its node and proved itself to it. */
export const verified = (answer: Answer = {}): NanoScript => new NanoScript().open().answers(answer);
