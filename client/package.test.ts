/** The client as an application gets it: packed and installed by npm without a registry, imported by name from a folder of its own. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealHeaders } from "../schema/seal.ts";
import { buildClient, CLIENT_FILES, MAX_CLIENT_GZIP_BYTES } from "../scripts/build-client.ts";
import { newSigner, sealSnapshot, testSnapshot } from "../test/support/sealed-chain.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..");
let folder: string;
const inPackage = (...path: string[]): string => join(folder, "node_modules", "seedcast", ...path);

/** Runs npm with a cache that is empty and no registry. */
function npm(cwd: string, ...args: readonly string[]) {
  const config = { npm_config_cache: join(folder, "cache"), npm_config_offline: "true", npm_config_update_notifier: "false" };
  return run("npm", args, { cwd, env: { ...process.env, ...config } });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seedcast-app-"));
  const built = join(folder, "built");
  await buildClient(built);
  await npm(folder, "pack", built);
  const packed = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await npm(folder, "install", `./${packed}`);
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

describe("the packed client", () => {
  it("is one small module without imports, with its types and nothing of the rest", async () => {
    const module = await readFile(inPackage(CLIENT_FILES.module), "utf8");
    expect(module).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(|\bfrom "/m);
    expect(gzipSync(module, { level: 9 }).length).toBeLessThan(MAX_CLIENT_GZIP_BYTES);
    const files = await readdir(inPackage(), { recursive: true, withFileTypes: true });
    const names = files.filter((each) => each.isFile()).map(({ name }) => name);
    expect(names).toContain(CLIENT_FILES.types);
    expect(names.filter((name) => !name.endsWith(".d.ts")).sort()).toEqual(["LICENSE", "package.json", "seedcast.js"]);
    expect(JSON.parse(await readFile(inPackage("package.json"), "utf8"))).not.toHaveProperty("private");
  });

  it("brings no other package and no command", async () => {
    const installed = await readdir(join(folder, "node_modules"));
    expect(installed.filter((name) => name !== ".package-lock.json")).toEqual(["seedcast"]);
  });

  it("is all that is packed: the rest has a command that runs from a clone only", async () => {
    await expect(npm(ROOT, "pack", "--pack-destination", folder)).rejects.toMatchObject({
      stderr: expect.stringContaining("npm run pack:client"),
    });
  });

  it("is imported by its name, and samples over HTTP", async () => {
    const signer = newSigner();
    const now = Math.floor(Date.now() / 1_000);
    const { bytes, seal } = sealSnapshot(testSnapshot(1, null, { generated: now, stale: now + 900, expires: now + 86_400 }), signer);
    const server = createServer((_, response) => void response.writeHead(200, sealHeaders(seal)).end(bytes));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const app = `
      import { Seedcast, SeedcastError } from "seedcast/client";
      const seed = new Seedcast({ url: "http://127.0.0.1:${port}", network: "devnet", keys: ["${signer.publicKey}"] });
      console.log(JSON.stringify(await seed.sample()));`;
    await writeFile(join(folder, "app.mjs"), app);
    const { stdout, stderr } = await run(process.execPath, ["app.mjs"], { cwd: folder });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject([{ address: "20.1.0.1:28333", host: "20.1.0.1", port: 28_333, family: "ipv4", asn: 64_500 }]);
    server.closeAllConnections();
    server.close();
  });

  it("has types that hold on each platform", async () => {
    const app = `
      import { FAILURES, Seedcast, SeedcastError, type Failure, type Peer, type Position } from "seedcast/client";
      const position: Position | undefined = JSON.parse("null") ?? undefined;
      const seed = new Seedcast({ url: new URL("https://a.example"), mirrors: ["https://b.example/x"], network: "navio", keys: [], position, fetch, crypto });
      export const peers: Promise<readonly Peer[]> = seed.sample({ count: 3, family: "ip", services: 1n, signal: AbortSignal.timeout(5) });
      export const reason = (error: unknown): Failure | undefined => (error instanceof SeedcastError ? error.reason : undefined);
      export const words: string = FAILURES[reason(0) ?? "expired"];
      // @ts-expect-error: an option that there is not
      void seed.sample({ amount: 3 });`;
    await writeFile(join(folder, "app.ts"), app);
    await symlink(join(ROOT, "node_modules", "@types"), join(folder, "node_modules", "@types"));
    await symlink(join(ROOT, "node_modules", "undici-types"), join(folder, "node_modules", "undici-types"));
    const common = { strict: true, noEmit: true, module: "nodenext", target: "es2024", rootDir: "." };
    const platforms = [
      { lib: ["es2024", "dom"], types: [] },
      { lib: ["es2024"], types: ["node"] },
    ];
    for (const platform of platforms) {
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...common, ...platform }, files: ["app.ts"] }));
      const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
      const { stdout } = await run(process.execPath, [compiler, "-p", folder]).catch((error: { stdout: string }) => error);
      expect(stdout, platform.lib.join()).toBe("");
    }
  });
});
