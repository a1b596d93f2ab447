/** For the tests: clients that send what they are told, from addresses of their own, and gather what comes back. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";

/** The address of the i-th prefix on loopback: each is a source of its own to the rate limit. At most 50,000. */
export const prefixAddress = (i: number): string => `127.${1 + Math.floor(i / 250)}.${i % 250}.1`;

export async function openUdp(address: string): Promise<UdpSocket> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

/** A message with another id, so that its answer is known; too short for one, it stays as it is. */
export function withId(message: Uint8Array, id: number): Buffer {
  const copy = Buffer.from(message);
  if (copy.length >= 2) copy.writeUInt16BE(id);
  return copy;
}

/** How long in milliseconds a client waits before it sends again what was not answered: a kernel may drop any datagram. */
const RESEND_MS = 2_000;
/** How often it does. */
const RESENDS = 5;

export interface UdpBatch {
  readonly port: number;
  /** Where it is sent from. */
  readonly address: string;
  /** With ids of their own, ascending from 0. */
  readonly messages: readonly Buffer[];
  readonly mustBeAnswered: (message: Buffer) => boolean;
  /** How many are unanswered at once. */
  readonly window: number;
  /** Throws where the answer is wrong. */
  readonly judge: (message: Buffer, reply: Buffer) => void;
}

/** Sends all and waits for every answer that must come. Rejects for answers that are wrong, missing, or to nothing that was asked. */
export async function exchangeUdp({ port, address, messages, mustBeAnswered, window, judge }: UdpBatch): Promise<void> {
  const socket = await openUdp(address);
  const waiting = new Map<number, Buffer>();
  const resent = new Set<number>();
  const done = Promise.withResolvers<void>();
  let next = 0;
  let resends = 0;
  const send = (message: Buffer): void => socket.send(message, port, "127.0.0.1");
  const fill = (): void => {
    for (; waiting.size < window && next < messages.length; next++) {
      const message = messages[next]!;
      if (mustBeAnswered(message)) waiting.set(next, message);
      send(message);
    }
    if (waiting.size === 0) done.resolve();
  };
  const patience = setInterval(() => {
    const [first] = waiting.values();
    if (first !== undefined && ++resends > RESENDS) done.reject(new Error(`no answer to ${first.toString("hex")}`));
    for (const [id, message] of waiting) {
      resent.add(id);
      send(message);
    }
  }, RESEND_MS);
  socket.on("error", done.reject);
  socket.on("message", (reply) => {
    try {
      const id = reply.length >= 2 ? reply.readUInt16BE() : -1;
      const message = waiting.get(id);
      if (message === undefined && resent.has(id)) return;
      if (message === undefined) throw new Error(`an answer that nobody asked for: ${reply.toString("hex")}`);
      judge(message, reply);
      waiting.delete(id);
      patience.refresh();
      fill();
    } catch (error) {
      done.reject(error);
    }
  });
  fill();
  try {
    await done.promise;
  } finally {
    clearInterval(patience);
    socket.close();
  }
}

/** Sends octets as a stream, ends it, and gives what came back until the server ended it too. */
export function exchangeTcp(port: number, address: string, pieces: readonly Uint8Array[]): Promise<Buffer> {
  const received: Buffer[] = [];
  const socket = connect({ port, host: "127.0.0.1", localAddress: address, noDelay: true });
  const done = Promise.withResolvers<Buffer>();
  socket.on("connect", () => {
    for (const piece of pieces) socket.write(piece);
    socket.end();
  });
  socket.on("data", (bytes: Buffer) => received.push(bytes));
  socket.on("error", () => {}); // a server hangs up on what is no query, whatever else was on its way
  socket.on("close", () => done.resolve(Buffer.concat(received)));
  return done.promise;
}
