/** A registry of its own on local D1, with one enrolled vantage and a count of rows written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { generateKey, readKey } from "../crawler/push/key-file.ts";
import { signedFetch } from "../crawler/push/signed-fetch.ts";
import type { Push } from "../schema/api.ts";
import { EMPTY_DIGEST, foldDigest, type Report } from "../schema/report.ts";
import type { Zone } from "../schema/zone.ts";
import { startEdge, type EdgeOptions } from "../scripts/edge.ts";
import { childCpuSeconds } from "./processes.ts";

export interface BenchRegistry {
  /** Pushes these reports; `replaced` are those that stood for the same addresses before. */
  readonly push: (changes: readonly Report[], replaced: readonly Report[]) => Promise<{ milliseconds: number; rows: number }>;
  /** Publishes what was pushed; resolves with the octets that KV was given. Throws unless there was something to publish. */
  readonly publish: () => Promise<number>;
  /** Starts the runtime anew over what is stored. */
  readonly restart: () => Promise<void>;
  /** CPU seconds used so far by the runtime, local D1 and KV included. */
  readonly cpuSeconds: () => number;
  /** Fires the cron trigger; resolves with the rows written since the last count. */
  readonly tick: () => Promise<number>;
}

/** The zone that it publishes. */
export const BENCH_ZONE = "bench.example.org.";

const PublishedSchema = v.object({ outcome: v.literal("published"), octets: v.number() });

/** Starts one, does the work, and clears everything away. */
export async function withRegistry<Result>(
  network: string,
  policy: Partial<Zone>,
  work: (registry: BenchRegistry) => Promise<Result>,
  dnssecKeys?: string,
): Promise<Result> {
  const state = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  const [operator, vantage] = [await readKey(generateKey()), await readKey(generateKey())];
  const snapshotKey = generateKey();
  const options: EdgeOptions = {
    entry: join(import.meta.dirname, "worker", "registry.ts"),
    state,
    host: "127.0.0.1",
    port: 0,
    zones: [{ name: BENCH_ZONE, network, nameservers: ["ns.example.org."], contact: "hostmaster.example.org.", ...policy }],
    snapshotPublicKeys: [(await readKey(snapshotKey)).publicKey],
    operatorPublicKeys: [operator.publicKey],
    snapshotKey,
    dnssecKeys,
    refreshSeconds: 60,
    cronSeconds: 3_600,
  };
  let edge = await startEdge(options);
  const send = async (key: typeof operator, path: string, body: unknown): Promise<void> => {
    const reply = await signedFetch({ key, fetch, now: Date.now, timeout: 60_000 }, { method: "POST", url: new URL(path, edge.url), body });
    if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.value)}`);
  };
  const rows = async (): Promise<number> => Number(await (await fetch(new URL("/bench/rows", edge.url))).text());
  let [seq, digest] = [0, EMPTY_DIGEST];
  try {
    await send(operator, "/v1/operator/vantages", { name: "bench", publicKey: vantage.publicKey, networks: [network] });
    return await work({
      push: async (changes, replaced) => {
        const after = foldDigest(digest, replaced, changes);
        const body: Push = { run: "bench", seq: ++seq, base: digest, changes: [...changes], digest: after };
        await rows();
        const start = performance.now();
        await send(vantage, `/v1/networks/${network}/reports`, body);
        const milliseconds = performance.now() - start;
        digest = after;
        return { milliseconds, rows: await rows() };
      },
      publish: async () => v.parse(PublishedSchema, await (await fetch(new URL("/bench/publish", edge.url))).json()).octets,
      restart: async () => {
        await edge.stop();
        edge = await startEdge(options);
      },
      cpuSeconds: () => childCpuSeconds("workerd"),
      tick: async () => {
        await edge.cron();
        return rows();
      },
    });
  } finally {
    await edge.stop();
    rmSync(state, { recursive: true, force: true });
  }
}
