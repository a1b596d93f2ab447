/** How the devnet's Chia nodes take calls: TLS that asks for a certificate, then the upgrade to a WebSocket (chia/server/server.py). One for all nodes. */
import { X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { WebSocketServer, type WebSocket } from "ws";
import { CHIA_AUTHORITY } from "../../net/chia/authority.ts";
import { loadCertificate, type ChiaCertificate } from "../../net/chia/certificate.ts";

/** The largest message that a node reads (chia/server/server.py, max_message_size). */
const MAX_MESSAGE = 50 * 1024 * 1024;

/** Called with the WebSocket, and with what it runs on for who breaks its rules. */
export type Greet = (socket: WebSocket, transport: Duplex) => void;

export interface Door {
  /** Takes a call. Nothing happens where the caller has no certificate or asks for something else: it is hung up on. */
  readonly open: (transport: Duplex, greet: Greet) => void;
}

let certificate: Promise<ChiaCertificate> | undefined;

/** A door with the devnet's certificate, which all nodes share: nobody here has a reason to tell them apart by it. */
export async function createDoor(): Promise<Door> {
  const { context } = await (certificate ??= loadCertificate());
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
    open(transport, greet) {
      const tls = new TLSSocket(transport, { isServer: true, secureContext: context, requestCert: true, rejectUnauthorized: true });
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
