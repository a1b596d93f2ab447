/** The local edge as a real process that can be killed: what a push leaves behind when the edge dies in the middle of it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { afterEach, describe, expect, it } from "vitest";
import { generateKey, readKey } from "../crawler/push/key-file.ts";
import { startPusher } from "../crawler/push/pusher.ts";
import { signedFetch } from "../crawler/push/signed-fetch.ts";
import { PositionSchema, ReportedPageSchema } from "../schema/api.ts";
import { foldDigest, EMPTY_DIGEST, type Report } from "../schema/report.ts";
import { reports } from "../bench/synthetic.ts";
import { startEdge, type Edge } from "./edge.ts";

const PEERS = 5_000;
const NETWORK = "bitcoin";
const PORT = 8_333;

const cleanup: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).toReversed()) await undo();
});

/** The workerd processes that this process started, by /proc (Linux). */
function workerds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        return stat.includes("(workerd)") && Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid;
      } catch {
        return false; // it ended while we looked
      }
    })
    .map(Number);
}

describe("an edge killed in the middle of a push", () => {
  // A push of this size takes about 100 ms: killed before it is read, while it is applied, about when it is answered.
  it.each([0, 40, 80])(
    "after %i ms has applied all of it or nothing, and both sides agree again later",
    { timeout: 120_000 },
    async (delay) => {
      const state = mkdtempSync(join(tmpdir(), "seedcast-edge-"));
      cleanup.push(() => rmSync(state, { recursive: true, force: true }));
      const [operator, vantage] = [await readKey(generateKey()), await readKey(generateKey())];
      const snapshotKey = generateKey();
      let edge: Edge | undefined;
      cleanup.push(() => edge?.stop());
      const start = async (port: number): Promise<Edge> =>
        (edge = await startEdge({
          state,
          host: "127.0.0.1",
          port,
          zones: [{ name: "test.example.org.", network: NETWORK, nameservers: ["ns.example.org."], contact: "hostmaster.example.org." }],
          snapshotPublicKeys: [],
          operatorPublicKeys: [operator.publicKey],
          snapshotKey,
          refreshSeconds: 60,
          cronSeconds: 3_600,
        }));
      const ask = (key: typeof operator, path: string, body?: unknown) =>
        signedFetch(
          { key, fetch, now: Date.now, timeout: 30_000 },
          { method: body === undefined ? "GET" : "POST", url: new URL(path, edge!.url), body },
        );
      const first = await start(0);
      const enrolled = await ask(operator, "/v1/operator/vantages", { name: "test", publicKey: vantage.publicKey, networks: [NETWORK] });
      expect(enrolled.status).toBe(201);

      const now = Math.floor(Date.now() / 1_000);
      let current: Report[] = reports(PEERS, PORT, now, "/Satoshi:1.0.0/");
      const db = new DatabaseSync(":memory:");
      /** Whether workerd is to be killed during the next push. */
      let ambush = false;
      const fetchAndKill: typeof fetch = async (...args) => {
        const answer = fetch(...args);
        answer.catch(() => undefined); // it is awaited below, perhaps later than it fails
        if (ambush) {
          ambush = false;
          await sleep(delay);
          for (const pid of workerds()) process.kill(pid, "SIGKILL");
        }
        return answer;
      };
      const pusher = startPusher({
        network: NETWORK,
        edge: first.url,
        key: vantage,
        db,
        reports: () => current,
        fetch: fetchAndKill,
        timeout: 20_000,
        interval: 3_600_000,
      });
      cleanup.push(() => pusher.stop());
      expect(await pusher.pushNow()).toMatchObject({ state: "in-step", reported: PEERS });

      current = reports(PEERS, PORT, now, "/Satoshi:2.0.0/");
      const before = foldDigest(EMPTY_DIGEST, [], reports(PEERS, PORT, now, "/Satoshi:1.0.0/"));
      const after = foldDigest(EMPTY_DIGEST, [], current);
      ambush = true;
      // Killed late, the edge may have answered already; then there is nothing to retry, and the state must hold all the same.
      expect(["retrying", "in-step"]).toContain((await pusher.pushNow()).state);

      const port = Number(first.url.port);
      await first.stop();
      await start(port);
      const { value } = await ask(vantage, `/v1/networks/${NETWORK}/reports`);
      expect([before, after]).toContain(v.parse(PositionSchema, value).digest);

      expect(await pusher.pushNow()).toMatchObject({ state: "in-step", reported: PEERS, digest: after });
      const kept: Report[] = [];
      for (let next: string | null = ""; next !== null;) {
        const reply = await ask(vantage, `/v1/networks/${NETWORK}/reports${next === "" ? "" : `?after=${encodeURIComponent(next)}`}`);
        const page = v.parse(ReportedPageSchema, reply.value);
        kept.push(...page.reports);
        next = page.next;
      }
      expect(foldDigest(EMPTY_DIGEST, [], kept)).toBe(after);
      expect(kept.length).toBe(PEERS);
    },
  );
});
