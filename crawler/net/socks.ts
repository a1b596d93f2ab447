/** Connections through a SOCKS5 proxy (RFC 1928, RFC 1929). The only file that knows what a proxy's replies mean. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { SocksClient } from "socks";
import type { AddressFamily } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import { connectTo, DialAborted, DialError, ProxyError, type Dialer, type DialOptions } from "./dial.ts";
import { proxyName, type Proxy } from "./proxy.ts";

/** How long the proxy itself is waited for. It is on this machine or near it. */
export const PROXY_TIMEOUT_MS = 5_000;

/** How long a peer behind a proxy is waited for at least: an onion service takes several circuits to reach, 3 to 20 s where it is there at all. */
export const OVERLAY_TIMEOUT_MS = 30_000;

/** Octets of a random user name and of a random password, before they are written in hex. */
const ISOLATION_OCTETS = 16;

/** The longest that the proxy's words up to its reply's code are: two of the method, two of the log-in, two of the reply. */
const HEARD_OCTETS = 6;

const VERSION = 5;
const NO_LOGIN = 0;
const PASSWORD = 2;
const NO_METHOD = 0xff;
const COMMAND_NOT_SUPPORTED = 7;

/**
 * Replies (RFC 1928 §6) by their code, as reports word them; any other code is `unreachable`, among them "general failure" and Tor's 0xf0 to 0xf3
 * for a service without a descriptor or a rendezvous (socks-extensions.txt of the Tor specifications). A general failure may be the proxy's own, but
 * is what Tor says of many dead services; where it says so of everybody, the crawl takes itself to be cut off from that network (engine/uplink.ts).
 */
const REPLIES = new Map<number, ProbeFailure>([
  [0x05, "refused"],
  [0x06, "connect-timeout"], // TTL expired: Tor's and microsocks's word for a timeout
  [0xf4, "refused"], // Tor: the service lets in only those it knows
  [0xf5, "refused"],
  [0xf7, "connect-timeout"], // Tor: no introduction in time
]);

export interface SocksOptions {
  readonly proxy: Proxy;
  readonly families: Iterable<AddressFamily>;
  /** Logs in by a new random name at each connection where the proxy has no credentials: Tor then uses another circuit for each (Core's -proxyrandomize). */
  readonly isolate: boolean;
}

export interface SocksDialer extends Dialer {
  readonly dialName: NonNullable<Dialer["dialName"]>;
  readonly trouble: NonNullable<Dialer["trouble"]>;
}

/** Dials through a proxy; peers get `OVERLAY_TIMEOUT_MS` at least. Overlay names, and those of `dialName`, are resolved by the proxy only. */
export function socksDialer({ proxy, families, isolate }: SocksOptions): SocksDialer {
  let trouble: string | undefined;
  const dialName = async (host: string, port: number, { timeoutMs, signal }: DialOptions): Promise<Socket> => {
    try {
      const socket = await connectThrough(proxy, isolate, host, port, { timeoutMs: Math.max(timeoutMs, OVERLAY_TIMEOUT_MS), signal });
      trouble = undefined;
      return socket;
    } catch (error) {
      if (error instanceof ProxyError) trouble = error.message;
      else if (error instanceof DialError) trouble = undefined; // the proxy has answered
      throw error;
    }
  };
  return {
    families: new Set(families),
    dial: ({ host, port }, options) => dialName(host, port, options),
    dialName,
    trouble: () => trouble,
  };
}

async function connectThrough(proxy: Proxy, isolate: boolean, host: string, port: number, options: DialOptions): Promise<Socket> {
  let socket: Socket;
  try {
    socket = await connectTo(proxy.host, proxy.port, { timeoutMs: PROXY_TIMEOUT_MS, signal: options.signal });
  } catch (error) {
    if (error instanceof DialError) throw complaint(proxy, `cannot be reached (${error.failure})`);
    throw error;
  }
  const credentials = proxy.credentials ?? (isolate ? randomCredentials() : undefined);
  return ask(socket, { ...proxy, ...(credentials && { credentials }) }, { host, port }, options);
}

/** Asks the connected proxy for a way to `destination`. The proxy is destroyed where it does not give one. */
async function ask(
  socket: Socket,
  proxy: Proxy,
  destination: { readonly host: string; readonly port: number },
  { timeoutMs, signal }: DialOptions,
): Promise<Socket> {
  const heard: number[] = [];
  const note = (bytes: Uint8Array): void => void heard.push(...bytes.subarray(0, HEARD_OCTETS - heard.length));
  const breakOff = (): void => void socket.destroy();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    breakOff();
  }, timeoutMs);
  signal.addEventListener("abort", breakOff);
  socket.on("data", note);
  try {
    const { host, port, credentials } = proxy;
    await SocksClient.createConnection({
      proxy: { type: VERSION, host, port, ...(credentials && { userId: credentials.username, password: credentials.password }) },
      command: "connect",
      destination: { ...destination },
      existing_socket: socket,
      timeout: timeoutMs, // the client's timer cannot be stopped; it holds nothing up
    });
    return socket;
  } catch {
    // The client's error holds the password and no reply code: the proxy's own octets say it all.
    socket.destroy();
    throw signal.aborted ? new DialAborted() : whyNot(heard, proxy, late);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", breakOff);
    socket.off("data", note);
  }
}

/** What the proxy's octets so far say of a request that came to nothing. */
function whyNot(heard: readonly number[], proxy: Proxy, late: boolean): Error {
  const [version, method, , status] = heard;
  const silent = late ? "does not answer" : "hung up";
  if (version === undefined || method === undefined) return complaint(proxy, silent);
  if (version !== VERSION) return complaint(proxy, "is no SOCKS5 proxy");
  if (method === NO_METHOD) return complaint(proxy, "lets nobody in who logs in as we do");
  if (method !== NO_LOGIN && method !== PASSWORD) return complaint(proxy, "asks for a log-in that we did not offer");
  if (method === PASSWORD && status === undefined) return complaint(proxy, silent);
  if (method === PASSWORD && status !== 0) return complaint(proxy, "refused the user name and password");
  const [replyVersion, code] = heard.slice(method === PASSWORD ? 4 : 2);
  if (replyVersion === undefined || code === undefined)
    return late ? new DialError("connect-timeout", "no reply from the proxy") : complaint(proxy, silent);
  if (replyVersion !== VERSION || code === 0) return complaint(proxy, "gave half an answer");
  if (code === COMMAND_NOT_SUPPORTED) return complaint(proxy, "makes no connections");
  return new DialError(REPLIES.get(code) ?? "unreachable", `the proxy's reply was 0x${code.toString(16).padStart(2, "0")}`);
}

const complaint = (proxy: Proxy, what: string): ProxyError => new ProxyError(`proxy ${proxyName(proxy)} ${what}`);

const randomCredentials = (): { username: string; password: string } => ({
  username: randomBytes(ISOLATION_OCTETS).toString("hex"),
  password: randomBytes(ISOLATION_OCTETS).toString("hex"),
});
