/** Which versions of HTTP a server speaks, found by ALPN (RFC 7301), and transports for them. */
import { connect as plainConnect, type Socket } from "node:net";
import { connect as tlsConnect, TLSSocket } from "node:tls";
import { openHttp1 } from "./http1.ts";
import { openHttp2 } from "./http2.ts";
import { transportErrorOf, TransportError, type HttpVersion, type Transport, type TransportOptions } from "./transport.ts";

/** What to speak: one version, both, or whatever is offered. */
export type HttpChoice = HttpVersion | "both" | "offered";

export interface Offers {
  /** HTTP/2 first. */
  readonly transports: readonly [Transport, ...Transport[]];
  /** Versions that the server agreed to by ALPN, only to hang up on whoever speaks them. */
  readonly mute: readonly HttpVersion[];
}

const ALPN: Readonly<Record<HttpVersion, string>> = { "1.1": "http/1.1", "2": "h2" };
const OPENERS: Readonly<Record<HttpVersion, (options: TransportOptions) => Transport>> = { "1.1": openHttp1, "2": openHttp2 };

/**
 * Transports of the versions chosen, HTTP/2 first. Rejects with `TransportError` where the server cannot be reached, its certificate is
 * not trusted, or it does not speak a version that was asked for. Over plain http:// nothing is negotiated: HTTP/1.1 unless chosen otherwise.
 */
export async function openTransports(options: TransportOptions, choice: HttpChoice): Promise<Offers> {
  const wanted: readonly HttpVersion[] = choice === "both" || choice === "offered" ? ["2", "1.1"] : [choice];
  const spoken: HttpVersion[] = [];
  let failure: unknown;
  if (options.url.protocol === "http:") {
    await reach(options);
    spoken.push(...wanted.filter((version) => choice !== "offered" || version === "1.1"));
  } else {
    for (const version of wanted) {
      try {
        const chosen = await negotiate(options, version);
        // Who chose HTTP/2 knows ALPN: that it does not choose HTTP/1.1 says that it is not offered. A server that knows no ALPN speaks it.
        const unsaid = chosen === "nothing" && version === "1.1" && (choice !== "offered" || spoken.length === 0);
        if (chosen === "it" || unsaid) spoken.push(version);
      } catch (error) {
        failure ??= error; // the other version may be offered all the same
      }
    }
  }
  const [first, ...rest] = spoken.map((version) => OPENERS[version](options));
  if (first === undefined) throw failure === undefined ? notSpoken(wanted) : transportErrorOf(failure);
  if (choice === "both" && rest.length === 0) throw notSpoken(wanted.filter((version) => version !== first.version));
  return choice === "offered" ? withoutMute(options, [first, ...rest]) : { transports: [first, ...rest], mute: [] };
}

/** Parts what is spoken from what was only agreed on, where the server agreed to several versions: each is tried with one request. */
async function withoutMute({ url }: TransportOptions, transports: Offers["transports"]): Promise<Offers> {
  const mute: Transport[] = [];
  for (const transport of transports.length > 1 ? transports : []) {
    try {
      await transport.exchange({ method: "GET", target: `${url.pathname}${url.search}`, headers: {} });
    } catch (error) {
      if (error instanceof TransportError) {
        if (error.failure !== "too-large") mute.push(transport);
        continue;
      }
      for (const each of transports) each.close();
      throw error;
    }
  }
  const [first, ...rest] = transports.filter((transport) => !mute.includes(transport));
  if (first === undefined) return { transports, mute: [] };
  for (const transport of mute) transport.close();
  return { transports: [first, ...rest], mute: mute.map(({ version }) => version) };
}

/** The alert of a server that has none of what ALPN offers (RFC 7301 §3.2), as Node calls it. */
const NO_COMMON_PROTOCOL = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

const notSpoken = (versions: readonly HttpVersion[]): TransportError =>
  new TransportError("refused", `the server does not speak HTTP/${versions.join(" or HTTP/")}`);

/** What a server chooses in a TLS handshake that offers nothing but this version: it, another, or nothing by ALPN. */
async function negotiate({ url, ca, timeoutMs, signal }: TransportOptions, version: HttpVersion): Promise<"it" | "another" | "nothing"> {
  const host = hostOf(url);
  const options = {
    host,
    port: Number(url.port || 443),
    ALPNProtocols: [ALPN[version]],
    ca,
    ...(isAddress(host) ? {} : { servername: host }),
  };
  const socket = tlsConnect(options);
  try {
    await settled(socket, "secureConnect", timeoutMs, signal);
    return socket.alpnProtocol === ALPN[version] ? "it" : socket.alpnProtocol === false ? "nothing" : "another";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === NO_COMMON_PROTOCOL) return "another";
    throw error;
  } finally {
    socket.destroy();
  }
}

/** Makes sure that somebody listens. */
async function reach({ url, timeoutMs, signal }: TransportOptions): Promise<void> {
  const socket = plainConnect({ host: hostOf(url), port: Number(url.port || 80) });
  try {
    await settled(socket, "connect", timeoutMs, signal);
  } catch (error) {
    throw transportErrorOf(error);
  } finally {
    socket.destroy();
  }
}

function settled(socket: Socket | TLSSocket, event: "connect" | "secureConnect", timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const timer = setTimeout(() => reject(new TransportError("timeout", `no connection within ${timeoutMs} ms`)), timeoutMs);
    const done = (act: () => void) => (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      act();
    };
    socket.once(event, done(resolve));
    socket.on("error", (error) => done(() => reject(error))());
    socket.once(
      "close",
      done(() => reject(new TransportError("closed", "the connection was closed"))),
    );
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

/** The host as sockets take it: IPv6 without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

const isAddress = (host: string): boolean => host.includes(":") || /^[\d.]+$/.test(host);
