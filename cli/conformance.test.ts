/** `seedcast conformance` as people run it, against the real edge, its name server, and servers with faults. */
import { createServer } from "node:http";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RULES } from "../conformance/rules/rules.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { startTestServer } from "../test/support/conformance/server.ts";
import { PUBLISHED_ZONE, startPublishingEdge, type PublishingEdge } from "../test/support/publishing-edge.ts";
import { selfSigned } from "../test/support/self-signed.ts";
import { newZoneKeys } from "../test/support/zone-keys.ts";
import { APEX } from "../workers/dns/test-zone.ts";
import { runCommand, startCommand, type Ended } from "./child.ts";

/** As --json prints it. */
interface Printed {
  readonly conforms: boolean;
  readonly http: readonly string[];
  readonly counts: { readonly failed: object };
  readonly rules: readonly { readonly id: string; readonly state: string; readonly reason?: string }[];
}

const conformance = (url: string | URL, zone: string, ...args: string[]): Promise<Ended> =>
  runCommand(["conformance", String(url), "--zone", zone, ...args]);

const failures = ({ stdout }: Ended) => (JSON.parse(stdout) as Printed).rules.filter(({ state }) => state === "fail");
const skips = ({ stdout }: Ended) => (JSON.parse(stdout) as Printed).rules.filter(({ state }) => state === "skipped").map(({ id }) => id);

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "seedcast-conformance-"))));
afterAll(() => rm(folder, { recursive: true }));

describe("our own edge", { timeout: 120_000 }, () => {
  const peers = [
    ...Array.from({ length: 40 }, (_, i) => `20.${i}.0.1:28333`),
    ...Array.from({ length: 20 }, (_, i) => `[2a0${i % 10}:${i + 1}::1]:28333`),
  ];
  const edges: PublishingEdge[] = [];
  afterAll(() => Promise.all(edges.map((edge) => edge.stop())));

  async function startEdge(name: string, signed: boolean): Promise<PublishingEdge> {
    const keys = signed ? { dnssecKeys: newZoneKeys(PUBLISHED_ZONE) } : {};
    await mkdir(join(folder, name));
    const edge = await startPublishingEdge({ state: join(folder, name), network: { ...DEVNET, scope: "public" }, ...keys });
    edges.push(edge);
    await edge.publish(peers);
    return edge;
  }

  it.each([false, true])("breaks no rule, nor does its name server; signed: %s", async (signed) => {
    const edge = await startEdge(signed ? "signed" : "unsigned", signed);
    const ended = await conformance(new URL("/dns-query", edge.url), PUBLISHED_ZONE, "--json");
    expect(failures(ended)).toEqual([]);
    expect(ended.code).toBe(0);
    expect(skips(ended).includes("E5c")).toBe(!signed);

    const args = ["nameserver", "--edge", edge.url.href, "--key", edge.publicKey, "--listen", "127.0.0.1:0", "--refresh", "1"];
    const server = startCommand(args);
    const [, port] = await server.line(/^ready 127\.0\.0\.1:(\d+)$/);
    const asked = await conformance(`dns://127.0.0.1:${port}`, PUBLISHED_ZONE, "--json");
    expect(failures(asked)).toEqual([]);
    expect(asked.code).toBe(0);
    expect(skips(asked)).toEqual(expect.arrayContaining(RULES.filter(({ id }) => id.startsWith("H")).map(({ id }) => id)));
    server.child.kill("SIGINT");
    expect((await server.ended).code).toBe(0);
  });
});

