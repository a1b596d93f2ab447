/**
 * The seam between the engine and every protocol family: a session is one conversation with one peer, sans I/O.
 * Bytes and time go in; bytes to send and events come out. A session never throws, whatever a peer sends: what is wrong with the
 * peer is an event. The same session runs on a TCP socket, a proxy, a test's byte array or a fuzzer.
 */
import type { PeerAddress } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";

/** What a completed handshake told us about a peer. A field that is absent was not told this time: what was told before stands. */
export interface Evidence {
  /** Offered service bits, hex without leading zeros; "0" where the protocol has none. */
  readonly services: string;
  readonly version: number;
  /** User agent, control characters removed, at most 256 characters. */
  readonly agent?: string;
  /** Block height, at most `MAX_HEIGHT`. */
  readonly height?: number;
  /** For how long the node says it has been up, in seconds. */
  readonly uptime?: number;
}

/** Reports hold heights of 31 bits; no chain is higher. */
export const MAX_HEIGHT = 0x7fff_ffff;

/** One entry of gossip: where a peer says another may be. Hearsay, never evidence. */
export interface Hearsay {
  readonly address: PeerAddress;
  readonly services: string;
  /** When the teller says it was last seen, Unix seconds; absurd values are already clamped by the codec. */
  readonly time: number;
}

export type SessionEvent =
  /** The handshake is complete. At most once, before any `failed`. */
  | { readonly type: "verified"; readonly evidence: Evidence }
  /** The peer told more of itself after the handshake. May come several times. */
  | { readonly type: "learned"; readonly evidence: Partial<Evidence> }
  /** Gossip arrived. May come several times. */
  | { readonly type: "hearsay"; readonly entries: readonly Hearsay[] }
  /** The peer failed or broke the protocol; the session is over. After `verified` it says only that gossip was cut short. */
  /** `evidence` is there where the peer told enough before it failed, as for `version-too-old`; it is not verified. */
  | { readonly type: "failed"; readonly failure: ProbeFailure; readonly detail: string; readonly evidence?: Evidence }
  /** Nothing more is wanted; hang up. */
  | { readonly type: "done" };

/** What to do after a step, in order: send these bytes, note these events, call `tick` no later than `deadline`. */
export interface Step {
  readonly send: readonly Uint8Array[];
  readonly events: readonly SessionEvent[];
  /** Milliseconds on the caller's monotonic clock; undefined once the session is over. */
  readonly deadline: number | undefined;
}

export interface Session {
  /** The connection is open. */
  open(now: number): Step;
  /**
   * The peer sent octets: any part of a stream, or one whole message where the family's carrier (a WebSocket) keeps them apart; then each
   * element of `send` is one message too. The session may keep a reference until the next call.
   */
  receive(bytes: Uint8Array, now: number): Step;
  /** The deadline has passed. */
  tick(now: number): Step;
  /** The peer hung up. */
  closed(now: number): Step;
}

/** Waits that replace the family's own, in milliseconds. */
export interface Waits {
  /** For a complete handshake, counted from the open connection. */
  readonly handshakeMs?: number;
  /** For the answer to a question for addresses. */
  readonly gossipMs?: number;
}

/** What a session needs from outside. */
export interface SessionContext {
  /** The address that was dialled. */
  readonly target: PeerAddress;
  /** Ask for addresses after the handshake, or only verify. */
  readonly harvest: boolean;
  /** Wall clock in Unix seconds, for message timestamps. */
  readonly unixTime: number;
  /** Fills and returns an array of random octets. */
  readonly random: (length: number) => Uint8Array;
  /** The operator's own idea of patience, where he has one. */
  readonly waits?: Waits;
  /** What we call ourselves to peers: `/seedcast:0.1.0(+https://…)/`. */
  readonly userAgent: string;
  /**
   * Nonces of the sessions now open in this process, shared by them all, so that a session notices when it reached ourselves (or an echo).
   * A session adds its own and takes it away when it is over. Without it a session knows only its own.
   */
  readonly ownNonces?: Set<bigint>;
}
