/**
 * One conversation with a Nano node, after nano-node's nano/node/transport/tcp_server.cpp: our query, its query and response, and, only where addresses
 * are wanted, our response. Then it sends a keepalive with some peers at once, and its telemetry within a minute. We never say on which port we listen,
 * and never send telemetry: nobody shall call us back or speak of us.
 */
import { equalBytes } from "@noble/curves/utils.js";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { NetworkOf } from "../../../schema/network.ts";
import { MAX_HEIGHT, type Evidence, type Session, type SessionContext } from "../session.ts";
import { StagedSession } from "../staged-session.ts";
import { WireError } from "../wire-error.ts";
import {
  COOKIE_LENGTH,
  decodeHandshake,
  encodeHandshake,
  isProof,
  respond,
  SALT_LENGTH,
  type Handshake,
  type Response,
} from "./handshake.ts";
import { NANO_TYPE, type Header } from "./header.ts";
import { decodeKeepalive } from "./keepalive.ts";
import { NANO_LIMITS, NANO_TIMEOUTS_MS } from "./limits.ts";
import { MessageReader, type Message } from "./messages.ts";
import { SECRET_LENGTH } from "./signature.ts";
import { decodeTelemetry, isSigned, type Telemetry } from "./telemetry.ts";

/** What is waited for; `telemetry` once a keepalive named peers. */
type Stage = "handshake" | "keepalive" | "telemetry";

/** A longer uptime than reports take is cut; honest ones are far below. */
const MAX_UPTIME = 0xffff_ffff;

/** A session with one peer. */
export function createNanoSession(network: NetworkOf<"nano">, context: SessionContext): Session {
  return new NanoSession(network, context);
}

class NanoSession extends StagedSession<NetworkOf<"nano">, Stage> {
  readonly #genesis: Uint8Array;
  readonly #messages: MessageReader;
  readonly #cookie: Uint8Array;
  #nodeId: Uint8Array | undefined;
  /** When the stay ends, whatever has come until then. */
  #stayEnd = 0;
  #keepalives = 0;
  #isLearned = false;

  constructor(network: NetworkOf<"nano">, context: SessionContext) {
    super(network, context);
    this.#genesis = hexToBytes(network.wire.genesis);
    this.#messages = new MessageReader(network.wire.networkId);
    this.#cookie = context.random(COOKIE_LENGTH);
  }

  protected override begin(now: number): void {
    this.enter("handshake", now + (this.context.waits?.handshakeMs ?? NANO_TIMEOUTS_MS.handshake));
    this.#write({ cookie: this.#cookie, response: undefined, understandsV2: true });
  }

  protected override take(bytes: Uint8Array, now: number): void {
    for (const message of this.#messages.push(bytes)) {
      this.#handle(message, now);
      if (!this.isOpen) break;
    }
  }

  protected override expire(): void {
    if (this.stage === "handshake") this.fail("handshake-timeout", "no handshake in time");
    else this.finish();
  }

  protected override leave(): void {
    if (this.stage === "telemetry") this.finish();
  }

  #handle({ header, payload }: Message, now: number): void {
    if (this.stage === "handshake") {
      if (header.type === NANO_TYPE.handshake) this.#judge(header, decodeHandshake(header.extensions, payload), now);
    } else if (header.type === NANO_TYPE.keepalive) this.#hear(payload);
    else if (header.type === NANO_TYPE.telemetryAck) this.#learn(decodeTelemetry(payload));
  }

  /** The peer's answer is here: is it a node of our network, and the one that it says it is? */
  #judge({ versionUsing }: Header, { cookie, response }: Handshake, now: number): void {
    const evidence: Evidence = { services: "0", version: versionUsing };
    if (!this.suffices(evidence)) return;
    if (cookie !== undefined && equalBytes(cookie, this.#cookie)) return this.fail("self", "the cookie is ours");
    if (response === undefined) throw new WireError("handshake", "has no response");
    this.#checkGenesis(response.v2?.genesis);
    if (!isProof(this.#cookie, response)) throw new WireError("signature", "is not of our cookie");
    // A node without a free cookie for us sends no query: we cannot prove ourselves to it, and it will tell us nothing.
    const ours = this.context.harvest && cookie !== undefined ? this.#respond(cookie, response) : undefined;
    this.verify(evidence);
    if (ours === undefined) return this.finish();
    this.#nodeId = response.nodeId;
    this.#write({ cookie: undefined, response: ours, understandsV2: ours.v2 !== undefined });
    this.#stayEnd = now + NANO_TIMEOUTS_MS.telemetry;
    this.enter("keepalive", now + (this.context.waits?.gossipMs ?? NANO_TIMEOUTS_MS.keepalive));
  }

  /** Our response, in the peer's version, by a node id of this session alone: a node refuses a second channel with an id that it knows. */
  #respond(cookie: Uint8Array, { v2 }: Response): Response {
    const { random } = this.context;
    const secret = random(SECRET_LENGTH);
    const salted = v2 === undefined ? undefined : { salt: random(SALT_LENGTH), genesis: this.#genesis };
    return respond(cookie, secret, salted);
  }

  #hear(payload: Uint8Array): void {
    if (++this.#keepalives > NANO_LIMITS.keepalives) return this.fail("flooding", "too many keepalives");
    const { ownPort, peers } = decodeKeepalive(payload);
    const { target, unixTime } = this.context;
    const time = Math.floor(unixTime);
    const all = ownPort === undefined ? peers : [{ ...target, port: ownPort }, ...peers];
    this.hear(all.map((address) => ({ address, services: "0", time })));
    // One without peers is from a node that has just been started: it will know some soon.
    if (peers.length > 0) this.enter("telemetry", this.#stayEnd);
    this.#finishWhenComplete();
  }

  #learn(telemetry: Telemetry | undefined): void {
    // Once is enough: checking a signature takes a thousand times longer than sending one.
    if (telemetry === undefined || this.#isLearned) return;
    if (this.#nodeId === undefined || !equalBytes(telemetry.nodeId, this.#nodeId)) throw new WireError("telemetry", "is another node's");
    this.#checkGenesis(telemetry.genesis);
    if (!isSigned(telemetry)) throw new WireError("telemetry", "has a wrong signature");
    this.#isLearned = true;
    const { major, minor, patch, cementedCount, uptime } = telemetry;
    const agent = `Nano ${major}.${minor}.${patch}`;
    this.learn({ agent, height: atMost(cementedCount, MAX_HEIGHT), uptime: atMost(uptime, MAX_UPTIME) });
    this.#finishWhenComplete();
  }

  #checkGenesis(genesis: Uint8Array | undefined): void {
    if (genesis !== undefined && !equalBytes(genesis, this.#genesis))
      throw new WireError("genesis", "is another network's", "wrong-network");
  }

  #finishWhenComplete(): void {
    if (this.stage === "telemetry" && this.#isLearned) this.finish();
  }

  #write(handshake: Handshake): void {
    this.say(encodeHandshake(this.network.wire, handshake));
  }
}

const atMost = (value: bigint, most: number): number => Number(value < most ? value : most);
