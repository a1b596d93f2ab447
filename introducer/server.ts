/** TLS and WebSocket for an introducer, as Chia's nodes have them (chia/server/server.py): TLS 1.3, certificates on both sides, `/ws`. */
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { Admission } from "../serving/admission.ts";
import { Buckets } from "../serving/buckets.ts";
import { sourcePrefix } from "../serving/source.ts";
import type { Counters } from "./counters.ts";
import type { IntroducerLimits } from "./limits.ts";
import type { IntroducerSession } from "./session.ts";
import { serveClient } from "./visit.ts";

/** Who we are, and under whom clients must be. PEM texts. */
export interface ServerCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly authorityPem: string;
}

export interface ServerOptions {
  readonly certificate: ServerCertificate;
  readonly limits: IntroducerLimits;
  readonly counters: Counters;
  /** A session for one client. */
  readonly session: () => IntroducerSession;
  /** Milliseconds that only go forward. */
  readonly nowMs: () => number;
}

/** RFC 6455 §7.4.1: the server goes down. */
const GOING_AWAY = 1_001;

/** A server that is not listening yet, and its end. */
export interface IntroducerServer {
  readonly server: Server;
  readonly connections: number;
  /** Says goodbye to every client, waits for their answers for as long as the limit says, then cuts. Resolves when nothing is left. */
  close(): Promise<void>;
}

export function introducerServer(options: ServerOptions): IntroducerServer {
  const { limits, counters, nowMs } = options;
  const admission = new Admission(limits);
  const arrivals = new Buckets({ perSecond: limits.arrivalsPerSecond, burst: limits.arrivalBurst, keys: limits.prefixes });
  const open = new Set<Socket>();
  const guests = new Set<WebSocket>();
  const https = secureServer(options, guests);
  const server = createServer({ noDelay: true }, (socket) => {
    const address = socket.remoteAddress ?? "0.0.0.0";
    const leave = arrivals.take(sourcePrefix(address), nowMs()) === 0 ? admission.admit(address) : undefined;
    if (leave === undefined) {
      counters.add("refused");
      socket.destroy();
      return;
    }
    counters.add("accepted");
    open.add(socket);
    const life = setTimeout(() => socket.destroy(), limits.lifetimeMs);
    socket.once("close", () => {
      clearTimeout(life);
      open.delete(socket);
      leave();
    });
    https.emit("connection", socket);
  });
  return {
    server,
    get connections() {
      return admission.total;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      await Promise.all(Array.from(guests, farewell));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Speaks TLS and HTTP on sockets that are given to it, and never listens itself. */
function secureServer({ certificate, limits, counters, session }: ServerOptions, guests: Set<WebSocket>): HttpsServer {
  const webSocketOptions = {
    noServer: true,
    path: "/ws",
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageOctets,
    maxFragments: limits.fragments,
    closeTimeout: limits.closeTimeoutMs, // @types/ws does not know it
  };
  const webSockets = new WebSocketServer(webSocketOptions);
  const patience = new WeakMap<Duplex, NodeJS.Timeout>();
  const https = createHttpsServer(
    {
      cert: certificate.certPem,
      key: certificate.keyPem,
      ca: certificate.authorityPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxHeaderSize: limits.headOctets,
    },
    (request, response) => response.writeHead(request.url === "/ws" ? 426 : 404, { connection: "close" }).end(),
  );
  https.on("tlsClientError", () => counters.add("tls-failed"));
  https.on("secureConnection", (tls: TLSSocket) => {
    const timer = setTimeout(() => tls.destroy(), limits.handshakeTimeoutMs);
    patience.set(tls, timer);
    tls.once("close", () => clearTimeout(timer));
  });
  https.on("upgrade", (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (guest) => {
      guests.add(guest);
      guest.once("close", () => guests.delete(guest));
      const idle = setTimeout(() => guest.terminate(), limits.idleTimeoutMs);
      guest.once("close", () => clearTimeout(idle));
      const onAnswer = (): void => {
        clearTimeout(patience.get(socket));
        idle.refresh();
      };
      serveClient(guest, { session: session(), limits, counters, onAnswer });
    });
  });
  return https;
}

function farewell(guest: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (guest.readyState === WebSocket.CLOSED) resolve();
    else guest.once("close", () => resolve()).close(GOING_AWAY, "stopping");
  });
}
