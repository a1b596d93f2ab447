/**
 * `npm run build:client`: the client as it is published, one ES module without imports and its types, in a package of its own. Who installs it must
 * get neither the dependencies of all the rest nor its command, which npm would pack from here whatever `files` says.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import * as v from "valibot";

const ROOT = join(import.meta.dirname, "..");

/** What the module may weigh after gzip, comments included, in octets. A web page's bundler makes a quarter less of it. */
export const MAX_CLIENT_GZIP_BYTES = 8_000;

/** The files that the package's `exports` names. */
export const CLIENT_FILES = { module: "seedcast.js", types: "seedcast.d.ts" } as const;

/** What the package has in common with the repository's `package.json`. */
const CommonSchema = v.object({ name: v.string(), version: v.string(), license: v.string(), engines: v.object({ node: v.string() }) });

/** Builds into an emptied folder. Not minified: what an application's trust rests on should be readable where it lies. Throws with the tools' words. */
export async function buildClient(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(ROOT, "client", "seedcast.ts")],
    outfile: join(folder, CLIENT_FILES.module),
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    logLevel: "silent",
  });
  const options = [
    "--composite",
    "false",
    "--incremental",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--rootDir",
    join(ROOT, "client"),
  ];
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const args = [compiler, "-p", join(ROOT, "tsconfig.client.json"), ...options, "--outDir", folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`the client's types could not be made:\n${stdout}${stderr}`);
  // Inside a package the declarations stand beside JavaScript, and are imported by its names.
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".d.ts"))) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(from "\.\/[a-z-]+)\.ts"/g, '$1.js"'));
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(clientPackage(), null, 2)}\n`);
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}

/** The package's own `package.json`: no dependencies, no command, no scripts. */
function clientPackage(): object {
  const common = v.parse(CommonSchema, JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
  return {
    ...common,
    description: "Fetches Seedcast's signed lists of peers, checks them and draws from them, without trust in who serves them.",
    type: "module",
    sideEffects: false,
    exports: {
      "./client": { types: `./${CLIENT_FILES.types}`, default: `./${CLIENT_FILES.module}` },
      "./package.json": "./package.json",
    },
  };
}

if (import.meta.main) await buildClient(join(ROOT, "client", "dist"));
