/** HTTP/1.1, over TLS or plain. */
import { Agent, request as plainRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import {
  Body,
  MAX_HEADER_OCTETS,
  transportErrorOf,
  TransportError,
  type HttpRequest,
  type HttpResponse,
  type Transport,
  type TransportOptions,
} from "./transport.ts";

/** Opens nothing yet: each exchange takes the connection that is there or makes one. */
export function openHttp1({ url, ca, timeoutMs, signal }: TransportOptions): Transport {
  const tls = url.protocol === "https:";
  const agent = tls
    ? new TlsAgent({ keepAlive: true, maxSockets: 1, ca, ALPNProtocols: ["http/1.1"] })
    : new Agent({ keepAlive: true, maxSockets: 1 });
  const attempt = ({ method, target, headers, body }: HttpRequest): [ClientRequest, Promise<HttpResponse>] => {
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const options = { agent, method, path: target, headers: { ...headers, ...length }, maxHeaderSize: MAX_HEADER_OCTETS, signal };
    const request = (tls ? tlsRequest : plainRequest)(url, options);
    return [request, answerTo(request, body, timeoutMs)];
  };
  return {
    version: "1.1",
    exchange: async (request) => {
      signal.throwIfAborted();
      const [sent, answer] = attempt(request);
      try {
        return await answer;
      } catch (error) {
        signal.throwIfAborted();
        // A server may close an idle connection just as we use it (RFC 9110 §9.2.2 lets safe requests be repeated; ours all are).
        const stale = sent.reusedSocket && error instanceof TransportError && error.failure === "closed";
        if (!stale) throw error;
        return attempt(request)[1];
      }
    },
    close: () => agent.destroy(),
  };
}

function answerTo(request: ClientRequest, body: Uint8Array | undefined, timeoutMs: number): Promise<HttpResponse> {
  return new Promise<HttpResponse>((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      request.destroy();
      reject(transportErrorOf(error));
    };
    const timer = setTimeout(() => fail(new TransportError("timeout", `no whole answer within ${timeoutMs} ms`)), timeoutMs);
    request.on("error", fail);
    request.on("response", (response) => {
      const content = new Body();
      response.on("data", (chunk: Buffer) => {
        try {
          content.add(chunk);
        } catch (error) {
          fail(error);
        }
      });
      response.on("error", fail);
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body: content.octets() });
      });
      response.on("close", () => {
        if (!response.complete) fail(new TransportError("closed", "the connection was closed in the middle of the answer"));
      });
    });
    request.end(body);
  });
}

function headersOf({ headersDistinct }: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(Object.entries(headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]));
}
