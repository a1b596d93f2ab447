/** What every handler of the resolver works with: the clock, the dice, and the network a request is about. */
import type { Context } from "hono";
import type { ResolverEnv, Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import type { RandomInt } from "../sampling/random.ts";
import { isolateOf } from "./isolate.ts";
import type { Held, NetworkMemory } from "./memory.ts";
import type { Background } from "./refreshed.ts";

/** Time and chance, as parameters. */
export interface Platform {
  /** Unix seconds. */
  readonly now: () => number;
  readonly random: RandomInt;
}

/** Seconds after which a client may ask again while there is nothing to serve. */
export const RETRY_AFTER_SECONDS = 30;

/** Makes sure that a network can be answered from memory: a refresh behind the answer, or before it where there is nothing to serve. */
export async function prepare(memory: NetworkMemory, now: number, background: Background): Promise<void> {
  if (memory.isCold(now)) await memory.refresh(now, background);
  else memory.touch(now, background);
}

/** A handler for a path with `:network`, which is 404 for a network that is not served here. */
export function ofNetwork(
  platform: Platform,
  handle: (c: Context<ResolverEnv>, memory: NetworkMemory, now: number) => Promise<Response>,
): Handler {
  return async (c) => {
    const memory = isolateOf(c.env).byName.get(c.req.param("network") ?? "");
    if (memory === undefined) return problem(404, "unknown-network", "This network is not served here");
    const now = platform.now();
    await prepare(memory, now, c.executionCtx);
    return handle(c, memory, now);
  };
}

/** The held snapshot while it may be served, or the problem to answer with. */
export function servable(memory: NetworkMemory, now: number): Held | Response {
  const { held } = memory;
  if (held !== undefined && now < held.expires) return held;
  const retry = { "retry-after": String(RETRY_AFTER_SECONDS) };
  if (held === undefined) return problem(503, "snapshot-absent", "No snapshot of this network is here yet", undefined, retry);
  return problem(503, "snapshot-expired", "The last snapshot of this network is too old to serve", undefined, retry);
}

/** RFC 7234 §5.5.1: says in HTTP what EDE 3 says in DNS. RFC 9111 no longer defines it; clients of seeds read it all the same. */
export const warning = (held: Held, now: number): Record<string, string> =>
  now < held.stale ? {} : { warning: '110 - "Response is Stale"' };

/** Whole seconds since the snapshot was made. */
export const ageOf = (held: Held, now: number): number => Math.max(0, Math.floor(now - held.generated));