describe("seedcast conformance", () => {
  it("is content with a good server, by both versions of HTTP, with an authority of its own", async () => {
    const pair = await selfSigned();
    const server = await startTestServer({ tls: pair, http2: true });
    const ca = join(folder, "ca.pem");
    await writeFile(ca, pair.cert);
    const ended = await conformance(`${server.url.href}{?dns}`, APEX, "--ca", ca);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain(`${server.url.href} over HTTP/2 and HTTP/1.1, zone ${APEX}`);
    expect(ended.stdout).toMatch(/^ {2}pass {2}H16b {2}SHOULD {2}speaks HTTP\/2$/m);
    expect(ended.stdout).toMatch(/0 failed, \d+ skipped\. Conforms: no MUST is broken\.\n$/);
    expect(JSON.parse((await conformance(server.url, APEX, "--ca", ca, "--http", "2", "--only", "H1,H4a", "--json")).stdout)).toMatchObject(
      {
        http: ["2"],
        conforms: true,
        rules: [{ id: "H1a", state: "pass" }, { id: "H1b" }, { id: "H4a" }],
      },
    );
    expect(await conformance(server.url, APEX)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("--ca") });
    await server.close();
  });

  it("ends with 3 where a MUST is broken, with 0 where a SHOULD is, and says what to mend", async () => {
    const server = await startTestServer();
    server.breakage = (_, good) => ({ ...good, headers: { ...good.headers, "set-cookie": "a=b" } });
    const elsewhere = await conformance(new URL("/", server.url), APEX, "--only", "H1");
    expect(elsewhere).toMatchObject({ code: 3, stderr: expect.stringContaining("Is the path right?") });
    expect(await conformance(server.url, APEX, "--only", "H18")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 failed (0 MUST, 1 SHOULD, 0 MAY)"),
    });
    server.breakage = ({ method }, good) => (method === "POST" ? { ...good, status: 405 } : good);
    const broken = await conformance(server.url, APEX, "--only", "H1");
    expect(broken.code).toBe(3);
    expect(broken.stdout).toMatch(
      /To mend\n {2}H1a {2}MUST: answers POST\n {6}expected {2}HTTP 200 with a DNS answer\n {6}seen {6}HTTP 405 .*\n {6}read {6}RFC 8484 §4\.1\n/,
    );
    await server.close();
  });

  it("ends with 1 where nobody is there, or who is there does not speak what was asked for", async () => {
    const server = await startTestServer();
    await server.close();
    expect(await conformance(server.url, APEX)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("cannot be checked"),
    });
    expect(await conformance(`dns://127.0.0.1:${server.url.port}`, APEX, "--timeout", "1")).toMatchObject({ code: 1, stdout: "" });
    const pair = await selfSigned();
    const old = await startTestServer({ tls: pair });
    const ca = join(folder, "old.pem");
    await writeFile(ca, pair.cert);
    for (const http of ["2", "both"]) {
      const ended = await conformance(old.url, APEX, "--ca", ca, "--http", http);
      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("does not speak HTTP/2") });
    }
    await old.close();
    expect(await conformance("https://127.0.0.1:1/", APEX, "--ca", join(folder, "none"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot be read"),
    });
  });

  it("can be interrupted", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1"); // it never answers
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const run = startCommand(["conformance", `http://127.0.0.1:${port}/`, "--zone", APEX, "--timeout", "300"]);
    await once(server, "request");
    run.child.kill("SIGINT");
    expect(await run.ended).toEqual({ code: 130, stdout: "", stderr: "" });
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [["ftp://x/", "--zone", "example.org"], "Expected a URL such as"],
    [["https://me@x/", "--zone", "example.org"], "without a user name"],
    [["https://x/"], "required option '--zone <name>' not specified"],
    [["https://x/", "--zone", "a..b"], "Expected a domain name"],
    [["https://x/", "--zone", "."], "the root is no zone"],
    [["https://x/", "--zone", "example.org", "--only", "X1"], "Expected ids of rules"],
    [["https://x/", "--zone", "example.org", "--http", "3"], "Allowed choices are 1.1, 2, both"],
    [["https://x/", "--zone", "example.org", "--timeout", "0"], "Expected a whole number from 1 to 300"],
  ])("refuses a command line that makes no sense: %j", async (args, message) => {
    expect(await runCommand(["conformance", ...args])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});
