/** How the devnet's Chia nodes take calls: TLS that asks for a certificate, then the upgrade to a WebSocket (chia/server/server.py). One for all nodes. */
import { X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { WebSocketServer, type WebSocket } from "ws";
import { CHIA_AUTHORITY } from "../../net/chia/authority.ts";
import type { DevnetNode } from "../population.ts";
import { certificates } from "./certificates.ts";

/** The largest message that a node reads (chia/server/server.py, max_message_size). */
const MAX_MESSAGE = 50 * 1024 * 1024;

/** Called with the WebSocket, and with what it runs on for who breaks its rules. */
export type Greet = (socket: WebSocket, transport: Duplex) => void;

export interface Door {
  /** Takes a call of a node. Nothing happens where the caller has no certificate or asks for something else: it is hung up on. */
  readonly open: (node: DevnetNode, transport: Duplex, greet: Greet) => void;
}

/** A door for all nodes. Each shows a certificate of its own: to Chia's nodes, two with the same are one (chia/server/server.py, connection_added). */
export async function createDoor(): Promise<Door> {
  const contextOf = await certificates();
  const { publicKey } = new X509Certificate(CHIA_AUTHORITY.certPem);
  const guests = new WeakMap<Duplex, Greet>();
  const server = createServer((_, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: MAX_MESSAGE });
  server.on("upgrade", (request, transport: Duplex, head) => {
    const greet = guests.get(transport);
    if (request.url !== "/ws" || greet === undefined) transport.end("HTTP/1.1 404 Not Found\r\n\r\n");
    else sockets.handleUpgrade(request, transport, head, (socket) => greet(socket, transport));
  });
  server.on("clientError", (_, transport) => void transport.destroy());
  return {
    open({ index }, transport, greet) {
      const secureContext = contextOf(index);
      const tls = new TLSSocket(transport, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: true });
      tls.on("error", () => void tls.destroy());
      tls.once("secure", () => {
        const caller = tls.getPeerX509Certificate();
        if (caller !== undefined && caller.verify(publicKey)) {
          guests.set(tls, greet);
          server.emit("connection", tls);
        } else tls.destroy();
      });
    },
  };
}
