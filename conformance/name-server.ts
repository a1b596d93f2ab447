/** Asking a name server: by UDP, and again by TCP where its answer was cut (RFC 1035 §4.2, RFC 7766). */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { isIPv6 } from "node:net";
import { FLAG, readMessage } from "./message.ts";
import { hostOf } from "./offers.ts";
import { TransportError, transportErrorOf } from "./transport.ts";

export interface NameServerOptions {
  /** `dns://host:port`; without a port 53. */
  readonly url: URL;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks with octets that need be no sound query. Rejects with `TransportError`, or the signal's reason. */
export function openNameServer({ url, timeoutMs, signal }: NameServerOptions): (query: Uint8Array) => Promise<Uint8Array> {
  const at = { host: hostOf(url), port: Number(url.port || 53) };
  return async (query) => {
    signal.throwIfAborted();
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const answer = await askUdp(query, at, limit);
      const cut = ((readMessage(answer)?.flags ?? 0) & FLAG.TC) !== 0;
      return cut ? await askTcp(query, at, limit) : answer;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && error.name === "TimeoutError") throw new TransportError("timeout", `no answer within ${timeoutMs} ms`);
      throw transportErrorOf(error);
    }
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** The first datagram that comes from there. */
export function askUdp(query: Uint8Array, { host, port }: Place, limit: AbortSignal): Promise<Uint8Array> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  return ending(
    limit,
    () => socket.close(),
    (resolve, reject) => {
      socket.on("error", reject);
      socket.on("message", (message) => resolve(new Uint8Array(message)));
      socket.connect(port, host, () => socket.send(query));
    },
  );
}

/** A query and its answer on a connection of their own, each with its length before it. */
export function askTcp(query: Uint8Array, place: Place, limit: AbortSignal): Promise<Uint8Array> {
  const socket = connect(place);
  return ending(
    limit,
    () => socket.destroy(),
    (resolve, reject) => {
      const length = new Uint8Array([query.length >> 8, query.length & 0xff]);
      let received = Buffer.alloc(0);
      socket.on("connect", () => socket.write(Buffer.concat([length, query])));
      socket.on("error", reject);
      socket.on("close", () => reject(new TransportError("closed", "the connection was closed before a whole answer")));
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const end = received.length < 2 ? Infinity : 2 + received.readUInt16BE(0);
        if (received.length >= end) resolve(new Uint8Array(received.subarray(2, end)));
      });
    },
  );
}

/** A promise that ends with the limit, and that cleans up however it ends. */
async function ending<T>(
  limit: AbortSignal,
  close: () => void,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(limit.reason);
  limit.addEventListener("abort", abort, { once: true });
  try {
    limit.throwIfAborted();
    start(resolve, reject);
    return await promise;
  } finally {
    limit.removeEventListener("abort", abort);
    close();
  }
}
