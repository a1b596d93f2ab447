/** The registry with a counter of rows written, read and reset at /bench/rows, and a publication on demand at /bench/publish. */
import { configOf } from "../../workers/config.ts";
import { publish } from "../../workers/registry/publish.ts";
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

/** Publishes at once where anything was pushed since the last time; answers with how many octets KV was given. */
async function publishNow(env: Env): Promise<Response> {
  let octets = 0;
  const { SNAPSHOTS } = env;
  const put = (key: string, value: string, options?: KVNamespacePutOptions): Promise<void> => {
    octets = Math.max(octets, value.length);
    return SNAPSHOTS.put(key, value, options);
  };
  const served = configOf(env).served[0]!;
  const outcome = await publish(
    { ...env, SNAPSHOTS: { getWithMetadata: SNAPSHOTS.getWithMetadata.bind(SNAPSHOTS), put } },
    { ...served, zone: { ...served.zone, interval: 0 } },
    Math.floor(Date.now() / 1_000),
  );
  return Response.json({ outcome, octets });
}

export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/publish") return publishNow(env);
    if (pathname !== "/bench/rows") return registry.fetch(request, countedEnvironment(env), context);
    const total = rowsWritten;
    rowsWritten = 0;
    return Response.json(total);
  },
  scheduled: (_controller, env) => tick(countedEnvironment(env)),
} satisfies ExportedHandler<Env>;
