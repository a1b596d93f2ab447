/** What happened so far: numbers only, nothing about who asked. */
import type { IntroducerFault } from "./session.ts";

/** What is counted. Stable: the names stand in the health line. */
export type Counted =
  | "accepted" // connections let in
  | "refused" // and not, above a limit of connections
  | "tls-failed" // no TLS 1.3, or no certificate under the network's authority
  | "greeted" // handshakes answered
  | "introduced" // lists given
  | "too-many" // messages of one connection
  | "bad-frame" // of a WebSocket: text, too large, or malformed
  | IntroducerFault;

export type Counts = Readonly<Record<Counted, number>>;

export class Counters {
  readonly #counts: Record<Counted, number> = {
    accepted: 0,
    refused: 0,
    "tls-failed": 0,
    greeted: 0,
    introduced: 0,
    "too-many": 0,
    "bad-frame": 0,
    "bad-handshake": 0,
    "wrong-network": 0,
    "bad-message": 0,
    "not-ready": 0,
  };

  add(counted: Counted): void {
    this.#counts[counted]++;
  }

  read(): Counts {
    return { ...this.#counts };
  }
}
