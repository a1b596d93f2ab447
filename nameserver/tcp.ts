/** DNS over TCP (RFC 7766): pipelined queries, and no patience for clients that only hold a connection. */
import { createServer, type Server, type Socket } from "node:net";
import { Admission, type AdmissionLimits } from "../serving/admission.ts";
import { frame, MessageReader } from "./framing.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";

/** Answers one message; undefined for octets that are no query, which end the connection. */
export type Answerer = (message: Uint8Array) => Uint8Array | undefined;

export interface TcpLimits extends AdmissionLimits {
  readonly queryTimeoutMs: number;
  readonly unreadOctets: number;
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
  const server = createServer({ noDelay: true }, (socket) => {
    const leave = admission.admit(socket.remoteAddress ?? "0.0.0.0");
    if (leave === undefined) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      leave();
    });
    converse(socket, answer, limits);
  });
  return { server, cut: () => open.forEach((socket) => socket.destroy()) };
}

function converse(socket: Socket, answer: Answerer, limits: TcpLimits): void {
  const reader = new MessageReader();
  // Only a completed query earns more time: a client that drips octets is cut off as one that is silent.
  const patience = setTimeout(() => socket.destroy(), limits.queryTimeoutMs);
  socket.on("close", () => clearTimeout(patience));
  socket.on("error", () => socket.destroy()); // a reset or an unreachable client: nothing to answer, nothing to tell
  socket.on("data", (bytes: Buffer) => {
    for (const message of reader.push(bytes)) {
      const reply = answer(message);
      if (reply === undefined) {
        socket.destroy();
        return;
      }
      socket.write(frame(reply));
      patience.refresh();
    }
    // A client that asks and does not read is held back, then cut off.
    if (socket.writableLength > limits.unreadOctets) socket.destroy();
    else if (socket.writableNeedDrain) socket.pause();
  });
  socket.on("drain", () => socket.resume());
}
