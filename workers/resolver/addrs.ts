/**
 * `/api/addrs`: what Decred's HTTPS seeding reads (dcrd addrmgr/seed.go; dcrseeder http.go): JSON objects, one a line, as text. The
 * request's `Host` says which network, as it does with dcrseeder, so one edge can stand behind several seeder names.
 */
import type { Context } from "hono";
import type { ResolverEnv, Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import type { Peer, Pool } from "../sampling/pool.ts";
import { samplePool } from "../sampling/sample.ts";
import { isolateOf } from "./isolate.ts";
import type { NetworkMemory } from "./memory.ts";
import { prepare, servable, warning, type Platform } from "./handler.ts";

/** dcrd takes at most so many addresses, and reads at most so many octets, from one seeder. */
export const MAX_ADDRS = 16;
export const MAX_ADDRS_OCTETS = 4_096;

/** dcrd takes IP literals only. Where overlay hosts come up in a draw, a wider one is made, so that their places are not lost. */
const WIDE_DRAW = 100;

export function addrsHandler(platform: Platform): Handler {
  return async (c) => {
    const memory = byHost(c);
    if (memory === undefined) return problem(404, "unknown-host", "No network is served under this host name");
    const now = platform.now();
    await prepare(memory, now, c.executionCtx);
    const held = servable(memory, now);
    if (held instanceof Response) return held;
    const headers = { ...PUBLIC_HEADERS, ...warning(held, now), "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
    return new Response(lines(draw(c, held.pool, platform)), { headers });
  };
}

function byHost(c: Context<ResolverEnv>): NetworkMemory | undefined {
  const authority = c.req.header("host") ?? new URL(c.req.url).host;
  const host = authority.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  return isolateOf(c.env).networks.find(({ served: { zone } }) =>
    [zone.name, ...zone.hosts].some((name) => name.toLowerCase().replace(/\.$/, "") === host),
  );
}

/** dcrseeder's filters: an IP version other than 4 and 6, and numbers that do not parse, filter nothing; `pver` is a minimum. */
function draw(c: Context<ResolverEnv>, pool: Pool, platform: Platform): Peer[] {
  const services = unsigned(c.req.query("services")).toString(16);
  const minVersion = Number(unsigned(c.req.query("pver")));
  const family = ({ "4": "ipv4", "6": "ipv6" } as const)[c.req.query("ipversion") ?? ""];
  const selection = { family, services, minVersion };
  const drawn = samplePool(pool, selection, MAX_ADDRS, platform.random);
  if (drawn.every(isIp)) return drawn;
  return samplePool(pool, selection, WIDE_DRAW, platform.random).filter(isIp).slice(0, MAX_ADDRS);
}

const isIp = ({ address }: Peer): boolean => address.family === "ipv4" || address.family === "ipv6";

const MAX_UINT64 = (1n << 64n) - 1n;

/** A decimal number as Go's `strconv.ParseUint` reads it: 0 where it does not parse, the largest of 64 bits where it is larger. */
function unsigned(text: string | undefined): bigint {
  if (text === undefined || !/^\d+$/.test(text)) return 0n;
  const digits = text.replace(/^0+/, "");
  if (digits.length > 20 || BigInt(digits) > MAX_UINT64) return MAX_UINT64;
  return BigInt(digits);
}

/** Whole lines within the client's limit: a JSON error fails its whole call. Services are 64-bit, beyond what `JSON.stringify` can write. */
function lines(peers: readonly Peer[]): string {
  let body = "";
  for (const { text: host, services, version } of peers) {
    const line = `{"host":"${host}","services":${BigInt(`0x${services}`)},"pver":${version}}\n`;
    if (body.length + line.length > MAX_ADDRS_OCTETS) break;
    body += line;
  }
  return body;
}
