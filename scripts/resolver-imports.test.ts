import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** Everything that ends up in a bundle of these files, and its text. Types are erased, as they are when the Worker is deployed. */
async function bundle(...entries: readonly string[]): Promise<{ readonly inputs: readonly string[]; readonly text: string }> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [...entries],
    outdir: "out",
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  return { inputs: Object.keys(result.metafile.inputs), text: result.outputFiles.map(({ text }) => text).join("\n") };
}

/** What signs, judges, or has a key to do it with. */
const PRIVILEGED = /^(?:workers\/(?:dnssec|registry)|crawler|scripts|cli)\/|^schema\/(?:private-key|tables|operator)\.ts$|drizzle-orm/;

describe("the resolver", () => {
  const files = readdirSync(join(ROOT, "workers/resolver")).filter((name) => name.endsWith(".ts") && !/\.test\.ts$|^test-/.test(name));
  const entries = files.map((name) => `workers/resolver/${name}`);

  it("imports nothing, however indirectly, that signs or keeps, and knows no secret by name", async () => {
    const { inputs, text } = await bundle(...entries);
    expect(inputs).toEqual(expect.arrayContaining(["workers/dns/bank-answer.ts", "workers/resolver/memory.ts", "schema/seal.ts"]));
    expect(inputs.filter((path) => PRIVILEGED.test(path))).toEqual([]);
    for (const secret of ["SNAPSHOT_KEY", "DNSSEC_KEYS"]) expect(text).not.toMatch(new RegExp(`\\b${secret}\\b`));
    expect(text).not.toMatch(/\w\.sign\(/);
  });

  it("would be found out if it did", async () => {
    const { inputs, text } = await bundle("workers/index.ts");
    expect(inputs.filter((path) => PRIVILEGED.test(path))).toEqual(
      expect.arrayContaining(["workers/dnssec/bank-maker.ts", "workers/registry/publish.ts", "schema/private-key.ts"]),
    );
    expect(text).toMatch(/\bDNSSEC_KEYS\b/);
    expect(text).toMatch(/\w\.sign\(/);
  });
});
