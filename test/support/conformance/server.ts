/** For tests: our own answering code behind Node's HTTP servers, every HTTP rule kept, with a place to break each on purpose. */
import { createServer, ServerResponse, type IncomingMessage } from "node:http";
import { createSecureServer, createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { answerQuery } from "../../../workers/dns/answer.ts";
import { DnsFormatError } from "../../../workers/dns/query.ts";
import { contextOf } from "../../../workers/dns/test-zone.ts";
import { readMessage, type Message } from "../../../conformance/message.ts";
import type { Pair } from "../self-signed.ts";

const DNS_MESSAGE = "application/dns-message";
const MAX_URL = 16_384;
const METHODS = "GET, HEAD, POST, OPTIONS";

/** A request as breakages see it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** The DNS message that came with it, as octets and read; undefined where there was none. */
  readonly query: Uint8Array | undefined;
  readonly message: Message | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Makes of a good answer a bad one. */
export type Breakage = (asked: Asked, good: Answered) => Answered | Promise<Answered>;

export interface TestServer {
  readonly url: URL;
  /** What every answer goes through from now on. */
  breakage: Breakage;
  readonly close: () => Promise<void>;
}

const COMMON = { "access-control-allow-origin": "*" };
const problem = (status: number, headers: Readonly<Record<string, string>> = {}): Answered => {
  const body = Buffer.from(JSON.stringify({ status }));
  const all = { ...COMMON, "content-type": "application/problem+json", "content-length": String(body.length), "cache-control": "no-store" };
  return { status, headers: { ...all, ...headers }, body };
};

/** What a good server answers. */
export function goodAnswer({ method, path, headers, parameters, query }: Asked, urlLength: number): Answered {
  if (path !== "/dns-query") return problem(404);
  if (method === "OPTIONS") {
    return {
      status: 204,
      headers: {
        ...COMMON,
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": "content-type, accept",
        allow: METHODS,
      },
      body: new Uint8Array(0),
    };
  }
  if (!METHODS.includes(method)) return problem(405, { allow: METHODS });
  if (urlLength > MAX_URL) return problem(414);
  if (method === "POST" && headers["content-type"]?.split(";")[0]?.trim().toLowerCase() !== DNS_MESSAGE) return problem(415);
  if (!accepts(headers.accept)) return problem(406);
  if (query !== undefined && query.length > 65_535) return problem(413);
  if (query === undefined || (method !== "POST" && parameters.getAll("dns").length !== 1)) return problem(400);
  try {
    const { message, lifetime } = answerQuery(query, contextOf());
    const cache = method !== "POST" && lifetime > 0 ? `public, max-age=${lifetime}` : "no-store";
    const all = { ...COMMON, "content-type": DNS_MESSAGE, "content-length": String(message.length), "cache-control": cache };
    return { status: 200, headers: all, body: message };
  } catch (error) {
    if (error instanceof DnsFormatError) return problem(400);
    throw error;
  }
}

const accepts = (accept: string | undefined): boolean =>
  accept === undefined || ["*/*", "application/*", DNS_MESSAGE].some((type) => accept.includes(type));

/** The octets of `?dns=`; undefined for what is not base64url. */
function decoded(text: string | null): Uint8Array | undefined {
  if (text === null || !/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  return Uint8Array.from(Buffer.from(text, "base64url"));
}

type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

async function bodyOf(request: AnyRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Starts a server on a free port of loopback: TLS with HTTP/2 and HTTP/1.1, TLS with HTTP/1.1 alone, or plain with one of them. */
export async function startTestServer(options: { tls?: Pair; http2?: boolean } = {}): Promise<TestServer> {
  const serve = async (request: AnyRequest, response: AnyResponse): Promise<void> => {
    const url = new URL(`http://any${request.url}`);
    const posted = request.method === "POST" ? await bodyOf(request) : undefined;
    const query = posted ?? decoded(url.searchParams.get("dns"));
    const asked: Asked = {
      method: request.method ?? "",
      path: url.pathname,
      parameters: url.searchParams,
      headers: request.headers,
      query,
      message: query && readMessage(query),
    };
    const { status, headers, body } = await server.breakage(asked, goodAnswer(asked, request.url?.length ?? 0));
    if (response.destroyed) return;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.statusCode = status;
    if (request.method === "HEAD") response.end();
    else if (response instanceof ServerResponse) response.end(body);
    else response.end(body);
  };
  const handle = (request: AnyRequest, response: AnyResponse): void => {
    serve(request, response).catch(() => request.socket.destroy());
  };
  const limits = { maxHeaderSize: 65_536 };
  const listener: Server =
    options.tls === undefined
      ? options.http2 === true
        ? createHttp2Server(handle)
        : createServer(limits, handle)
      : options.http2 === true
        ? createSecureServer({ ...options.tls, ...limits, allowHTTP1: true }, handle)
        : createTlsServer({ ...options.tls, ...limits }, handle);
  const sockets = new Set<Socket>();
  for (const event of ["connection", "secureConnection"]) {
    listener.on(event, (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const server: TestServer = {
    url: new URL(`${options.tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}/dns-query`),
    breakage: (_, good) => good,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      if (listener.listening) await once(listener, "close");
    },
  };
  return server;
}
