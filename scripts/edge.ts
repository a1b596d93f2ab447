/** The edge on this machine: the very Worker that is deployed, bundled and run by workerd, with its D1 and KV kept in a folder. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_readConfig as readWranglerConfig } from "wrangler";
import type { Zone } from "../schema/zone.ts";

const ROOT = join(import.meta.dirname, "..");
const WRANGLER_CONFIG = join(ROOT, "wrangler.toml");

export interface EdgeOptions {
  /** The Worker's entry file; the one that is deployed unless given. */
  readonly entry?: string;
  /** Folder for D1 and KV; made where it is missing, continued where it is not. */
  readonly state: string;
  /** That the database there has every migration. It is seen to unless given: that takes wrangler two seconds. */
  readonly migrated?: boolean;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The Worker's variables. */
  readonly zones: readonly Partial<Zone>[];
  readonly snapshotPublicKeys: readonly string[];
  readonly operatorPublicKeys: readonly string[];
  /** Private JWK as JSON text. */
  readonly snapshotKey: string;
  /** The zones' DNSSEC keys as JSON text. A zone that it does not name is not signed, nor published any more once it was. */
  readonly dnssecKeys?: string | undefined;
  /** How often at most an isolate looks for a newer snapshot, in seconds. */
  readonly refreshSeconds: number;
  /** How often the cron trigger fires, in seconds; 60 in production. */
  readonly cronSeconds: number;
}

export interface Edge {
  readonly url: URL;
  /** Fires the cron trigger now. */
  cron(): Promise<void>;
  stop(): Promise<void>;
}

/** Bundles a Worker's entry as wrangler would: one ES module, workerd's conditions, platform modules left outside. */
export async function bundleWorker(entry = join(ROOT, "workers", "index.ts")): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  return result.outputFiles[0]!.text;
}

/** Applies the migrations to the local D1, by wrangler as in production. Throws with wrangler's words if it fails. */
export async function migrate(state: string): Promise<void> {
  const wrangler = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
  const args = [wrangler, "d1", "migrations", "apply", "DB", "--local", "--persist-to", state, "--config", WRANGLER_CONFIG];
  const child = spawn(process.execPath, args, { env: { ...process.env, CI: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`the local database could not be migrated:\n${output}`);
}

/**
 * Miniflare ends the whole process at a signal, before anybody else can clean up. What is called after its start takes those listeners away again:
 * who started the edge decides when it stops.
 */
function keepSignals(): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = new Map(signals.map((signal) => [signal, new Set(process.listeners(signal))]));
  return () => {
    for (const [signal, ours] of before) {
      for (const listener of process.listeners(signal)) if (!ours.has(listener)) process.off(signal, listener);
    }
  };
}

/** Migrates where needed, then starts the edge. Resolves once it accepts requests. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  mkdirSync(options.state, { recursive: true });
  const [script] = await Promise.all([bundleWorker(options.entry), options.migrated === true ? undefined : migrate(options.state)]);
  const wrangler = readWranglerConfig({ config: WRANGLER_CONFIG });
  const restoreSignals = keepSignals();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "seedcast",
      modules: true,
      script,
      host: options.host,
      port: options.port,
      compatibilityDate: wrangler.compatibility_date!,
      resourcePersistencePath: join(options.state, "v3"),
      d1Databases: { DB: wrangler.d1_databases[0]!.database_id! },
      kvNamespaces: { SNAPSHOTS: wrangler.kv_namespaces[0]!.id! },
      bindings: {
        ZONES: JSON.parse(JSON.stringify(options.zones)), // as wrangler would pass them: plain JSON
        SNAPSHOT_PUBLIC_KEYS: [...options.snapshotPublicKeys],
        OPERATOR_PUBLIC_KEYS: [...options.operatorPublicKeys],
        SNAPSHOT_KEY: options.snapshotKey,
        ...(options.dnssecKeys === undefined ? {} : { DNSSEC_KEYS: options.dnssecKeys }),
        REFRESH_SECONDS: options.refreshSeconds,
      },
    }),
  );
  const url = await miniflare.ready;
  restoreSignals();
  const cron = async () => {
    const worker = await miniflare.getWorker();
    await worker.scheduled({ cron: "* * * * *" });
  };
  const timer = setInterval(() => void cron().catch(() => undefined), options.cronSeconds * 1_000);
  return {
    url,
    cron,
    stop: async () => {
      clearInterval(timer);
      await miniflare.dispose();
    },
  };
}
