/** The registry with a counter of rows written, read and reset at /bench/rows. */
import { registry, tick } from "../../workers/registry/routes.ts";

let rowsWritten = 0;

function count<Result extends D1Response>(result: Result): Result {
  rowsWritten += result.meta.rows_written;
  return result;
}

const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

/** A statement that adds up what it wrote, however it is run. */
function countedStatement(statement: D1PreparedStatement): D1PreparedStatement {
  const counted = new Proxy(statement, {
    get(target, key) {
      if (key === "bind") return (...values: unknown[]) => countedStatement(target.bind(...values));
      if (key === "run" || key === "all") return async () => count(await target[key]());
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  originals.set(counted, statement);
  return counted;
}

/** D1 itself, adding up what it says it wrote. */
function countedDatabase(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, key) {
      if (key === "prepare") return (sql: string) => countedStatement(target.prepare(sql));
      if (key === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements.map((each) => originals.get(each) ?? each));
          return results.map(count);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The environment with a counted database; one for each real one, as the registry keeps what it parsed by environment. */
const environments = new WeakMap<Env, Env>();
function countedEnvironment(env: Env): Env {
  let counted = environments.get(env);
  if (counted === undefined) environments.set(env, (counted = { ...env, DB: countedDatabase(env.DB) }));
  return counted;
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/bench/rows") return registry.fetch(request, countedEnvironment(env), context);
    const total = rowsWritten;
    rowsWritten = 0;
    return Response.json(total);
  },
  scheduled: (_controller, env) => tick(countedEnvironment(env)),
} satisfies ExportedHandler<Env>;
