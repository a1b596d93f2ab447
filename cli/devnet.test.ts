import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as v from "valibot";
import { generateKey, readKey, readKeyFile, writeKeyFile } from "../crawler/push/key-file.ts";
import { parseNetwork, type Network } from "../schema/network.ts";
import { ReportSchema } from "../schema/report.ts";
import { startEdge, type Edge } from "../scripts/edge.ts";
import { runCommand, startCommand } from "./child.ts";

let folder: string;
let devnet: ReturnType<typeof startCommand>;
let network: Network;
/** Addresses worth finding, of all that the devnet has. */
let up: number;

/** Nobody who keeps a crawler waiting, and nobody who comes and goes. */
const QUICK = {
  nodes: 60,
  seed: 5,
  habits: { slow: 0, legacy: 0, announcer: 0, liar: 0, flooder: 0, churner: 0 },
  faults: { absent: 0.2, silent: 0, "wrong-magic": 0.2, "old-version": 0.2, "missing-services": 0.2, stuck: 0, dripper: 0, garbage: 0.1 },
};

const file = (name: string): string => join(folder, name);
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seedcast-devnet-"));
  await writeFile(file("config.json"), JSON.stringify(QUICK));
  devnet = startCommand(["devnet", "--config", file("config.json"), "--port", "0", "--network-file", file("devnet.json"), "--json"]);
  const [ready] = await devnet.line(/.*"type":"ready".*/);
  up = v.parse(v.object({ up: v.number() }), JSON.parse(ready)).up;
  network = parseNetwork(JSON.parse(await readFile(file("devnet.json"), "utf8")));
});

afterAll(async () => {
  devnet.child.kill("SIGTERM");
  await devnet.ended;
  await rm(folder, { recursive: true });
});

describe("seedcast devnet", () => {
  it("is found by a crawl, and nothing but what is worth finding", async () => {
    const { code, stdout } = await runCommand(["crawl", "--network-file", file("devnet.json"), "--once", "--json"]);
    expect(code).toBe(0);
    const reports = linesOf(stdout).map((line) => v.parse(ReportSchema, JSON.parse(line)));
    const good = reports.filter(({ state }) => state === "good");
    expect(good).toHaveLength(up);
    expect(up).toBeLessThan(60);
    expect(good.map(({ address }) => address)).toContain(network.fixedSeeds[0]);
  });

  it("says which field of its configuration is wrong", async () => {
    await writeFile(file("bad.json"), '{"alive":2}');
    const { code, stderr } = await runCommand(["devnet", "--config", file("bad.json"), "--port", "0"]);
    expect(code).toBe(2);
    expect(stderr).toContain("devnet: alive:");
  });

  it("says so where its port is taken", async () => {
    const { code, stderr } = await runCommand(["devnet", "--nodes", "5", "--port", String(network.port)]);
    expect(code).toBe(1);
    expect(stderr).toContain("--port 0");
  });

  it("ends cleanly", async () => {
    const other = startCommand(["devnet", "--nodes", "5", "--port", "0"]);
    await other.line(/^ready /);
    other.child.kill("SIGINT");
    expect(await other.ended).toMatchObject({ code: 0 });
  });
});

describe("seedcast crawl --edge", () => {
  let edge: Edge;
  beforeAll(async () => {
    const [operator, snapshot] = [generateKey(), generateKey()];
    await writeKeyFile(file("operator.key.json"), operator);
    await writeKeyFile(file("vantage.key.json"), generateKey());
    edge = await startEdge({
      state: file("edge"),
      host: "127.0.0.1",
      port: 0,
      zones: [{ name: "devnet.test.", network, nameservers: ["ns1.test."], contact: "host.test.", tenure: 0, interval: 1 }],
      snapshotPublicKeys: [(await readKey(snapshot)).publicKey],
      operatorPublicKeys: [(await readKey(operator)).publicKey],
      snapshotKey: snapshot,
      refreshSeconds: 1,
      cronSeconds: 60,
    });
  }, 60_000);
  afterAll(() => edge?.stop());

  it("tells the operator what to do, then reports, keeps its place, and says still so", async () => {
    const crawl = ["crawl", "--network-file", file("devnet.json"), "--state", file("state")];
    const uplink = ["--edge", edge.url.href, "--key", file("vantage.key.json")];
    const strange = startCommand([...crawl, ...uplink, "--json"]);
    await strange.line(/"type":"push".*"state":"refused".*must be enrolled/);
    strange.child.kill("SIGTERM");
    expect((await strange.ended).code).toBe(0);

    const { publicKey, id } = await readKeyFile(file("vantage.key.json"));
    const operator = ["--edge", edge.url.href, "--operator-key", file("operator.key.json"), "--json"];
    await runCommand(["vantage", "add", "here", "--public-key", publicKey, "--network", "devnet", ...operator]);
    const running = startCommand([...crawl, ...uplink, "--json"]);
    await running.line(/"type":"push".*"state":"in-step"/);
    running.child.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" });

    const once = await runCommand([...crawl, ...uplink, "--once"], { env: { SEEDCAST_DEBUG: "1" } });
    expect(once.code).toBe(0);
    const { stdout } = await runCommand(["vantage", "list", ...operator]);
    const StreamsSchema = v.object({
      vantages: v.tuple([v.object({ id: v.string(), streams: v.tuple([v.object({ good: v.number(), seq: v.number() })]) })]),
    });
    const [vantage] = v.parse(StreamsSchema, JSON.parse(stdout)).vantages;
    expect(vantage.id).toBe(id);
    expect(vantage.streams[0].good).toBe(linesOf(once.stdout).length);
    expect(vantage.streams[0].good).toBeGreaterThan(0);
  }, 60_000);
});
