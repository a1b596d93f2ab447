/** The registry's face: its HTTP routes, and the minute tick. It keeps no state of its own. */
import { Hono } from "hono";
import { configOf } from "../config.ts";
import type { EdgeEnv } from "../endpoint.ts";
import type { Clock } from "./authority.ts";
import { forgetNonces, openDatabase, reasonOf } from "./database.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { publicRoutes } from "./public-routes.ts";
import { heal, publish, type PublishBindings } from "./publish.ts";
import { answerRefusal } from "./refusal.ts";
import { reportRoutes } from "./report-routes.ts";

const systemClock: Clock = () => Math.floor(Date.now() / 1000);

/** The registry's app by this clock. */
export function createRegistry(clock: Clock = systemClock): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();
  app.route("/", publicRoutes(clock).onError(answerRefusal));
  app.route("/", reportRoutes(clock).onError(answerRefusal));
  app.route("/", operatorRoutes(clock).onError(answerRefusal));
  return app;
}

export const registry = createRegistry();

/** The minute tick: renews every network's snapshot where that is due, heals what KV did not take, and forgets old nonces. */
export async function tick(bindings: PublishBindings, clock: Clock = systemClock): Promise<void> {
  const now = clock();
  const work = configOf(bindings).served.map(async (served) => {
    if ((await publish(bindings, served, now)) !== "published") await heal(bindings, served, now);
  });
  // One network's failure must not keep the others from being published; all failures are reported together.
  const failures = (await Promise.allSettled([...work, forgetNonces(openDatabase(bindings.DB), now)])).flatMap((each) =>
    each.status === "rejected" ? [each.reason as unknown] : [],
  );
  // The platform's log shows the message alone.
  if (failures.length > 0) throw new AggregateError(failures, `the minute tick failed in part: ${failures.map(reasonOf).join("; ")}`);
}
