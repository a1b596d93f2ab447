/** `/v1/networks/{network}/reports`: vantages push what they say about peers, and read it back. */
import { Hono } from "hono";
import { PushSchema, PUSH_LIMITS, type Push } from "../../schema/api.ts";
import { MAX_ADDRESS_LENGTH } from "../../schema/address.ts";
import type { Zone } from "../../schema/zone.ts";
import { onlyVantages, spendAlone, type Clock, type VantageEnv } from "./authority.ts";
import { check, parseJson } from "./body.ts";
import { publish } from "./publish.ts";
import { applyPush, START } from "./push.ts";
import { badRequest, tooLarge, wrongMethod } from "./refusal.ts";
import { readReported } from "./report-rows.ts";

const PATH = "/v1/networks/:network/reports";

export function reportRoutes(clock: Clock): Hono<VantageEnv> {
  const app = new Hono<VantageEnv>();
  app.post(PATH, onlyVantages(clock), async (c) => {
    const { db, now, spend, body } = c.get("proven");
    const served = c.get("served");
    const push = parsePush(body);
    const reply = await applyPush(db, { network: served.network, vantage: spend.key, push, spend, now });
    c.executionCtx.waitUntil(publish(c.env, served, now, mayServe(push, served.zone, now)));
    return c.json(reply);
  });
  app.get(PATH, onlyVantages(clock), async (c) => {
    const { db, spend } = c.get("proven");
    const after = c.req.query("after");
    if (after !== undefined && after.length > MAX_ADDRESS_LENGTH) throw badRequest("after: not an address");
    await spendAlone(db, spend);
    return c.json(await readReported(db, c.get("served").network.name, spend.key, after, START));
  });
  app.all(PATH, () => wrongMethod("GET, POST"));
  return app;
}

function parsePush(body: Uint8Array): Push {
  const value = parseJson(body);
  if (typeof value === "object" && value !== null && "changes" in value && Array.isArray(value.changes)) {
    const { length } = value.changes;
    if (length > PUSH_LIMITS.changes) throw tooLarge("The push is too large", `At most ${PUSH_LIMITS.changes} changes`);
  }
  return check(PushSchema, value);
}

/** Whether a push may bring a servable peer: a network that serves none does not wait for its interval then. */
const mayServe = ({ changes }: Push, { tenure }: Zone, now: number): boolean =>
  changes.some((change) => change.state === "good" && now - change.since >= tenure);
