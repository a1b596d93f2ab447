/** A registry of its own on local D1, with one enrolled vantage and a count of rows written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, readKey } from "../crawler/push/key-file.ts";
import { signedFetch } from "../crawler/push/signed-fetch.ts";
import type { Push } from "../schema/api.ts";
import { EMPTY_DIGEST, foldDigest, type Report } from "../schema/report.ts";
import type { Zone } from "../schema/zone.ts";
import { startEdge } from "../scripts/edge.ts";

export interface BenchRegistry {
  /** Pushes these reports; `replaced` are those that stood for the same addresses before. */
  readonly push: (changes: readonly Report[], replaced: readonly Report[]) => Promise<{ milliseconds: number; rows: number }>;
  /** Fires the cron trigger; resolves with the rows written since the last count. */
  readonly tick: () => Promise<number>;
}

/** Starts one, does the work, and clears everything away. */
export async function withRegistry<Result>(
  network: string,
  policy: Partial<Zone>,
  work: (registry: BenchRegistry) => Promise<Result>,
): Promise<Result> {
  const state = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  const [operator, vantage] = [await readKey(generateKey()), await readKey(generateKey())];
  const snapshotKey = generateKey();
  const edge = await startEdge({
    entry: join(import.meta.dirname, "worker", "registry.ts"),
    state,
    host: "127.0.0.1",
    port: 0,
    zones: [{ name: "bench.example.org.", network, nameservers: ["ns.example.org."], contact: "hostmaster.example.org.", ...policy }],
    snapshotPublicKeys: [(await readKey(snapshotKey)).publicKey],
    operatorPublicKeys: [operator.publicKey],
    snapshotKey,
    refreshSeconds: 60,
    cronSeconds: 3_600,
  });
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
