/** The resolver: every public read that is answered from the isolate's memory. No D1, no private key, no client's address. */
import { Hono } from "hono";
import { endpoint, type ResolverBindings, type ResolverEnv } from "../endpoint.ts";
import { notFound } from "../problem.ts";
import { randomInt } from "../sampling/sample.ts";
import { addrsHandler } from "./addrs.ts";
import { directAnswer, type Direct } from "./direct.ts";
import { dohGetHandler, dohPostHandler } from "./doh.ts";
import { indexHandler } from "./index-page.ts";
import { bankOf, documentHandler, sealHandler, snapshotOf } from "./mirror.ts";
import { healthHandler, metricsHandler, readyHandler } from "./monitoring.ts";
import { networksHandler, statusHandler } from "./networks.ts";
import { peersHandler } from "./peers.ts";
import { resolveHandler } from "./resolve.ts";
import type { Platform } from "./handler.ts";

/** The platform's clock and dice. In Workers the clock stands still between I/O, which is fine for times in seconds. */
const PLATFORM: Platform = { now: () => Date.now() / 1000, random: randomInt((words) => crypto.getRandomValues(words)) };

export interface Resolver {
  /** Every route. */
  readonly app: Hono<ResolverEnv>;
  /** The short way, to be tried before the routes. */
  readonly direct: Direct;
  /** Both, one after the other. */
  readonly fetch: (request: Request, env: ResolverBindings, context: ExecutionContext) => Response | Promise<Response>;
}

/** The resolver. Tests pass their own clock. */
export function createResolver(platform: Platform = PLATFORM): Resolver {
  const app = new Hono<ResolverEnv>();
  endpoint(app, "/dns-query", { GET: dohGetHandler(platform), POST: dohPostHandler(platform) });
  endpoint(app, "/resolve", { GET: resolveHandler(platform) });
  endpoint(app, "/v1/networks", { GET: networksHandler(platform) });
  endpoint(app, "/v1/networks/:network", { GET: statusHandler(platform) });
  endpoint(app, "/v1/networks/:network/peers", { GET: peersHandler(platform) });
  endpoint(app, "/v1/networks/:network/snapshot", { GET: documentHandler(platform, snapshotOf) });
  endpoint(app, "/v1/networks/:network/snapshot.sig", { GET: sealHandler(platform, snapshotOf) });
  endpoint(app, "/v1/networks/:network/bank", { GET: documentHandler(platform, bankOf) });
  endpoint(app, "/v1/networks/:network/bank.sig", { GET: sealHandler(platform, bankOf) });
  endpoint(app, "/api/addrs", { GET: addrsHandler(platform) });
  endpoint(app, "/health", { GET: healthHandler });
  endpoint(app, "/ready", { GET: readyHandler(platform) });
  endpoint(app, "/metrics", { GET: metricsHandler(platform) });
  endpoint(app, "/", { GET: indexHandler });
  app.notFound(notFound);
  const direct = directAnswer(platform);
  return { app, direct, fetch: (request, env, context) => direct(request, env, context) ?? app.fetch(request, env, context) };
}

export const resolver = createResolver();
