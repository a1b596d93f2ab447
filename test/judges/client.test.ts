/** The client module as it is published, run by Deno and by a browser against a real edge and against a copy of its list on a host of plain files. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildClient, CLIENT_FILES } from "../../scripts/build-client.ts";
import { newSigner } from "../support/sealed-chain.ts";
import { startPublishingEdge, type PublishingEdge } from "../support/publishing-edge.ts";
import { scratch } from "../interop/seed.ts";
import { DENO } from "../interop/tools.ts";

const PEERS = Array.from({ length: 12 }, (_, i) => `127.${i}.0.1:28333`);
const stranger = newSigner().publicKey;

const undo = new AsyncDisposableStack();
let folder: string;
let edge: PublishingEdge;
let files: { readonly url: string; readonly posted: Promise<string> };

/** What an application does, on whatever platform: `report` hands its findings to the test. */
const application = (report: string): string => `
  import { Seedcast } from "./${CLIENT_FILES.module}";
  const url = "${edge.url.href}", network = "devnet", keys = ["${edge.publicKey}"], copy = "${files.url}/copy.json";
  const peersOf = async (options) => (await new Seedcast({ network, keys, ...options }).sample({ count: 5 })).map(({ address }) => address);
  const reasonOf = (options) => peersOf(options).then(() => "none", (error) => error.reason ?? String(error));
  const seed = new Seedcast({ url, network, keys });
  const first = await seed.sample({ count: 5, family: "ip", services: "9", port: 28333 });
  await seed.refresh();
  const findings = {
    first,
    position: seed.position,
    copied: await peersOf({ url: copy, position: seed.position }),
    mirrored: await peersOf({ url: "http://127.0.0.1:9", mirrors: [url] }),
    stranger: await reasonOf({ url, keys: ["${stranger}"] }),
    rolledBack: await reasonOf({ url, position: { ...seed.position, seq: seed.position.seq + 1 } }),
    away: await reasonOf({ url: "http://127.0.0.1:9" }),
  };
  ${report}(JSON.stringify(findings));`;

const findings = () => ({
  first: Array.from({ length: 5 }, () => ({
    address: expect.stringMatching(/^127\.\d+\.0\.1:28333$/),
    host: expect.stringMatching(/^127\.\d+\.0\.1$/),
    port: 28_333,
    family: "ipv4",
    services: "409",
    version: 70_016,
    agent: "/test:1.0/",
    asn: null,
    country: null,
  })),
  position: { seq: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/), expires: expect.any(Number) },
  copied: Array.from({ length: 5 }, () => expect.any(String)),
  mirrored: Array.from({ length: 5 }, () => expect.any(String)),
  stranger: "unknown-key",
  rolledBack: "rolled-back",
  away: "unreachable",
});

/** Serves the folder, and takes what a page posts: another origin than the edge's. */
async function startFiles(): Promise<typeof files> {
  const { promise: posted, resolve, reject } = Promise.withResolvers<string>();
  const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".html": "text/html" };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "/";
    if (request.method === "POST") {
      resolve(await text(request));
      response.end();
      return;
    }
    const bytes = /^\/[a-z.]+$/.test(path) ? await readFile(join(folder, path)).catch(() => undefined) : undefined;
    response.writeHead(bytes === undefined ? 404 : 200, { "content-type": types[extname(path)] ?? "application/json" }).end(bytes);
  };
  const server = createServer((request, response) => void respond(request, response).catch(reject));
  await once(server.listen(0, "127.0.0.1"), "listening");
  undo.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted };
}

beforeAll(async () => {
  folder = scratch(undo);
  edge = await startPublishingEdge({ state: scratch(undo) });
  undo.defer(() => edge.stop());
  await edge.publish(PEERS);
  files = await startFiles();
  const built = scratch(undo);
  await buildClient(built);
  await copyFile(join(built, CLIENT_FILES.module), join(folder, CLIENT_FILES.module));
  const snapshot = `${edge.url.href}v1/networks/devnet/snapshot`;
  await writeFile(join(folder, "copy.json"), await (await fetch(snapshot)).bytes());
  await writeFile(join(folder, "copy.json.sig"), await (await fetch(`${snapshot}.sig`)).bytes());
}, 120_000);
afterAll(() => undo.disposeAsync());

describe("the client module", () => {
  it("works in Deno, and needs no permission but the network's", { timeout: 60_000 }, async () => {
    await writeFile(join(folder, "app.js"), application("console.log"));
    const env = { DENO_DIR: join(folder, "deno"), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
    const args = ["run", "--no-config", "--no-remote", "--no-npm", "--no-prompt", "--allow-net=127.0.0.1", join(folder, "app.js")];
    const child = spawn(DENO, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(findings());
  });

  it("works in a page of another origin", { timeout: 60_000 }, async () => {
    const report = `(body) => fetch("/findings", { method: "POST", body })`;
    const page = `<!doctype html><script type="module">
      const report = ${report};
      addEventListener("unhandledrejection", ({ reason }) => report(String(reason)));
      ${application("report")}
    </script>`;
    await writeFile(join(folder, "page.html"), page);
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-dev-shm-usage",
      "--no-first-run",
    ];
    const child = spawn("chromium", [...flags, `--user-data-dir=${join(folder, "profile")}`, `${files.url}/page.html`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [closed, stderr] = [once(child, "close"), text(child.stderr)];
    const said = await Promise.race([files.posted, closed.then(async () => `ended: ${await stderr}`)]);
    child.kill();
    await closed;
    expect(JSON.parse(said)).toEqual(findings());
  });
});
