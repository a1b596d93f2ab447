/** DNS over TCP (RFC 7766): pipelined queries, and no patience for clients that only hold a connection. */
import { createServer, type Server, type Socket } from "node:net";
import { Admission, type AdmissionLimits } from "../serving/admission.ts";
import { frame, MessageReader } from "./framing.ts";
import { Holdings } from "./holdings.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";

/** Answers one message; undefined for octets that are no query, which end the connection. */
export type Answerer = (message: Uint8Array) => Uint8Array | undefined;

export interface TcpLimits extends AdmissionLimits {
  readonly queryTimeoutMs: number;
  readonly connectionTimeoutMs: number;
  readonly queriesPerTurn: number;
  readonly unreadOctets: number;
  readonly heldOctets: number;
}

/** A server that is not listening yet, and what ends its connections. */
export interface TcpService {
  readonly server: Server;
  /** Cuts every open connection. */
  readonly cut: () => void;
}

export function tcpService(answer: Answerer, limits: TcpLimits = NAMESERVER_LIMITS): TcpService {
  const open = new Set<Socket>();
  const admission = new Admission(limits);
  const holdings = new Holdings<Socket>(limits.heldOctets, (socket) => socket.destroy());
  const server = createServer({ noDelay: true, allowHalfOpen: true, highWaterMark: limits.unreadOctets }, (socket) => {
    const leave = admission.admit(socket.remoteAddress ?? "0.0.0.0");
    if (leave === undefined) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      holdings.note(socket, 0);
      leave();
    });
    converse(socket, answer, limits, holdings);
  });
  return { server, cut: () => open.forEach((socket) => socket.destroy()) };
}

function converse(socket: Socket, answer: Answerer, limits: TcpLimits, holdings: Holdings<Socket>): void {
  const reader = new MessageReader();
  // Only a completed query earns more time: a client that drips octets, or does not read its answers, is cut off as one that is silent.
  const patience = setTimeout(() => socket.destroy(), limits.queryTimeoutMs);
  let over = false;
  let complete = false;
  /** Ends it behind the answers that are on their way; `patience` is all the time they have. */
  const hangUp = (): void => {
    over = true;
    socket.pause();
    socket.destroySoon();
  };
  const life = setTimeout(hangUp, limits.connectionTimeoutMs);

  const proceed = (): void => {
    if (over || socket.destroyed) return;
    const unanswered = answerSome();
    holdings.note(socket, reader.held + socket.writableLength);
    if (over || socket.destroyed) return;
    if (complete && !unanswered) return hangUp();
    // Nothing is read before what was read is answered, and nothing is answered while the client leaves too much unread (`drain`).
    if (unanswered || socket.writableNeedDrain) socket.pause();
    else socket.resume();
    if (unanswered && !socket.writableNeedDrain) setImmediate(proceed);
  };

  /** Answers what the client can take, at most so many queries. Returns whether there may be more. */
  const answerSome = (): boolean => {
    socket.cork();
    try {
      for (let count = 0; count < limits.queriesPerTurn; count++) {
        if (socket.writableNeedDrain) return true;
        const message = reader.next();
        if (message === undefined) return false;
        const reply = answer(message);
        if (reply === undefined) {
          hangUp();
          return false;
        }
        socket.write(frame(reply));
        patience.refresh();
      }
      return true;
    } finally {
      socket.uncork();
    }
  };

  socket.on("data", (bytes: Buffer) => {
    if (over) return;
    reader.push(bytes);
    proceed();
  });
  socket.on("drain", proceed);
  // A client may say that it asks nothing more, and still wait for its answers.
  socket.on("end", () => {
    complete = true;
    proceed();
  });
  socket.on("error", () => socket.destroy()); // a reset or an unreachable client: nothing to answer, nothing to tell
  socket.on("close", () => {
    clearTimeout(patience);
    clearTimeout(life);
  });
}
