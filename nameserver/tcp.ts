/** DNS over TCP (RFC 7766): pipelined queries, and no patience for clients that only hold a connection. */
import { createServer, type Server, type Socket } from "node:net";
import { frame, MessageReader } from "./framing.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";
import { sourcePrefix } from "./source.ts";

/** Answers one message; undefined for octets that are no query, which end the connection. */
export type Answerer = (message: Uint8Array) => Uint8Array | undefined;

export interface TcpLimits {
  readonly connections: number;
  readonly connectionsPerSource: number;
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
  const perSource = new Map<string, number>();
  const server = createServer({ noDelay: true }, (socket) => {
    const source = sourcePrefix(socket.remoteAddress ?? "0.0.0.0");
    const count = (perSource.get(source) ?? 0) + 1;
    if (open.size >= limits.connections || count > limits.connectionsPerSource) {
      socket.destroy();
      return;
    }
    open.add(socket);
    perSource.set(source, count);
    socket.once("close", () => {
      open.delete(socket);
      const left = (perSource.get(source) ?? 1) - 1;
      if (left === 0) perSource.delete(source);
      else perSource.set(source, left);
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
