/** `/v1/operator`: operators enrol, limit and disable vantages, and read what was done. */
import { Hono } from "hono";
import { VantageSchema } from "../../schema/api.ts";
import { keyId } from "../../schema/key.ts";
import { configOf } from "../config.ts";
import { onlyOperators, spendAlone, type Clock, type OperatorEnv } from "./authority.ts";
import { check, parseJson } from "./body.ts";
import { numberParameter } from "./parameter.ts";
import { publish } from "./publish.ts";
import { badRequest, RefusalError, wrongMethod } from "./refusal.ts";
import { enrol, listVantages, readAudit, setDisabled } from "./vantage-rows.ts";

export function operatorRoutes(clock: Clock): Hono<OperatorEnv> {
  const app = new Hono<OperatorEnv>();
  app.use("/v1/operator/*", onlyOperators(clock));
  app.post("/v1/operator/vantages", async (c) => {
    const { db, now, spend, body } = c.get("proven");
    const asked = check(VantageSchema, parseJson(body));
    const { served, operatorKeys } = configOf(c.env);
    const unknown = asked.networks.find((name) => !served.some(({ network }) => network.name === name));
    if (unknown !== undefined) throw badRequest(`networks: this edge does not serve ${unknown}`);
    if (operatorKeys.some((key) => keyId(key) === keyId(asked.publicKey))) {
      throw new RefusalError(409, "operator-key", "An operator's key cannot be a vantage's too");
    }
    const { vantage, created } = await enrol(db, { now, spend }, asked);
    return c.json(vantage, created ? 201 : 200);
  });
  app.get("/v1/operator/vantages", async (c) => {
    const { db, spend } = c.get("proven");
    await spendAlone(db, spend);
    return c.json(await listVantages(db));
  });
  app.post("/v1/operator/vantages/:id/:act{disable|enable}", async (c) => {
    const { db, now, spend } = c.get("proven");
    const vantage = await setDisabled(db, { now, spend }, c.req.param("id"), c.req.param("act") === "disable");
    const { served } = configOf(c.env);
    c.executionCtx.waitUntil(Promise.all(served.map((each) => publish(c.env, each, now))));
    return c.json(vantage);
  });
  app.get("/v1/operator/audit", async (c) => {
    const { db, spend } = c.get("proven");
    const before = numberParameter(c.req.query("before"), "before");
    await spendAlone(db, spend);
    return c.json(await readAudit(db, before));
  });
  app.all("/v1/operator/vantages", () => wrongMethod("GET, POST"));
  app.all("/v1/operator/vantages/:id/:act{disable|enable}", () => wrongMethod("POST"));
  app.all("/v1/operator/audit", () => wrongMethod("GET"));
  return app;
}
