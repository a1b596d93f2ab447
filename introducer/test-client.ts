/** For the tests: a client of Chia's on real sockets, with a certificate of its own. */
import { once } from "node:events";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { CHIA_AUTHORITY } from "../crawler/net/chia/authority.ts";
import { loadCertificate } from "../crawler/net/chia/certificate.ts";
import { encodeHandshake, NODE_TYPES, offered, type Handshake } from "../crawler/protocols/chia/handshake.ts";
import { encodeMessage, MESSAGE_TYPES } from "../crawler/protocols/chia/message.ts";
import { DEVNET_CHIA } from "../schema/networks/devnet.ts";

export const AUTHORITY = CHIA_AUTHORITY;
export const CERTIFICATE = await loadCertificate();

/** Dials as Chia's nodes do (chia/server/server.py, ssl_context_for_client). */
export function connectTls(port: number, options: ConnectionOptions = {}): TLSSocket {
  const certificate = { ca: AUTHORITY.certPem, cert: CERTIFICATE.certPem, key: CERTIFICATE.keyPem };
  return connect({ host: "127.0.0.1", port, ...certificate, servername: "", checkServerIdentity: () => undefined, ...options });
}

export const greeting = (changes: Partial<Handshake> = {}): Uint8Array =>
  encodeMessage({
    type: MESSAGE_TYPES.handshake,
    data: encodeHandshake({
      networkId: DEVNET_CHIA.wire.networkId,
      protocolVersion: "0.0.38",
      softwareVersion: "2.7.3",
      serverPort: 0,
      nodeType: NODE_TYPES.wallet,
      capabilities: offered([1, 2, 3, 6]),
      ...changes,
    }),
  });

export const request = (id?: number): Uint8Array => {
  const message = { type: MESSAGE_TYPES.requestPeersIntroducer, data: new Uint8Array(0) };
  return encodeMessage(id === undefined ? message : { ...message, id });
};

export interface TestClient {
  readonly socket: WebSocket;
  /** Sends octets as one message and resolves with the next one that comes. */
  ask(message: Uint8Array): Promise<Uint8Array>;
  /** How it ended: 1006 where it was cut. */
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Opens a WebSocket. Rejects where the server refuses. */
export async function connectClient(port: number, options: ConnectionOptions = {}, path = "/ws"): Promise<TestClient> {
  // The scheme is `ws` because the connection given is encrypted already.
  const createConnection = () => connectTls(port, options);
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { createConnection, perMessageDeflate: false });
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, "open");
  socket.on("error", () => {}); // a cut connection: `ended` tells
  return {
    socket,
    ended,
    ask: (message) =>
      new Promise((resolve, reject) => {
        socket.once("message", (data) => resolve(data instanceof Uint8Array ? new Uint8Array(data) : new Uint8Array(0)));
        void ended.then(({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
        socket.send(message);
      }),
  };
}
