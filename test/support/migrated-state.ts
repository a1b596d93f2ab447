/** The state of an edge with its database migrated: by wrangler once for all tests, then copied. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { migrate } from "../../scripts/edge.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const MIGRATIONS = join(ROOT, "schema", "migrations");

/** Fills a folder that is new, or has been filled so before. */
export async function fillState(state: string): Promise<void> {
  if (existsSync(join(state, "v3"))) return;
  const template = join(ROOT, ".cache", `migrated-${await digestOfMigrations()}`);
  if (!existsSync(template)) {
    const draft = `${template}.${process.pid}`;
    await migrate(draft);
    await rename(draft, template).catch(() => rm(draft, { recursive: true })); // another process was faster
  }
  await cp(template, state, { recursive: true });
}

/** Of all that a migrated database depends on: the migrations, and the configuration that names it. */
async function digestOfMigrations(): Promise<string> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  const hash = createHash("sha256");
  for (const file of [...names.map((name) => join(MIGRATIONS, name)), join(ROOT, "wrangler.toml")]) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}
