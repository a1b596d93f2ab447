import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");

it("copies into the image all that the command line imports", async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["cli/main.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "silent",
  });
  const files = Object.keys(metafile.inputs);
  expect(files).toContain("cli/commands/crawl.ts");
  const copied = [...readFileSync(join(ROOT, "Dockerfile"), "utf8").matchAll(/^COPY (\S+) \1$/gm)].map(([, folder = ""]) => `${folder}/`);
  expect(files.filter((file) => !copied.some((folder) => file.startsWith(folder)))).toEqual([]);
});
