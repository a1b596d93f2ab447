/** Listeners on loopback that speak TLS and WebSocket as told, for the carrier's tests. */
import { X509Certificate } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { createSecureContext, TLSSocket, type SecureContextOptions } from "node:tls";
import { WebSocketServer, type WebSocket } from "ws";
import { listen, type TestPeer } from "../test-peer.ts";
import type { Authority } from "./authority.ts";
import { exportKey, importKey, issueCertificate, newRsaKey } from "./issue.ts";

const DAY_MS = 86_400_000;

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate and key under an authority, from yesterday for two days unless told otherwise. */
export async function issuePair({ certPem, keyPem }: Authority, notAfter = new Date(Date.now() + DAY_MS)): Promise<Pair> {
  const { publicKey, privateKey } = await newRsaKey();
  const cert = await issueCertificate({
    subject: "CN=Chia",
    issuer: issuerOf(certPem),
    publicKey,
    signingKey: await importKey(keyPem),
    notBefore: new Date(Date.now() - 2 * DAY_MS),
    notAfter,
    dnsName: "chia.net",
  });
  return { cert, key: await exportKey(privateKey) };
}

/** An authority that nobody else knows. */
export async function newAuthority(name = "CN=Test CA"): Promise<Authority> {
  const { publicKey, privateKey } = await newRsaKey();
  const times = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
  const certPem = await issueCertificate({ subject: name, issuer: name, publicKey, signingKey: privateKey, ...times });
  return { certPem, keyPem: await exportKey(privateKey) };
}

const issuerOf = (pem: string): string => new X509Certificate(pem).subject.replaceAll("\n", ", ");

/** Takes TLS as told and asks for a certificate, then lets `behave` act on what is inside. */
export function listenTls(options: SecureContextOptions, behave: (tls: TLSSocket) => void): Promise<TestPeer> {
  const secureContext = createSecureContext(options);
  return listen((socket) => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false });
    tls.on("error", () => void tls.destroy());
    tls.once("secure", () => {
      behave(tls);
      tls.resume();
    });
  });
}

/** Takes TLS and the upgrade, then lets `behave` act on the WebSocket and on what it runs on. */
export function listenWebSocket(
  options: SecureContextOptions,
  behave: (socket: WebSocket, tls: TLSSocket, request: IncomingMessage) => void,
): Promise<TestPeer> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false });
  server.on("upgrade", (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on("error", () => socket.terminate());
      if (stream instanceof TLSSocket) behave(socket, stream, request);
    });
  });
  return listenTls(options, (tls) => void server.emit("connection", tls));
}
