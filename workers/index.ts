/** The Worker: wiring only. */
import { Hono } from "hono";
import type { EdgeEnv } from "./endpoint.ts";
import { notFound } from "./problem.ts";
import { registry, tick } from "./registry/routes.ts";
import { resolver } from "./resolver/routes.ts";

const app = new Hono<EdgeEnv>();
app.route("/", registry);
app.route("/", resolver.app);
app.notFound(notFound);

export default {
  fetch: (request, env, context) => resolver.direct(request, env, context) ?? app.fetch(request, env, context),
  scheduled: (_controller, env) => tick(env),
} satisfies ExportedHandler<Env>;
