/** Opens connections to peers. The only file that knows what a socket's error codes mean. */
import { connect, type LookupFunction, type Socket } from "node:net";
import type { AddressFamily, PeerAddress } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";

export interface DialOptions {
  /** Milliseconds until the attempt counts as `connect-timeout`. */
  readonly timeoutMs: number;
  /** Breaks the attempt off; `dial` then throws `DialAborted`. */
  readonly signal: AbortSignal;
}

/** Ways to reach peers: directly, or through a proxy (crawler/net/dialers.ts). */
export interface Dialer {
  /** The families that can be reached at all. */
  readonly families: ReadonlySet<AddressFamily>;
  /**
   * A connected socket. It carries an `error` listener already, so a peer can never crash the process; the caller destroys it, and listens to it in
   * the same turn of the event loop, or what the peer says first may be lost.
   * Throws `DialError` where the peer cannot be reached, `LocalLimit` where we ran out of something, `ProxyError`, `DialAborted`.
   */
  dial(address: PeerAddress, options: DialOptions): Promise<Socket>;
  /**
   * As `dial`, but has the proxy resolve a host name. Present where all that the crawl does goes through a proxy: then nothing here may resolve a
   * name by this machine's resolver, which would tell the local network what the proxy is to hide.
   */
  readonly dialName?: (host: string, port: number, options: DialOptions) => Promise<Socket>;
  /** What keeps some families from being dialled now, for people; undefined where nothing does. */
  readonly trouble?: () => string | undefined;
}

/** The peer cannot be reached; `failure` says why in the words of reports. */
export class DialError extends Error {
  override name = "DialError";
  readonly failure: ProbeFailure;

  constructor(failure: ProbeFailure, detail = "no connection") {
    super(detail);
    this.failure = failure;
  }
}

/** Our own machine ran out of sockets, ports or memory: it says nothing about the peer. */
export class LocalLimit extends Error {
  override name = "LocalLimit";
}

/** A proxy of ours is down, or does not let us in: it says nothing about the peer. The message names the proxy, never its password. */
export class ProxyError extends Error {
  override name = "ProxyError";
}

/** The caller's signal broke the attempt off. */
export class DialAborted extends Error {
  override name = "DialAborted";
}

/** The system's error codes while connecting. Any other code is `unreachable`. */
const FAILURES: Readonly<Record<string, ProbeFailure>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "refused", // a firewall that answers by resetting
  ETIMEDOUT: "connect-timeout",
};

/*
 * EADDRNOTAVAIL is not among them: Linux gives it for every IPv6 address where IPv6 is switched off, as in many containers. Ports do not run out
 * for us, for each connection goes to another address.
 */
const LOCAL_LIMITS: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EAGAIN"]);

/** What a system error while connecting says: a `DialError` about the peer, or a `LocalLimit` about us. */
export function dialError(error: NodeJS.ErrnoException): Error {
  const code = error.code ?? "";
  return LOCAL_LIMITS.has(code) ? new LocalLimit(code) : new DialError(FAILURES[code] ?? "unreachable");
}

const ignore = (): void => {};

/** Dials IPv4 and IPv6 directly over TCP. */
export const directDialer: Dialer = {
  families: new Set<AddressFamily>(["ipv4", "ipv6"]),
  dial: ({ host, port }, options) => connectTo(host, port, options),
};

/** A TCP connection from this machine; throws as `Dialer.dial` does. A name is resolved by the system, or by `lookup`, whose `DialError` is thrown on. */
export function connectTo(host: string, port: number, { timeoutMs, signal }: DialOptions, lookup?: LookupFunction): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new DialAborted());
      return;
    }
    const socket = connect({ host, port, noDelay: true, ...(lookup && { lookup }) });
    const timer = setTimeout(() => fail(new DialError("connect-timeout")), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off("error", onError);
      socket.on("error", ignore); // what ends a connection shows as `close`; an error nobody listens to would end the process
    };
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    const onError = (error: NodeJS.ErrnoException): void => fail(error instanceof DialError ? error : dialError(error));
    const onAbort = (): void => fail(new DialAborted());
    socket.once("connect", onConnect).once("error", onError);
    signal.addEventListener("abort", onAbort);
  });
}
