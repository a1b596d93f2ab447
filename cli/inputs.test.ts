import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestHttps } from "../crawler/inputs/test-https.ts";
import { addr, listen, message, shakeHands } from "../crawler/net/test-peer.ts";
import { startTestProxy } from "../crawler/net/test-proxy.ts";
import { formatAddress } from "../schema/address.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { SEEDER_CERTIFICATE } from "../test/support/seeder-certificate.ts";
import { runCommand, startCommand } from "./child.ts";
import { federationOf, parseFederated } from "./inputs.ts";

const KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const OTHER = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "seedcast-inputs-"))));
afterAll(() => rm(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);

/** Writes the parameters of a devnet without seeds of its own, and returns the option that names them. */
async function networkFile(fields: Partial<Network> = {}): Promise<readonly string[]> {
  await writeFile(file("network.json"), JSON.stringify({ ...DEVNET, fixedSeeds: [], ...fields }));
  return ["crawl", "--network-file", file("network.json"), "--once"];
}

describe("--federate", () => {
  it("takes an edge and the key of its snapshots, two keys during a rotation", () => {
    const one = parseFederated(`https://seed.example.org/#${KEY}`);
    expect({ ...one, edge: one.edge.href }).toEqual({ edge: "https://seed.example.org/", key: KEY });
    const others = [`https://seed.example.org#${OTHER}`, `http://127.0.0.1:8787#${KEY}`].map(parseFederated);
    expect(federationOf([one, ...others])).toEqual([
      { edge: new URL("https://seed.example.org/"), keys: [KEY, OTHER] },
      { edge: new URL("http://127.0.0.1:8787/"), keys: [KEY] },
    ]);
  });

  it.each([
    ["https://seed.example.org", "Expected a URL, # and the public key"],
    ["https://seed.example.org#key", "Expected an Ed25519 public key"],
    [`seed.example.org#${KEY}`, "Expected a URL such as"],
    [`https://me:secret@seed.example.org#${KEY}`, "without a user name"],
  ])("refuses %s", (text, why) => {
    expect(() => parseFederated(text)).toThrow(why);
  });
});

describe("seedcast crawl", () => {
  it("starts from a list, and says which of its lines are none", async () => {
    await using peer = await listen(shakeHands);
    const address = formatAddress(peer.address);
    await writeFile(file("peers"), `# mine\n${address} # AS1\n127.0.0.1:9\nnonsense\n`);
    const { code, stdout, stderr } = await runCommand([...(await networkFile()), "--peers-file", file("peers")]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${address}\n` });
    expect(stderr).toContain(`file ${file("peers")}: 2 addresses, 2 new, 1 verified (no address in line 4)`);
  });

  it("refuses what is no list", async () => {
    await writeFile(file("other"), "nonsense\n");
    const other = await runCommand([...(await networkFile()), "--peers-file", file("other")]);
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--peers-file .*other: is no list of addresses: no address in line 1\n/),
    });
    const none = await runCommand([...(await networkFile()), "--peers-file", file("none")]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be read") });
  });

  it("behind a proxy reaches seeders, DNS seeds and named peers by it alone", async () => {
    await using peer = await listen(shakeHands);
    await using teller = await listen((socket) => {
      shakeHands(socket);
      socket.write(message("addr", addr([peer.address])));
    });
    await using https = await startTestHttps((_, response) => response.end(`{"host":"${formatAddress(peer.address)}"}\n`));
    await using server = await startTestProxy(({ host, port }) => {
      if (host === "seeder.example") return { to: { host: "127.0.0.1", port: https.port } };
      return { to: host.endsWith(".example") ? teller.address : { host, port } };
    });
    await writeFile(file("ca.pem"), SEEDER_CERTIFICATE);
    const network = await networkFile({ dnsSeeds: ["dns.example"], httpsSeeds: ["seeder.example"] });
    const proxy = `${server.proxy.host}:${server.proxy.port}`;
    const { code, stderr } = await runCommand([...network, "--proxy", proxy, "--peer", "friend.example:8333"], {
      env: { NODE_EXTRA_CA_CERTS: file("ca.pem") },
    });
    expect(code).toBe(0);
    expect(stderr).toContain("HTTPS seed seeder.example: 1 address, ");
    expect(stderr).toContain("DNS seed dns.example: 1 address, ");
    expect(stderr).toContain("peer friend.example:8333: 1 address, 1 new, 1 verified");
    const asked = new Set(server.requests.map(({ host, port }) => `${host}:${port}`));
    expect(asked).toEqual(
      new Set(["friend.example:8333", "seeder.example:443", `dns.example:${DEVNET.port}`, formatAddress(peer.address)]),
    );
  });

  it("tells programs what each input brought", async () => {
    await using peer = await listen(shakeHands);
    const args = (await networkFile({ introducers: [formatAddress(peer.address)] })).filter((arg) => arg !== "--once");
    const { child, line, ended } = startCommand([...args, "--peer", formatAddress(peer.address), "--json"]);
    const [news] = await line(/.*"type":"input".*/);
    expect(JSON.parse(news)).toMatchObject({
      type: "input",
      network: "devnet",
      kind: "introducer",
      addresses: 0,
      problem: "told no addresses",
    });
    child.kill("SIGINT");
    const last: unknown = JSON.parse((await ended).stdout.trim().split("\n").at(-1)!);
    expect(last).toMatchObject({
      type: "progress",
      inputs: [
        { kind: "peer", name: "given", answers: 1, addresses: 1, fresh: 1 },
        { kind: "introducer", name: formatAddress(peer.address), answers: 1, addresses: 0 },
      ],
    });
  });
});
