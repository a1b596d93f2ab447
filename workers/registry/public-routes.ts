/** What anyone may ask the registry: one peer's verdict, and the chain of snapshots. */
import { Hono } from "hono";
import type { ChainPage } from "../../schema/chain.ts";
import { sealHeaders } from "../../schema/seal.ts";
import { endpoint, json, type EdgeEnv } from "../endpoint.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import { servedNetwork, type Clock } from "./authority.ts";
import { readLink, readLinks, readText, SNAPSHOT_TEXTS_KEPT } from "./chain.ts";
import { openDatabase } from "./database.ts";
import { numberParameter } from "./parameter.ts";
import { addressParameter, checkPeer } from "./peer-check.ts";
import { sealOf } from "./publish.ts";
import { RefusalError } from "./refusal.ts";

/** A verdict changes with pushes, which come by the minute. */
const CHECK_CACHE = "public, max-age=15";

/** New links come by the minute. */
const CHAIN_CACHE = "public, max-age=30";

/** A snapshot never changes. */
const SNAPSHOT_CACHE = "public, max-age=31536000, immutable";

/** Links in one page of the chain. */
export const CHAIN_PAGE = 100;

export function publicRoutes(clock: Clock): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();
  endpoint(app, "/v1/networks/:network/peers/:address", {
    GET: async (c) => {
      const served = servedNetwork(c.env, c.req.param("network"));
      const address = addressParameter(c.req.param("address") ?? "");
      return json(await checkPeer(openDatabase(c.env.DB), served, address, clock()), CHECK_CACHE);
    },
  });
  endpoint(app, "/v1/networks/:network/snapshots", {
    GET: async (c) => {
      const { network } = servedNetwork(c.env, c.req.param("network"));
      const before = numberParameter(c.req.query("before"), "before");
      const db = openDatabase(c.env.DB);
      const links = await readLinks(db, network.name, before, CHAIN_PAGE + 1);
      const newest = before === undefined ? links[0] : (await readLinks(db, network.name, undefined, 1))[0];
      const page = links.slice(0, CHAIN_PAGE);
      const body: ChainPage = {
        network: network.name,
        snapshots: page.map((link) => ({
          ...sealOf(link),
          created: link.created,
          previous: link.previous,
          peers: link.peers,
          kept: newest !== undefined && link.seq > newest.seq - SNAPSHOT_TEXTS_KEPT,
        })),
        next: links.length > page.length ? page.at(-1)!.seq : null,
      };
      return json(body, CHAIN_CACHE);
    },
  });
  endpoint(app, "/v1/networks/:network/snapshots/:seq", {
    GET: async (c) => {
      const { network } = servedNetwork(c.env, c.req.param("network"));
      const seq = numberParameter(c.req.param("seq"), "seq") ?? 0;
      const db = openDatabase(c.env.DB);
      const link = await readLink(db, network.name, seq);
      if (link === undefined) throw new RefusalError(404, "unknown-snapshot", "No snapshot has this number");
      const text = await readText(db, network.name, seq);
      if (text === undefined) {
        throw new RefusalError(410, "snapshot-pruned", "The bytes of this snapshot are no longer kept", {
          detail: `Of the last ${SNAPSHOT_TEXTS_KEPT} they are; the chain keeps every digest`,
        });
      }
      const headers = { ...PUBLIC_HEADERS, ...sealHeaders(sealOf(link)), etag: `"${link.digest}"`, "cache-control": SNAPSHOT_CACHE };
      return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
    },
  });
  return app;
}
