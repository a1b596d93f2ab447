import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --name what-changed` writes the next migration; add STRICT and WITHOUT ROWID to new tables by hand. */
export default defineConfig({ dialect: "sqlite", schema: "schema/tables.ts", out: "schema/migrations" });
