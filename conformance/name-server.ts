/**
 * Asking a name server as resolvers do: by UDP, again where no answer comes, and by TCP where it was cut or there still is none (RFC 1035 §4.2,
 * RFC 7766). Name servers limit how fast they answer one client by UDP, and a run asks faster than any.
 */
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
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
    const within = (share: number): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs * share)]);
    try {
      for (let i = 0; i < UDP_ATTEMPTS; i++) {
        const answer = await askUdp(query, at, within(1 / (UDP_ATTEMPTS + 1))).catch(untilTimeout);
        const cut = answer !== undefined && ((readMessage(answer)?.flags ?? 0) & FLAG.TC) !== 0;
        if (cut) break;
        if (answer !== undefined) return answer;
        signal.throwIfAborted();
      }
      return await askTcp(query, at, within(1 / (UDP_ATTEMPTS + 1)));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && error.name === "TimeoutError") throw new TransportError("timeout", `no answer within ${timeoutMs} ms`);
      throw transportErrorOf(error);
    }
  };
}

/** Datagrams sent before TCP is tried; the time is shared out evenly. */
export const UDP_ATTEMPTS = 3;

function untilTimeout(error: unknown): undefined {
  if (error instanceof Error && error.name === "TimeoutError") return undefined;
  throw error;
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
