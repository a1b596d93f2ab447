/** The whole way: a vantage reports to a real edge, whose signed snapshot an introducer follows, and a client of Chia's asks it for peers. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { carrierOf } from "../crawler/net/carriers.ts";
import { directDialer } from "../crawler/net/dial.ts";
import { probe } from "../crawler/net/probe.ts";
import { createIntroducerSession } from "../crawler/protocols/chia/session.ts";
import type { Hearsay } from "../crawler/protocols/session.ts";
import { generateKey, readKey, writeKeyFile } from "../crawler/push/key-file.ts";
import { startPusher } from "../crawler/push/pusher.ts";
import { sampleReport } from "../crawler/push/registry-model.ts";
import { formatAddress, parseAddress } from "../schema/address.ts";
import { DEVNET_CHIA } from "../schema/networks/devnet.ts";
import { startEdge, type Edge } from "../scripts/edge.ts";
import { runCommand, startCommand } from "./child.ts";

const NOW = Math.floor(Date.now() / 1_000);
const NAME = DEVNET_CHIA.name;
const PEERS = Array.from({ length: 3 }, (_, i) => `127.0.0.${i + 1}:28633`);
let folder: string;
let edge: Edge;
let snapshotKey: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seedcast-introducer-"));
  const [operatorText, vantageText, snapshotText] = [generateKey(), generateKey(), generateKey()];
  await writeKeyFile(file("operator.key.json"), operatorText);
  const vantage = await readKey(vantageText);
  snapshotKey = (await readKey(snapshotText)).publicKey;
  edge = await startEdge({
    state: file("edge"),
    host: "127.0.0.1",
    port: 0,
    zones: [{ name: "chia.test.", network: NAME, nameservers: ["ns1.test."], contact: "host.test.", tenure: 0, interval: 1 }],
    snapshotPublicKeys: [snapshotKey],
    operatorPublicKeys: [(await readKey(operatorText)).publicKey],
    snapshotKey: snapshotText,
    refreshSeconds: 1,
    cronSeconds: 60,
  });
  const operator = ["--edge", edge.url.href, "--operator-key", file("operator.key.json")];
  await runCommand(["vantage", "add", "here", "--public-key", vantage.publicKey, "--network", NAME, ...operator]);
  const reports = PEERS.map((text) => sampleReport(text, { since: NOW - 60, seen: NOW, services: "27", version: 36 }));
  const pusher = startPusher({ network: NAME, edge: edge.url, key: vantage, db: new DatabaseSync(":memory:"), reports: () => reports });
  expect(await pusher.pushNow()).toMatchObject({ state: "in-step", reported: PEERS.length });
  await pusher.stop();
  await edge.cron();
}, 60_000);

afterAll(async () => {
  await edge?.stop();
  await rm(folder, { recursive: true });
});

/** Asks as the crawler does. */
async function askIntroducer(port: number): Promise<readonly Hearsay[]> {
  const heard: Hearsay[] = [];
  const context = { harvest: true, unixTime: NOW, random: () => new Uint8Array(0), userAgent: "/test:1/" };
  const address = parseAddress(`127.0.0.1:${port}`);
  const result = await probe({
    address,
    session: () => createIntroducerSession(DEVNET_CHIA, { ...context, target: address }),
    dialer: directDialer,
    carrier: carrierOf(DEVNET_CHIA),
    connectTimeoutMs: 10_000,
    signal: new AbortController().signal,
    now: () => performance.now(),
    onVerified: () => {},
    onLearned: () => {},
    onHearsay: (entries) => void heard.push(...entries),
  });
  expect(result).toMatchObject({ type: "verified" });
  return heard;
}

describe("seedcast introducer", () => {
  it("tells our crawler of the edge's peers, and ends cleanly", async () => {
    const state = file("state");
    const at = ["--edge", edge.url.href, "--network", NAME, "--snapshot-key", snapshotKey, "--refresh", "1", "--state", state];
    const introducer = startCommand(["introducer", ...at, "--listen", "127.0.0.1:0"]);
    const [, port] = await introducer.line(/^ready 127\.0\.0\.1:(\d+)$/);
    const heard = await askIntroducer(Number(port));
    expect(heard.map(({ address }) => formatAddress(address)).sort()).toEqual(PEERS);

    // The certificate is ours alone, and the next start's too.
    const [certificate = ""] = await readdir(state);
    expect((await stat(join(state, certificate))).mode & 0o777).toBe(0o600);
    const taken = await runCommand(["introducer", ...at, "--listen", `127.0.0.1:${port}`]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining("choose another port") });
    expect(await readdir(state)).toEqual([certificate]);

    introducer.child.kill("SIGINT");
    const { code, stdout, stderr } = await introducer.ended;
    expect([code, stdout]).toEqual([0, `ready 127.0.0.1:${port}\n`]);
    expect(stderr).toMatch(/snapshot \d+ is fresh, 3 peers; \d connections now; so far 1 accepted, 1 greeted, 1 introduced\n$/);
  });

  it("says in JSON how it is", async () => {
    const args = ["--edge", edge.url.href, "--network", NAME, "-k", snapshotKey, "--listen", "127.0.0.1:0", "--json"];
    const introducer = startCommand(["introducer", ...args]);
    const [, port] = await introducer.line(/"type":"ready".*"port":(\d+)/);
    await askIntroducer(Number(port));
    introducer.child.kill("SIGTERM");
    const { code, stdout } = await introducer.ended;
    expect(code).toBe(0);
    const health: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(health).toMatchObject({ type: "health", freshness: "fresh", peers: 3, counts: { introduced: 1, refused: 0 } });
  });

  it("serves nothing that another key has signed", async () => {
    const args = ["--edge", edge.url.href, "--network", NAME, "-k", "A".repeat(43), "--listen", "127.0.0.1:0"];
    const introducer = startCommand(["introducer", ...args]);
    await introducer.line(/^devnet-chia: unknown-key: it is signed by a key that was not given for it$/);
    introducer.child.kill("SIGINT");
    expect((await introducer.ended).stdout).toBe("");
  });

  it("names a certificate that is none", async () => {
    const args = ["--edge", edge.url.href, "--network", NAME, "-k", snapshotKey, "--chia-cert", file("none"), "--chia-key", file("none")];
    expect(await runCommand(["introducer", ...args])).toMatchObject({ code: 1, stderr: expect.stringContaining("none: cannot be read") });
  });
});
