/** The Worker: wiring only. */
import { Hono } from "hono";
import type { EdgeEnv } from "./endpoint.ts";
import { internalError, notFound } from "./problem.ts";
import { registry, tick } from "./registry/routes.ts";
import { resolver } from "./resolver/routes.ts";

const app = new Hono<EdgeEnv>();
app.route("/", registry);
app.route("/", resolver.app);
app.notFound(notFound);
app.onError(internalError);

/** Warm answers are no promises; whatever is thrown on either way, the client gets a problem document. */
function answer(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
  try {
    const direct = resolver.direct(request, env, context) ?? app.fetch(request, env, context);
    return direct instanceof Promise ? direct.catch(internalError) : direct;
  } catch (error) {
    return internalError(error);
  }
}

export default {
  fetch: answer,
  scheduled: (_controller, env) => tick(env),
} satisfies ExportedHandler<Env>;
