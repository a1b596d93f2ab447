/** One GET over HTTP or HTTPS, within limits, past nobody: through the proxy where there is one. */
import { request as requestHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { dialTls } from "../net/dial-tls.ts";
import { DialError, ProxyError, type Dialer } from "../net/dial.ts";
import { transportProblem } from "../push/signed-fetch.ts";

export interface HttpOptions {
  /** From asking to the last octet, milliseconds. */
  readonly timeoutMs: number;
  /** The longest body read, octets. */
  readonly maxOctets: number;
  readonly accept: string;
  readonly signal: AbortSignal;
  /** Where given, no connection is made and no name resolved but by it. */
  readonly dialName?: Dialer["dialName"];
}

export interface HttpAnswer {
  readonly status: number;
  /** A header's value by its name in lower case; null where it is not there. */
  readonly header: (name: string) => string | null;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** There is no answer, or none within the limits. The message is for people, and in our own words. */
export class HttpError extends Error {
  override name = "HttpError";
}

/**
 * The answer, whatever its status. Redirects are not followed: who is asked was chosen by the operator. Certificates are checked as Node does, by
 * NODE_EXTRA_CA_CERTS too. Rejects with `HttpError`.
 */
export async function httpGet(url: URL, options: HttpOptions): Promise<HttpAnswer> {
  const { timeoutMs, maxOctets, accept } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  let socket: Socket | undefined;
  try {
    socket = await dial(url, options, signal);
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const way = socket === undefined ? { agent: false } : { createConnection: () => socket };
    const call = request(url, { headers: { accept }, signal, ...way });
    const response = await responseOf(call);
    try {
      const body = await read(response, maxOctets);
      const header = (name: string): string | null => [response.headers[name]].flat()[0] ?? null;
      return { status: response.statusCode ?? 0, header, body };
    } finally {
      call.destroy();
    }
  } catch (error) {
    socket?.destroy();
    if (error instanceof HttpError) throw error;
    if (timeout.aborted) throw new HttpError(`no answer within ${timeoutMs / 1_000} s`, { cause: error });
    const known = error instanceof ProxyError || error instanceof DialError;
    throw new HttpError(known ? error.message : transportProblem(error), { cause: error });
  }
}

/** A connection through the proxy; undefined where there is none, and Node connects by itself. */
async function dial(url: URL, { dialName, timeoutMs }: HttpOptions, signal: AbortSignal): Promise<Socket | undefined> {
  if (dialName === undefined) return undefined;
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || (secure ? 443 : 80));
  const options = { timeoutMs, signal };
  return secure ? dialTls(dialName, host, port, options) : dialName(host, port, options);
}

/** Sends the request. A server that switches to another protocol unasked gives no response and no error: only the end shows that. */
function responseOf(call: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once("response", resolve);
    call.on("error", reject); // stays: what comes after the head ends the body, and an error nobody listens to would end the process
    call.once("close", () => reject(new HttpError("the connection ended without an answer")));
    call.end();
  });
}

async function read(response: IncomingMessage, maxOctets: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a body without an encoding comes in octets");
    length += chunk.length;
    if (length > maxOctets) throw new HttpError(`the answer is longer than ${maxOctets} octets`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
