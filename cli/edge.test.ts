import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as dnsPacket from "dns-packet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKey, readKey, writeKeyFile } from "../crawler/push/key-file.ts";
import { startPusher } from "../crawler/push/pusher.ts";
import { sampleReport } from "../crawler/push/registry-model.ts";
import { PUSH_LIMITS } from "../schema/api.ts";
import type { Signer } from "../schema/private-key.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import type { Report } from "../schema/report.ts";
import { startEdge, type Edge } from "../scripts/edge.ts";
import { runCommand, startCommand, type Ended } from "./child.ts";

const NOW = Math.floor(Date.now() / 1_000);
let folder: string;
let edge: Edge;
let vantage: Signer;
let snapshotKey: string;
let operator: readonly string[];

const file = (name: string): string => join(folder, name);
const at = (): readonly string[] => ["--network", "devnet", "--edge", edge.url.href];
const run = (...args: string[]): Promise<Ended> => runCommand(args, { cwd: folder });

/** Pushes these reports as the vantage, once, from an empty disk. */
async function push(reports: readonly Report[]): Promise<ReturnType<ReturnType<typeof startPusher>["status"]>> {
  const pusher = startPusher({ network: "devnet", edge: edge.url, key: vantage, db: new DatabaseSync(":memory:"), reports: () => reports });
  const status = await pusher.pushNow();
  await pusher.stop();
  return status;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seedcast-edge-"));
  const [operatorText, vantageText, snapshotText] = [generateKey(), generateKey(), generateKey()];
  await writeKeyFile(file("operator.key.json"), operatorText);
  await writeKeyFile(file("vantage.key.json"), vantageText);
  vantage = await readKey(vantageText);
  snapshotKey = (await readKey(snapshotText)).publicKey;
  edge = await startEdge({
    state: file("edge"),
    host: "127.0.0.1",
    port: 0,
    zones: [{ name: "devnet.test.", network: "devnet", nameservers: ["ns1.test."], contact: "host.test.", tenure: 0, interval: 1 }],
    snapshotPublicKeys: [snapshotKey],
    operatorPublicKeys: [(await readKey(operatorText)).publicKey],
    snapshotKey: snapshotText,
    refreshSeconds: 1,
    cronSeconds: 60,
  });
  operator = ["--edge", edge.url.href, "--operator-key", file("operator.key.json")];
}, 60_000);

afterAll(async () => {
  await edge?.stop();
  await rm(folder, { recursive: true });
});

describe("an operator", () => {
  it("is told where a vantage is not enrolled yet", async () => {
    expect(await push([])).toMatchObject({ state: "refused", problem: expect.stringContaining(vantage.id) });
  });

  it("enrols a vantage", async () => {
    const none = await run("vantage", "list", ...operator);
    expect(none).toMatchObject({ code: 0, stdout: "no vantages are enrolled\n" });
    const added = await run("vantage", "add", "here", "--public-key", vantage.publicKey, "--network", "devnet", ...operator, "--json");
    expect(added.code).toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({ id: vantage.id, name: "here", networks: ["devnet"], disabled: null });
  });

  it("is refused with another key, and told which key to configure", async () => {
    const { code, stderr } = await run("vantage", "list", "--edge", edge.url.href, "--operator-key", file("vantage.key.json"));
    expect(code).toBe(1);
    expect(stderr).toContain("HTTP 401");
    expect(stderr).toContain(vantage.publicKey);
  });

  it("is told what the edge does not serve", async () => {
    const { code, stderr } = await run("vantage", "add", "here", "--public-key", vantage.publicKey, "--network", "nowhere", ...operator);
    expect(code).toBe(1);
    expect(stderr).toContain("does not serve nowhere");
  });

  it("disables and enables a vantage by name or id", async () => {
    const disabled = await run("vantage", "disable", "here", ...operator);
    expect(disabled.stdout).toContain("disabled 20");
    expect(await push([])).toMatchObject({ state: "refused", problem: expect.stringContaining("HTTP 403") });
    const enabled = await run("vantage", "enable", vantage.id, ...operator, "--json");
    expect(JSON.parse(enabled.stdout)).toMatchObject({ name: "here", disabled: null });
    const unknown = await run("vantage", "disable", "nobody", ...operator);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("no vantage is called nobody") });
  });
});

