/** Listeners on loopback for the tests of dialling, probing and crawling: real sockets that behave as told. */
import { createServer, type Socket } from "node:net";
import { parseAddress, type PeerAddress } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { encodeMessage } from "../protocols/bitcoin/frame.ts";
import { encodeAddr } from "../protocols/envelope/addr.ts";
import { encodeVersion, type VersionMessage } from "../protocols/envelope/version.ts";

export interface TestPeer extends AsyncDisposable {
  readonly address: PeerAddress;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Connections open now. */
  readonly open: () => number;
}

/** Listens on a free port of `host`; `behave` gets every connection. */
export async function listen(behave: (socket: Socket) => void, host = "127.0.0.1"): Promise<TestPeer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    behave(socket);
    socket.resume(); // a socket that nobody reads never closes
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("not listening on TCP");
  return {
    address: parseAddress(`${host}:${bound.port}`),
    accepted: () => accepted,
    open: () => sockets.size,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** An address where nobody listens. */
export async function deadAddress(): Promise<PeerAddress> {
  const peer = await listen(() => {});
  await peer[Symbol.asyncDispose]();
  return peer.address;
}

export const message = (command: string, payload: Uint8Array = new Uint8Array(0), magic = DEVNET.wire.magic): Uint8Array =>
  encodeMessage(magic, command, payload);

/** A `version` payload that a devnet crawler is content with, but for `fields`. */
export function version(fields: Partial<VersionMessage> = {}): Uint8Array {
  const party = { services: "0", address: parseAddress("127.0.0.1:1") };
  const agent = { nonce: 7n, userAgent: "/peer:1/", startHeight: 100, relay: false };
  return encodeVersion({
    version: 70_016,
    services: "409",
    timestamp: 1_800_000_000n,
    receiver: party,
    sender: party,
    ...agent,
    ...fields,
  });
}

/** An `addr` payload that names these addresses as full nodes seen just now. */
export function addr(addresses: readonly PeerAddress[]): Uint8Array {
  const time = Math.floor(Date.now() / 1_000);
  return encodeAddr(addresses.map((address) => ({ address, services: "9", time })));
}

/** Behaviour of a good node without addresses to tell; it hangs up when asked for some. */
export function shakeHands(socket: Socket): void {
  socket.on("data", (bytes) => bytes.includes("getaddr") && socket.end());
  socket.write(message("version", version()));
  socket.write(message("verack"));
}

/** Peers that fail, by the reason that each must be given. */
export const MISBEHAVIOURS: Readonly<Partial<Record<ProbeFailure, (socket: Socket) => void>>> = {
  closed: (socket) => void socket.end(),
  "wrong-network": (socket) => void socket.write(message("version", version(), "f9beb4d9")),
  malformed: (socket) => void socket.write(message("version", new Uint8Array(5))),
  flooding: (socket) => void socket.write(message("version", new Uint8Array(5_000))),
  self: (socket) => void socket.on("data", (bytes) => socket.write(bytes)),
  "version-too-old": (socket) => void socket.write(message("version", version({ version: 60_000 }))),
  "services-missing": (socket) => void socket.write(message("version", version({ services: "0" }))),
};
