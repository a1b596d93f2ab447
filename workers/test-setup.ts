/** Gives every test file a database with the migrations applied. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- the runtime's types name it so
  namespace Cloudflare {
    interface Env {
      readonly MIGRATIONS?: D1Migration[];
      /** The seed of a fuzz test's failure, to send the same again; empty for new ones. */
      readonly SEEDCAST_FUZZ_SEED?: string;
    }
  }
}

await applyD1Migrations(env.DB, env.MIGRATIONS ?? []);
