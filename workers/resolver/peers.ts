/** `/v1/networks/{network}/peers`: a fresh random sample as JSON or text. */
import * as v from "valibot";
import { ServicesSchema } from "../../schema/network.ts";
import { json, type Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import type { Peer } from "../sampling/pool.ts";
import { samplePool } from "../sampling/sample.ts";
import { ageOf, ofNetwork, servable, warning, type Platform } from "./handler.ts";

/** The most peers one sample may hold, and how many it holds unless asked. */
export const MAX_COUNT = 100;
export const DEFAULT_COUNT = 25;

const decimal = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,10}$/, "expected a whole number"), v.transform(Number), v.minValue(least), v.maxValue(most));

const QuerySchema = v.object({
  count: v.optional(decimal(1, MAX_COUNT), String(DEFAULT_COUNT)),
  family: v.optional(v.picklist(["ipv4", "ipv6", "onion", "i2p", "cjdns"])),
  services: v.optional(ServicesSchema),
  min_version: v.optional(decimal(0, 0x7fff_ffff)),
  format: v.optional(v.picklist(["json", "text"]), "json"),
});

/** Every request draws anew, so an answer is of no use to anyone else. */
const NO_STORE = "no-store";

export const peersHandler = (platform: Platform): Handler =>
  ofNetwork(platform, async (c, memory, now) => {
    const query = v.safeParse(QuerySchema, c.req.query(), { abortEarly: true });
    if (!query.success) {
      const [issue] = query.issues;
      return problem(400, "bad-parameter", "A query parameter is not understood", `${v.getDotPath(issue) ?? "query"}: ${issue.message}`);
    }
    const held = servable(memory, now);
    if (held instanceof Response) return held;
    const { count, family, services, min_version: minVersion, format } = query.output;
    const peers = samplePool(held.pool, { family, services, minVersion }, count, platform.random);
    const headers = warning(held, now);
    if (format === "text") return text(peers, headers);
    const { seq, generated, expires } = held;
    const body = {
      network: memory.served.network.name,
      seq,
      generated,
      expires,
      age: ageOf(held, now),
      freshness: memory.freshness(now),
      peers: peers.map(row),
    };
    return json(body, NO_STORE, headers);
  });

const row = ({ address, services, version, agent, asn, country }: Peer) => ({
  address: address.host,
  port: address.port,
  services,
  version,
  agent,
  asn,
  country,
});

function text(peers: readonly Peer[], headers: Record<string, string>): Response {
  const lines = peers.map((peer) => `${peer.text}\n`);
  return new Response(lines.join(""), {
    headers: { ...PUBLIC_HEADERS, "content-type": "text/plain; charset=utf-8", "cache-control": NO_STORE, ...headers },
  });
}