describe("what a vantage pushes", () => {
  const good = sampleReport("127.0.0.1:28333", { since: NOW - 60, seen: NOW, agent: "/evil\u202E:1/" });
  const where = { asn: 24_940, country: "DE", coordinates: "+52.5+013.4", uptime: 200_000 };
  const lapsed = sampleReport("127.0.0.2:28333", { state: "lapsed", reason: "closed", since: NOW - 60, seen: NOW, ...where });
  const foreign = sampleReport("8.8.8.8:28333", { since: NOW, seen: NOW });

  it("is accepted but for what can be no peer, and read back from an empty disk", async () => {
    expect(await push([good, lapsed, foreign])).toMatchObject({ state: "in-step", reported: 2, refused: 1, seq: 1 });
    const warm = await push([good, lapsed]);
    expect(warm).toMatchObject({ state: "in-step", reported: 2, seq: 2 });
    const { stdout } = await run("vantage", "list", ...operator);
    expect(stdout).toMatch(/^here +\S+ +enabled +devnet +1 +1 +20/m);
  });

  it("is answered to whoever checks a node", async () => {
    const served = await run("check", "127.0.0.1:28333", ...at());
    expect(served).toMatchObject({ code: 0, stdout: expect.stringContaining("127.0.0.1:28333 is served by devnet") });
    expect(served.stdout).not.toContain("\u202E");
    expect(served.stdout).not.toMatch(/AS|country|coordinates|up for/); // nobody told
    const fallen = await run("check", "127.0.0.2:28333", ...at());
    expect(fallen).toMatchObject({ code: 3, stdout: expect.stringMatching(/not served .*\(lapsed\)[^]*closed/) });
    expect(fallen.stdout).toMatch(/height +AS +country +coordinates +up for +probed[^]* AS24940 +DE +\+52\.5\+013\.4 +2 d +20/);
    const unknown = await run("check", "127.0.0.3:28333", ...at(), "--json");
    expect(unknown.code).toBe(3);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ state: "unknown", reason: "not-reported" });
    const elsewhere = await run("check", "127.0.0.3:28333", "--network", "nowhere", "--edge", edge.url.href);
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining("HTTP 404") });
  });

  it("is served once it is published", async () => {
    await published();
    const text = await run("peers", ...at(), "--text");
    expect(text).toMatchObject({ code: 0, stdout: "127.0.0.1:28333\n" });
    const table = await run("peers", ...at());
    expect(table.stdout).toMatch(/^address +services[^]*127\.0\.0\.1:28333/);
    expect(table.stderr).toContain("1 peers from snapshot");
    const json = await run("peers", ...at(), "--json", "--family", "ipv6");
    expect(JSON.parse(json.stdout)).toMatchObject({ network: "devnet", peers: [] });
  });

  it("stands in a snapshot that anyone can verify", async () => {
    const url = new URL("/v1/networks/devnet/snapshot", edge.url).href;
    const genuine = await run("snapshot", "verify", url, "--key", snapshotKey, "--json");
    expect(genuine.code).toBe(0);
    expect(JSON.parse(genuine.stdout)).toMatchObject({ genuine: true, network: "devnet", peers: 1, freshness: "fresh" });
    const stranger = await run("snapshot", "verify", url, "--key", vantage.publicKey);
    expect(stranger).toMatchObject({ code: 3, stdout: expect.stringContaining("unknown-key") });

    await writeFile(file("snapshot"), await bytesOf(url));
    await writeFile(file("snapshot.sig"), await bytesOf(`${url}.sig`));
    const keys = ["--key", `${vantage.publicKey},${snapshotKey}`];
    expect((await run("snapshot", "verify", file("snapshot"), ...keys)).code).toBe(0);
    expect((await run("snapshot", "verify", file("snapshot"), ...keys, "--network", "navio")).stdout).toContain("wrong-network");
    const text = await readFile(file("snapshot"), "utf8");
    await writeFile(file("snapshot"), text.replace("127.0.0.1", "127.6.6.6"));
    expect(await run("snapshot", "verify", file("snapshot"), ...keys)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("bad-digest"),
    });
    expect(await run("snapshot", "verify", file("none"), ...keys)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot be read"),
    });
  });
});

