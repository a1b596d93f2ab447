/** One client on its WebSocket: messages to the session and back, and no patience for who sends too much or nothing. */
import type { RawData, WebSocket } from "ws";
import type { Counters } from "./counters.ts";
import type { IntroducerLimits } from "./limits.ts";
import type { IntroducerSession } from "./session.ts";

/** RFC 6455 §7.4.1: only binary messages are understood; a rule of ours is broken. */
const UNSUPPORTED_DATA = 1_003;
const POLICY_VIOLATION = 1_008;

export interface Visit {
  readonly session: IntroducerSession;
  readonly limits: IntroducerLimits;
  readonly counters: Counters;
  /** Called after each answer, the handshake's included: the client has earned more time. */
  readonly onAnswer: () => void;
}

/** Serves a client that has just been upgraded, until it or we hang up. */
export function serveClient(socket: WebSocket, { session, limits, counters, onAnswer }: Visit): void {
  let frames = 0;
  let over = false;
  const end = (code: number, reason: string): void => {
    over = true;
    socket.close(code, reason);
  };
  const isOneTooMany = (): boolean => {
    if (over) return true;
    if (++frames <= limits.frames) return false;
    counters.add("too-many");
    end(POLICY_VIOLATION, "too many messages");
    return true;
  };
  const receive = (data: RawData, isBinary: boolean): void => {
    if (isOneTooMany()) return;
    if (!isBinary || !(data instanceof Uint8Array)) {
      counters.add("bad-frame");
      end(UNSUPPORTED_DATA, "messages are binary");
      return;
    }
    const reaction = session.receive(data);
    if (reaction.type === "close") {
      counters.add(reaction.fault);
      end(reaction.code, reaction.reason);
      return;
    }
    counters.add(reaction.type === "greet" ? "greeted" : "introduced");
    socket.send(reaction.message);
    onAnswer();
  };
  socket.on("message", receive).on("ping", isOneTooMany).on("pong", isOneTooMany);
  // ws closes by itself what breaks its rules, and what is over its limits.
  socket.on("error", () => counters.add("bad-frame"));
}
