/** A push of 5,000 changed and of 5,000 unchanged peers to the registry on local D1: time, and rows written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, readKey } from "../crawler/push/key-file.ts";
import { signedFetch } from "../crawler/push/signed-fetch.ts";
import type { Push } from "../schema/api.ts";
import { findNetwork } from "../schema/networks/index.ts";
import { EMPTY_DIGEST, foldDigest, type Report } from "../schema/report.ts";
import { startEdge } from "../scripts/edge.ts";
import { figure, type Figure } from "./figure.ts";
import { median } from "./processes.ts";
import { reports } from "./synthetic.ts";

const PEERS = 5_000;
const ROUNDS = 5;
const NEVER = 31_536_000;

export async function benchPush(): Promise<Figure[]> {
  const network = findNetwork("bitcoin")!;
  const state = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  const [operator, vantage] = [await readKey(generateKey()), await readKey(generateKey())];
  const snapshotKey = generateKey();
  const edge = await startEdge({
    entry: join(import.meta.dirname, "worker", "registry.ts"),
    state,
    host: "127.0.0.1",
    port: 0,
    // Nobody is old enough to be served: what is measured is the push, not the publishing.
    zones: [
      {
        name: "bench.example.org.",
        network: network.name,
        nameservers: ["ns.example.org."],
        contact: "hostmaster.example.org.",
        tenure: NEVER,
      },
    ],
    snapshotPublicKeys: [],
    operatorPublicKeys: [operator.publicKey],
    snapshotKey,
    refreshSeconds: 60,
    cronSeconds: 3_600,
  });
  try {
    const send = async (key: typeof operator, path: string, body: unknown): Promise<void> => {
      const reply = await signedFetch(
        { key, fetch, now: Date.now, timeout: 60_000 },
        { method: "POST", url: new URL(path, edge.url), body },
      );
      if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.value)}`);
    };
    const rows = async (): Promise<number> => Number(await (await fetch(new URL("/bench/rows", edge.url))).text());
    await send(operator, "/v1/operator/vantages", { name: "bench", publicKey: vantage.publicKey, networks: [network.name] });

    let seq = 0;
    let reported: Report[] = [];
    let digest = EMPTY_DIGEST;
    const push = async (changes: Report[]): Promise<{ milliseconds: number; rows: number }> => {
      const after = foldDigest(digest, reported, changes);
      const body: Push = { run: "bench", seq: ++seq, base: digest, changes, digest: after };
      await rows();
      const start = performance.now();
      await send(vantage, `/v1/networks/${network.name}/reports`, body);
      const milliseconds = performance.now() - start;
      [reported, digest] = [changes, after];
      return { milliseconds, rows: await rows() };
    };
    const now = Math.floor(Date.now() / 1_000);
    const version = (round: number): Report[] => reports(PEERS, network.port, now, `/Satoshi:${round}.0.0/`);
    await push(version(0)); // the first: everything is new
    const changed = [];
    const unchanged = [];
    for (let round = 1; round <= ROUNDS; round++) {
      changed.push(await push(version(round)));
      unchanged.push(await push(version(round)));
    }
    return [
      figure("push of 5,000 changed peers", median(changed.map((each) => each.milliseconds)), "ms", { atMost: 300 }),
      figure("rows written a changed peer", median(changed.map((each) => each.rows)) / PEERS, "", { atMost: 2 }),
      figure("push of 5,000 unchanged peers", median(unchanged.map((each) => each.milliseconds)), "ms"),
      // A push writes two rows whatever it holds: the position and the nonce.
      figure("rows written for unchanged peers", median(unchanged.map((each) => each.rows)) - 2, "", { atMost: 0 }),
    ];
  } finally {
    await edge.stop();
    rmSync(state, { recursive: true, force: true });
  }
}
