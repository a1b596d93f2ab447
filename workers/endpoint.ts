/** Public endpoints: the HTTP rules that all of them share, so that no handler can forget one. */
import type { Context, Env as HonoEnv, Hono } from "hono";
import { problem } from "./problem.ts";
import { PUBLIC_HEADERS } from "./public-headers.ts";

/** What the registry, and the Worker as a whole, is given. */
export type EdgeEnv = { Bindings: Env };

/** What the resolver is given to see: configuration, and the store to read from. No database, no secret. */
export interface ResolverBindings extends Pick<Env, "SNAPSHOT_PUBLIC_KEYS" | "OPERATOR_PUBLIC_KEYS" | "ZONES"> {
  readonly SNAPSHOTS: SnapshotReads;
}
/** KV, read only. */
export type SnapshotReads = Pick<KVNamespace, "get" | "getWithMetadata">;
export type ResolverEnv = { Bindings: ResolverBindings };

export type Handler<E extends HonoEnv = ResolverEnv> = (c: Context<E>) => Response | Promise<Response>;

/** For how many seconds a browser may keep a preflight's answer: a day, what Firefox allows at most. */
const PREFLIGHT_SECONDS = 86_400;

/**
 * Registers a public endpoint. GET also answers HEAD with the same headers (RFC 9110 §9.3.2), OPTIONS answers the CORS preflight, any
 * other method is 405 with `Allow`.
 */
export function endpoint<E extends HonoEnv>(
  app: Hono<E>,
  path: string,
  handlers: { readonly GET: Handler<E>; readonly POST?: Handler<E> },
): void {
  const allow = handlers.POST === undefined ? "GET, HEAD, OPTIONS" : "GET, HEAD, POST, OPTIONS";
  app.all(path, (c) => {
    switch (c.req.method) {
      case "GET":
        return handlers.GET(c);
      case "HEAD":
        return withoutBody(handlers.GET(c));
      case "OPTIONS":
        return preflight(allow);
      case "POST":
        if (handlers.POST !== undefined) return handlers.POST(c);
    }
    return problem(405, "method-not-allowed", "This method is not for this resource", `Allowed: ${allow}`, { allow });
  });
}

/** The headers alone. The platform states the length of a body that it sends; where it sends none, we have to. */
async function withoutBody(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.body === null || response.headers.has("content-length")) return response;
  const headers = new Headers(response.headers);
  headers.set("content-length", String((await response.arrayBuffer()).byteLength));
  return new Response(null, { status: response.status, headers });
}

function preflight(allow: string): Response {
  const headers = {
    ...PUBLIC_HEADERS,
    allow,
    "access-control-allow-methods": allow,
    "access-control-allow-headers": "content-type, accept, if-none-match",
    "access-control-max-age": String(PREFLIGHT_SECONDS),
  };
  return new Response(null, { status: 204, headers });
}

/** A JSON answer. `cache` is its `Cache-Control`. */
export function json(value: unknown, cache: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    headers: { ...PUBLIC_HEADERS, "content-type": "application/json", "cache-control": cache, ...headers },
  });
}
