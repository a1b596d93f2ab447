/**
 * One conversation as an introducer of Chia's (chia/introducer/introducer_api.py, chia/server/ws_connection.py): the client's handshake, ours, then peers for
 * every request. Pure: a message in, what to do out.
 */
import { encodeHandshake, decodeHandshake, NODE_TYPES, offered } from "../crawler/protocols/chia/handshake.ts";
import { ERROR_CLOSE_CODE, ERRORS } from "../crawler/protocols/chia/error.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES, type Message } from "../crawler/protocols/chia/message.ts";
import { encodePeers, type TimestampedPeer } from "../crawler/protocols/chia/peers.ts";
import { WireError } from "../crawler/protocols/wire-error.ts";
import type { NetworkOf } from "../schema/network.ts";

/** The protocol version that introducers state (chia/protocols/shared_protocol.py, NodeType.INTRODUCER). */
export const INTRODUCER_PROTOCOL_VERSION = "0.0.36";

export interface IntroducerContext {
  readonly network: NetworkOf<"chia">;
  /** What our handshake calls our software; at most 128 octets. */
  readonly softwareVersion: string;
  /** The port that our handshake states. */
  readonly port: number;
  /** Peers to give away now; undefined where there are none that may be served. */
  readonly sample: () => readonly TimestampedPeer[] | undefined;
}

/** Why a conversation was ended by us. Stable: it stands in the counters. */
export type IntroducerFault = "bad-handshake" | "wrong-network" | "bad-message" | "not-ready";

/** What to do about a message. */
export type Reaction =
  | { readonly type: "greet" | "introduce"; readonly message: Uint8Array }
  /** End the WebSocket with this code and reason. */
  | { readonly type: "close"; readonly fault: IntroducerFault; readonly code: number; readonly reason: string };

/** RFC 6455 §7.4.1 and its registry: come back later. */
const TRY_AGAIN_LATER = 1_013;

const broken = (fault: IntroducerFault, error: number): Reaction => ({
  type: "close",
  fault,
  code: ERROR_CLOSE_CODE,
  reason: String(error),
});

export class IntroducerSession {
  readonly #context: IntroducerContext;
  #greeted = false;

  constructor(context: IntroducerContext) {
    this.#context = context;
  }

  /**
   * Answers one message, whole. A handshake gets ours, a request peers with its id; anything else ends the conversation with the error that Chia's nodes
   * would give. Never throws.
   */
  receive(frame: Uint8Array): Reaction {
    try {
      const message = decodeMessage(frame);
      return this.#greeted ? this.#answer(message) : this.#greet(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.#greeted ? broken("bad-message", ERRORS.invalidMessage) : broken("bad-handshake", ERRORS.invalidHandshake);
    }
  }

  #greet({ type, id, data }: Message): Reaction {
    const { network, softwareVersion, port } = this.#context;
    if (type !== MESSAGE_TYPES.handshake) return broken("bad-handshake", ERRORS.invalidHandshake);
    if (decodeHandshake(data).networkId !== network.wire.networkId) return broken("wrong-network", ERRORS.incompatibleNetwork);
    this.#greeted = true;
    const ours = encodeHandshake({
      networkId: network.wire.networkId,
      protocolVersion: INTRODUCER_PROTOCOL_VERSION,
      softwareVersion,
      serverPort: port,
      nodeType: NODE_TYPES.introducer,
      capabilities: offered(network.wire.capabilities),
    });
    return { type: "greet", message: reply(type, id, ours) };
  }

  #answer({ type, id, data }: Message): Reaction {
    if (type !== MESSAGE_TYPES.requestPeersIntroducer || data.length > 0) return broken("bad-message", ERRORS.invalidMessage);
    const peers = this.#context.sample();
    if (peers === undefined) return { type: "close", fault: "not-ready", code: TRY_AGAIN_LATER, reason: "no fresh peers" };
    return { type: "introduce", message: reply(MESSAGE_TYPES.respondPeersIntroducer, id, encodePeers(peers)) };
  }
}

/** A reply repeats the request's id, or has none as it. */
const reply = (type: number, id: number | undefined, data: Uint8Array): Uint8Array =>
  encodeMessage(id === undefined ? { type, data } : { type, id, data });
