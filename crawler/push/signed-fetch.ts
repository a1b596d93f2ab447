/** Requests signed by RFC 9421, and replies read within limits: the one way in which a crawler or an operator speaks to a registry. */
import { randomBytes, webcrypto } from "node:crypto";
import { signRequest } from "../../schema/http-signature.ts";
import type { Signer } from "../../schema/private-key.ts";

/** What a signed request needs from outside. */
export interface SignedFetchContext {
  readonly key: Signer;
  readonly fetch: typeof fetch;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** From sending to the last octet of the reply, milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SignedRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** A reply, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body parsed as JSON; undefined where it is none. */
  readonly value: unknown;
}

/** The largest reply read, in octets: a page of 5,000 reports is about 2 MB. */
export const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** A request that got no usable reply: no connection, cut short, too slow, too long. */
export class TransportError extends Error {
  override name = "TransportError";
}

/** Signs, sends and reads the reply, whatever its status. Rejects with `TransportError`. Redirects are not followed: the signature binds the address. */
export async function signedFetch(context: SignedFetchContext, request: SignedRequest): Promise<Reply> {
  const { method, url } = request;
  const body = method === "GET" ? undefined : Uint8Array.from(Buffer.from(request.body === undefined ? "" : JSON.stringify(request.body)));
  const headers = await signRequest({
    method,
    url: url.href,
    ...(body === undefined ? {} : { body }),
    signer: context.key,
    crypto: webcrypto.subtle,
    created: Math.floor(context.now() / 1_000),
    nonce: randomBytes(18).toString("base64url"),
  });
  const timeout = AbortSignal.timeout(context.timeout);
  const signal = context.signal === undefined ? timeout : AbortSignal.any([context.signal, timeout]);
  try {
    const response = await context.fetch(url, {
      method,
      headers: { ...headers, accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal,
    });
    const octets = await readOctets(response, MAX_REPLY_BYTES);
    return { status: response.status, headers: response.headers, value: parseJson(Buffer.from(octets).toString("utf8")) };
  } catch (error) {
    if (timeout.aborted) throw new TransportError(`no reply within ${context.timeout / 1_000} s`);
    throw error instanceof TransportError ? error : new TransportError(transportProblem(error));
  }
}

/** A whole body, given up beyond `limit` octets. Rejects with `TransportError`. */
export async function readOctets(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw new TransportError(`the reply is longer than ${limit} octets`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

/** What went wrong below HTTP, from the platform's error code where it gives one. */
export function transportProblem(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause) return `no connection (${String(cause.code)})`;
  return cause instanceof Error ? `no connection (${cause.message})` : "no connection";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an error page of something in between
  }
}
