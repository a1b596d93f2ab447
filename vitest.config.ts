import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Vitest's own second is too short for a slow or busy machine. */
const PATIENCE = { poll: { timeout: 10_000, interval: 100 } };

/** Many tests wait for processes that they started: with one file a core, half of each core would be idle. */
const MAX_WORKERS = availableParallelism() + 1;

/** Two runtimes: what runs in Workers is tested in workerd, the rest in Node. */
export default defineConfig({
  test: {
    maxWorkers: MAX_WORKERS,
    projects: [
      {
        test: {
          name: "node",
          include: [
            "{schema,crawler,serving,nameserver,introducer,conformance,client,cli,scripts}/**/*.test.ts",
            "workers/{dns,dnssec,sampling}/**/*.test.ts",
            "test/contract/**/*.test.ts",
          ],
          testTimeout: 30_000,
          expect: PATIENCE,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                MIGRATIONS: await readD1Migrations("schema/migrations"),
                SEEDCAST_FUZZ_SEED: process.env["SEEDCAST_FUZZ_SEED"] ?? "",
              },
            },
          })),
        ],
        test: {
          name: "workers",
          include: ["workers/{registry,resolver}/**/*.test.ts", "workers/*.test.ts"],
          setupFiles: ["workers/test-setup.ts"],
          testTimeout: 30_000,
          expect: PATIENCE,
        },
      },
      // Only in the network namespace that scripts/check.ts makes: real nodes on public-looking addresses, and other people's DNS software.
      {
        test: {
          name: "interop",
          include: ["test/{interop,judges}/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: PATIENCE,
        },
      },
    ],
  },
});
