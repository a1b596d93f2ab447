/** HTTP/2: over TLS by ALPN, or in the clear by prior knowledge (RFC 9113 §3.2, §3.3). */
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import {
  Body,
  MAX_HEADER_OCTETS,
  TransportError,
  transportErrorOf,
  type HttpRequest,
  type HttpResponse,
  type Transport,
  type TransportOptions,
} from "./transport.ts";

/** One session, made when it is needed and again when the server has ended it. */
export function openHttp2({ url, ca, timeoutMs, signal }: TransportOptions): Transport {
  let session: ClientHttp2Session | undefined;
  let failure: unknown;
  const open = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    failure = undefined;
    session = connect(url.origin, {
      ...(ca === undefined ? {} : { ca }),
      settings: { enablePush: false, maxHeaderListSize: MAX_HEADER_OCTETS },
    });
    session.on("error", (error) => (failure = error));
    session.unref();
    return session;
  };
  return {
    version: "2",
    exchange: async (request) => {
      signal.throwIfAborted();
      const used = open();
      used.ref();
      try {
        return await answerTo(
          used.request(pseudoHeaders(url, request), { endStream: request.body === undefined, signal }),
          request,
          timeoutMs,
        );
      } catch (error) {
        signal.throwIfAborted();
        used.destroy();
        throw transportErrorOf(failure ?? error);
      } finally {
        if (!used.destroyed) used.unref();
      }
    },
    close: () => session?.destroy(),
  };
}

const pseudoHeaders = (url: URL, { method, target, headers, body }: HttpRequest): Record<string, string> => ({
  ":method": method,
  ":path": target,
  ":scheme": url.protocol.slice(0, -1),
  ":authority": url.host,
  ...headers,
  ...(body === undefined ? {} : { "content-length": String(body.length) }),
});

function answerTo(stream: ClientHttp2Stream, { body }: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      stream.close(constants.NGHTTP2_CANCEL);
      reject(transportErrorOf(error));
    };
    const timer = setTimeout(() => fail(new TransportError("timeout", `no whole answer within ${timeoutMs} ms`)), timeoutMs);
    const content = new Body();
    let head: IncomingHttpHeaders = {};
    let status: number | undefined;
    let ended = false;
    stream.on("response", (headers) => {
      // What the settings ask for is advice to the server (RFC 9113 §6.5.2).
      if (octetsOf(headers) > MAX_HEADER_OCTETS)
        return fail(new TransportError("too-large", `the headers are larger than ${MAX_HEADER_OCTETS} octets`));
      head = headers;
      status = headers[":status"];
    });
    stream.on("data", (chunk: Buffer) => {
      try {
        content.add(chunk);
      } catch (error) {
        fail(error);
      }
    });
    stream.on("end", () => (ended = true));
    stream.on("error", fail);
    stream.on("close", () => {
      if (status === undefined) return fail(new TransportError("closed", "the stream was closed without an answer"));
      if (!ended) return fail(new TransportError("closed", "the stream was closed in the middle of the answer"));
      clearTimeout(timer);
      resolve({ status, headers: headersOf(head), body: content.octets() });
    });
    if (body !== undefined) stream.end(body);
  });
}

const octetsOf = (headers: IncomingHttpHeaders): number =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value ?? "").length, 0);

function headersOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const named = Object.entries(headers).filter(([name, value]) => !name.startsWith(":") && value !== undefined);
  return new Map(named.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]));
}
