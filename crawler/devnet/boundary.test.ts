import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const DEVNET = /^crawler\/devnet\//;

/** What a file imports of ours, statically (`from "./x.ts"`) or on demand (`import("./x.ts")`), type-only imports left out. */
function importsOf(file: string, onDemand: boolean): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const pattern = onDemand
    ? /(?<!import type [^;]*)\b(?:from |import )"(\.[^"]+)"|import\("(\.[^"]+)"\)/g
    : /(?<!import type [^;]*)\b(?:from |import )"(\.[^"]+)"/g;
  return Array.from(text.matchAll(pattern), ([, fixed, lazy]) => relative(ROOT, join(ROOT, dirname(file), (fixed ?? lazy)!)));
}

/** Every file of ours that comes with an entry point, but for what only `without` brings in. */
function reach(entry: string, onDemand = true, without: readonly string[] = []): Set<string> {
  const seen = new Set<string>([entry]);
  for (const file of seen) {
    if (without.includes(file) || !file.endsWith(".ts")) continue;
    for (const next of importsOf(file, onDemand)) seen.add(next);
  }
  return seen;
}

const devnetIn = (files: ReadonlySet<string>): string[] => [...files].filter((file) => DEVNET.test(file));

describe("the devnet", () => {
  it("is what this test would notice", () => {
    expect(devnetIn(reach("cli/commands/devnet.ts"))).toContain("crawler/devnet/server.ts");
    expect(reach("crawler/crawl.ts").size).toBeGreaterThan(30);
    expect(reach("crawler/crawl.ts")).toContain("crawler/protocols/bitcoin/session.ts");
  });

  const commands = readdirSync(join(ROOT, "cli", "commands")).map((file) => `cli/commands/${file}`);
  const production = [
    "crawler/crawl.ts",
    "crawler/push/pusher.ts",
    "nameserver/nameserver.ts",
    "workers/index.ts",
    "scripts/local-seed.ts",
    ...commands.filter((file) => file !== "cli/commands/devnet.ts"),
  ];
  it.each(production)("cannot be reached from %s", (entry) => {
    expect(devnetIn(reach(entry))).toEqual([]);
  });

  it("is reached from the command line and from npm start only where it is asked for", () => {
    expect(devnetIn(reach("cli/main.ts", true, ["cli/commands/devnet.ts"]))).toEqual([]);
    for (const entry of ["cli/main.ts", "scripts/start.ts"]) expect(reach(entry, false)).not.toContain("crawler/devnet/server.ts");
  });
});
