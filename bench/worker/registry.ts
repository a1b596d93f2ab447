/** The registry with a counter of rows written, read and reset at /bench/rows. */
import { registry } from "../../workers/registry/routes.ts";

let rowsWritten = 0;

/** D1 itself, adding up what each batch says it wrote. */
function counted(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, key) {
      if (key === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements);
          for (const { meta } of results) rowsWritten += meta.rows_written;
          return results;
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/bench/rows") return registry.fetch(request, { ...env, DB: counted(env.DB) }, context);
    const total = rowsWritten;
    rowsWritten = 0;
    return Response.json(total);
  },
} satisfies ExportedHandler<Env>;
