/** Raw workerd, the runtime without any development server around it: what throughput is measured on. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { residentOctetsOf, threadSecondsOf } from "./processes.ts";

export interface WorkerdOptions {
  /** The Worker: one bundled ES module. */
  readonly script: string;
  /** JSON bindings by name. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** A real KV namespace bound as SNAPSHOTS, holding these values. */
  readonly kv?: Readonly<Record<string, { readonly value: string; readonly metadata: unknown }>>;
}

export interface Workerd {
  readonly url: string;
  /** CPU seconds used by the process's threads so far, user and system. */
  cpuSeconds(): number;
  /** Octets of memory that the process has in use now. */
  residentOctets(): number;
  stop(): Promise<void>;
}

/** The service behind a KV binding, as workerd asks it: GET /<key>, metadata in a header. */
const KV_SERVICE = `
import entries from "entries";
export default { fetch(request) {
  const entry = entries[decodeURIComponent(new URL(request.url).pathname.slice(1))];
  if (!entry) return new Response(null, { status: 404 });
  return new Response(entry.value, { headers: { "CF-KV-Metadata": JSON.stringify(entry.metadata) } });
} };`;

const literal = (text: string): string => JSON.stringify(text);

function configuration(options: WorkerdOptions): string {
  const bindings = Object.entries(options.json ?? {}).map(
    ([name, value]) => `(name = ${literal(name)}, json = ${literal(JSON.stringify(value))})`,
  );
  if (options.kv) bindings.push('(name = "SNAPSHOTS", kvNamespace = "kv")');
  const kv = options.kv ? '(name = "kv", worker = .kv),' : "";
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .main), ${kv} ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ],
);
const main :Workerd.Worker = (
  modules = [ (name = "main", esModule = embed "main.js") ],
  compatibilityDate = "2026-10-20",
  bindings = [ ${bindings.join(", ")} ],
);
const kv :Workerd.Worker = (
  modules = [ (name = "kv", esModule = embed "kv.js"), (name = "entries", json = embed "entries.json") ],
  compatibilityDate = "2026-10-20",
);
`;
}

/** Starts a workerd of its own on a free port of 127.0.0.1. Rejects with its words if it does not come up. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const folder = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  writeFileSync(join(folder, "main.js"), options.script);
  writeFileSync(join(folder, "kv.js"), KV_SERVICE);
  writeFileSync(join(folder, "entries.json"), JSON.stringify(options.kv ?? {}));
  writeFileSync(join(folder, "config.capnp"), configuration(options));
  const require = createRequire(import.meta.url);
  const binary = (require("workerd") as { default: string }).default;
  const child = spawn(binary, ["serve", join(folder, "config.capnp"), "--control-fd=3"], { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let words = "";
  child.stderr!.on("data", (chunk: Buffer) => (words += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let control = "";
    child.stdio[3]!.on("data", (chunk: Buffer) => {
      control += chunk.toString();
      const listening = /"event":\s*"listen"[^}]*"port":\s*(\d+)/.exec(control);
      if (listening) resolve(Number(listening[1]));
    });
    void exited.then(() => reject(new Error(`workerd did not start: ${words}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    cpuSeconds: () => threadSecondsOf(child.pid!),
    residentOctets: () => residentOctetsOf(child.pid!),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