describe("a crawl of another Seedcast", () => {
  it("learns from its snapshot where the key is the one given, and warns where it is not", async () => {
    await writeFile(file("network.json"), JSON.stringify({ ...DEVNET, fixedSeeds: [] }));
    const crawl = (key: string): Promise<Ended> =>
      run("crawl", "--network-file", file("network.json"), "--once", "--federate", `${edge.url.href}#${key}`);
    const genuine = await crawl(snapshotKey);
    expect(genuine).toMatchObject({ code: 3, stdout: "" }); // it is hearsay: nobody answers there
    expect(genuine.stderr).toContain(`snapshot of ${edge.url.href}: 1 address, 1 new, 0 verified`);
    expect(genuine.stderr).toContain("1 known, 1 probed");
    const stranger = await crawl(vantage.publicKey);
    expect(stranger.stderr).toContain(
      `WARNING: snapshot of ${edge.url.href}: refused, unknown-key: it is signed by a key that was not given`,
    );
    expect(stranger.stderr).toContain("0 known");
  });
});

describe("seedcast nameserver", () => {
  it("answers from the edge's snapshots, and ends cleanly", async () => {
    const args = ["nameserver", "--edge", edge.url.href, "--key", snapshotKey, "--listen", "127.0.0.1:0", "--refresh", "1"];
    const server = startCommand(args);
    const [, port] = await server.line(/^ready 127\.0\.0\.1:(\d+)$/);
    const answer = await ask("devnet.test", Number(port));
    expect(answer.answers).toMatchObject([{ name: "devnet.test", type: "A", data: "127.0.0.1" }]);
    const taken = await runCommand([...args.slice(0, 5), "--listen", `127.0.0.1:${port}`]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining("choose another port") });
    server.child.kill("SIGINT");
    expect((await server.ended).code).toBe(0);
  });
});

describe("a vantage and a registry that disagree", () => {
  it("come into step again, whatever the size of the set", async () => {
    const many = Array.from({ length: PUSH_LIMITS.changes + 1_000 }, (_, i) =>
      sampleReport(`127.1.${i >> 8}.${i & 255}:28333`, { since: NOW, seen: NOW }),
    );
    let current: readonly Report[] = many;
    const options = { network: "devnet", edge: edge.url, key: vantage, db: new DatabaseSync(":memory:"), reports: () => current };
    const pusher = startPusher({ ...options, grace: 0 });
    expect(await pusher.pushNow()).toMatchObject({ state: "in-step", reported: many.length });
    const other = await push([sampleReport("127.2.0.1:28333", { since: NOW, seen: NOW })]); // the same key on another disk
    expect(other).toMatchObject({ state: "in-step", reported: many.length + 1 });
    current = many.slice(1);
    expect(await pusher.pushNow()).toMatchObject({ state: "in-step", reported: current.length, failures: 0 });
    await pusher.stop();
    expect((await run("check", "127.2.0.1:28333", ...at(), "--json")).stdout).toContain('"unknown"');
    expect((await run("check", many[1]!.address, ...at(), "--json")).stdout).toContain('"good"');
  });
});

/** One question for A records by UDP. */
async function ask(name: string, port: number): Promise<dnsPacket.DecodedPacket> {
  const socket = createSocket("udp4");
  socket.send(dnsPacket.encode({ type: "query", id: 1, questions: [{ type: "A", name }] }), port, "127.0.0.1");
  const [message]: unknown[] = await once(socket, "message");
  socket.close();
  if (!(message instanceof Buffer)) throw new TypeError("no message");
  return dnsPacket.decode(message);
}

const bytesOf = async (url: string): Promise<Uint8Array> => (await fetch(url)).bytes();

/** Resolves once the edge serves a peer; asks as often as the edge answers, with the cron trigger in between. */
async function published(): Promise<void> {
  for (;;) {
    await edge.cron();
    const response = await fetch(new URL("/v1/networks/devnet/peers?format=text", edge.url));
    if (response.ok && (await response.text()) !== "") return;
  }
}
