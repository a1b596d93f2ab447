import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listen, shakeHands } from "../crawler/net/test-peer.ts";
import { generateKey } from "../crawler/push/key-file.ts";
import { formatAddress } from "../schema/address.ts";
import { parsePrivateKey } from "../schema/private-key.ts";
import { runCommand, startCommand } from "./child.ts";

const folder = await mkdtemp(join(tmpdir(), "seedcast-cli-"));
afterAll(() => rm(folder, { recursive: true }));

const COMMANDS = [
  "crawl",
  "key new",
  "key show",
  "vantage add",
  "vantage list",
  "vantage disable",
  "vantage enable",
  "check",
  "peers",
  "snapshot verify",
  "dnssec keygen",
  "dnssec ds",
  "dnssec export",
  "dnssec rollover",
  "nameserver",
  "introducer",
  "conformance",
  "devnet",
];

describe("seedcast", () => {
  it.each(COMMANDS)("%s --help shows an example and every option's meaning", async (command) => {
    const { code, stdout, stderr } = await runCommand([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  (seedcast|curl) `));
    expect(stdout).toContain(`seedcast ${command}`);
    expect(stdout).toContain("--json");
  });

  it("lists every command and the exit codes", async () => {
    const { code, stdout } = await runCommand(["--help"]);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(command.split(" ")[0]);
    expect(stdout).toContain("Exit codes:");
  });

  it.each([
    [["bogus"], "unknown command 'bogus'"],
    [["crawl", "--bogus"], "unknown option '--bogus'"],
    [["crawl"], "say which network"],
    [["crawl", "--network", "nowhere"], "nowhere is not a shipped network"],
    [["crawl", "--network", "No Where"], "Expected a network name"],
    [["crawl", "--network", "devnet", "--network-file", "x"], "either --network NAME or --network-file FILE"],
    [["crawl", "--network", "devnet", "--peer", "example.org"], "address needs a port"],
    [
      ["crawl", "--network", "bitcoin", "--peer", "[fd00::7]:8333"],
      "[fd00::7]:8333 can be no peer of bitcoin: expected an address of the public",
    ],
    [["crawl", "--network", "devnet", "--peer", "8.8.8.8:8333"], "expected a loopback address"],
    [["crawl", "--network", "zcash", "--peer", "8.8.8.8:8033"], "not on port 8033"],
    [["crawl", "--network", "bitcoin", "--retest", "60"], "at least"],
    [["crawl", "--network", "devnet", "--concurrency", "0"], "Expected a whole number from 1 to 10000"],
    [["crawl", "--network", "devnet", "--edge", "https://seed.example.org"], "--edge needs --key"],
    [["crawl", "--network", "devnet", "--key", "x"], "--key is of no use without --edge"],
    [["peers", "--network", "devnet"], "required option '--edge <url>' not specified"],
    [["peers", "--network", "devnet", "--edge", "ftp://x"], "Expected a URL"],
    [["introducer", "--network", "chia", "--edge", "http://x"], "required option '-k, --snapshot-key <key…>' not specified"],
    [["introducer", "--network", "devnet", "--edge", "http://x", "-k", "A".repeat(43)], "devnet has no introducers"],
    [
      ["introducer", "-n", "chia", "--edge", "http://x", "-k", "A".repeat(43), "--chia-cert", "x"],
      "--chia-cert and --chia-key go together",
    ],
    [["check", "1.2.3.4", "--network", "devnet", "--edge", "http://x"], "address needs a port"],
    [["snapshot", "verify", "x", "--key", "short"], "Expected an Ed25519 public key"],
    [
      ["vantage", "add", "Bad Name", "--public-key", "A".repeat(43), "-n", "devnet", "--edge", "http://x", "--operator-key", "x"],
      "expected a vantage name",
    ],
  ])("refuses a command line that makes no sense: %j", async (args, message) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it("takes a key id that begins with a dash for a key id", async () => {
    const args = ["vantage", "disable", `-V${"x".repeat(41)}`, "--edge", "http://127.0.0.1:9", "--operator-key", join(folder, "none.json")];
    expect(await runCommand(args)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("none.json") });
  });

  it("takes the value of an option for its value, whatever letters it begins with", async () => {
    const { code, stdout, stderr } = await runCommand(["nameserver", "--edge", "http://127.0.0.1:9", "--key", `-V${"x".repeat(41)}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("-Vxxx");
  });

  it("shows where an error comes from only when asked", async () => {
    const args = ["key", "show", join(folder, "none")];
    expect((await runCommand(args)).stderr).not.toContain("    at ");
    expect((await runCommand(args, { env: { SEEDCAST_DEBUG: "1" } })).stderr).toContain("    at ");
  });

  it("takes options from the environment", async () => {
    const { code, stderr } = await runCommand(["crawl"], { env: { SEEDCAST_NETWORK: "nowhere" } });
    expect(code).toBe(2);
    expect(stderr).toContain("nowhere is not a shipped network");
  });

  it("says what to do where the dependencies are not installed", async () => {
    await mkdir(join(folder, "bare", "bin"), { recursive: true });
    const script = join(folder, "bare", "bin", "seedcast.mjs");
    await copyFile(join(import.meta.dirname, "..", "bin", "seedcast.mjs"), script);
    const { status, stderr } = spawnSync(process.execPath, [script, "--help"], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("npm ci");
    expect(stderr).not.toContain("    at ");
  });
});

describe("seedcast key", () => {
  it("makes a private file, shows the public half, and never overwrites", async () => {
    const file = join(folder, "one.key.json");
    const made = await runCommand(["key", "new", "--out", file, "--json"]);
    expect(made.code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, "utf8");
    const { d, x } = parsePrivateKey(text);
    const shown = await runCommand(["key", "show", file, "--json"]);
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(made.stdout));
    expect(JSON.parse(shown.stdout)).toMatchObject({ publicKey: x });
    expect(made.stdout + made.stderr + shown.stdout + shown.stderr).not.toContain(d);

    const again = await runCommand(["key", "new", "--out", file]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("never overwritten");
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("prints the private key only where it is asked for, and then nothing else on standard output", async () => {
    const cwd = join(folder, "secret");
    await mkdir(cwd);
    const { code, stdout, stderr } = await runCommand(["key", "new", "--secret"], { cwd });
    expect(code).toBe(0);
    const { kty, d, x } = parsePrivateKey(stdout);
    expect(kty).toBe("OKP");
    expect(stderr).toContain(x);
    expect(stderr).not.toContain(d);
    await expect(stat(join(cwd, "seedcast.key.json"))).rejects.toThrow("ENOENT");
  });

  it("says what is wrong with a file", async () => {
    const file = join(folder, "wrong.json");
    await writeFile(file, '{"kty":"RSA","d":"secretsecret"}');
    const { code, stderr } = await runCommand(["key", "show", file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}: private key is not an Ed25519 JWK`);
    expect(stderr).not.toContain("secretsecret");
  });
});

describe("seedcast crawl", () => {
  it("ends with 3 where no peer is good", async () => {
    const { code, stdout, stderr } = await runCommand(["crawl", "--network", "devnet", "--peer", "127.0.0.1:9", "--once"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("0 good");
  });

  it("names the field of a bad parameter file", async () => {
    const file = join(folder, "network.json");
    await writeFile(file, '{"name":"x","title":5}');
    const { code, stderr } = await runCommand(["crawl", "--network-file", file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/network\.json: network parameters: title/);
  });

  it("says what is wrong with a certificate before it calls anybody", async () => {
    const args = ["crawl", "--network", "chia", "--chia-cert", join(folder, "no.crt"), "--chia-key", join(folder, "no.key")];
    expect(await runCommand(args)).toMatchObject({ code: 1, stderr: expect.stringMatching(/no\.crt: cannot be read/) });
    expect(await runCommand(args.slice(0, 5))).toMatchObject({ code: 2, stderr: expect.stringContaining("go together") });
  });

  it("refuses a database that is another network's", async () => {
    const state = join(folder, "state");
    const args = ["--state", state, "--once"];
    await runCommand(["crawl", "--network", "devnet", ...args, "--peer", "[::1]:9"]);
    await copyFile(join(state, "devnet.sqlite"), join(state, "bitcoin-regtest.sqlite"));
    const { code, stderr } = await runCommand(["crawl", "--network", "bitcoin-regtest", ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain("belongs to network devnet");
    expect(stderr).toContain("--state");
  });

  it("says what is wrong with its folder or its database", async () => {
    const none = await runCommand(["crawl", "--network", "devnet", "--once", "--state", join(folder, "network.json", "x")]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be made a folder") });
    const state = join(folder, "locked");
    const first = startCommand(["crawl", "--network", "devnet", "--json", "--state", state]);
    await first.line(/"type":"progress"/);
    const second = await runCommand(["crawl", "--network", "devnet", "--once", "--state", state]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("devnet.sqlite: another crawler is using it") });
    first.child.kill("SIGINT");
    expect(await first.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("ends with SIGINT while the registry keeps it waiting", async () => {
    await using peer = await listen(shakeHands);
    const server = createServer(() => {}); // takes requests and never answers
    await once(server.listen(0, "::1"), "listening");
    const { port } = server.address() as AddressInfo;
    const address = formatAddress(peer.address);
    const args = ["crawl", "--network", "devnet", "--once", "--peer", address, "--edge", `http://[::1]:${port}`];
    const { child, line, ended } = startCommand(args, { env: { SEEDCAST_KEY_JWK: generateKey() } });
    await line(new RegExp(`^${address}$`)); // the crawl is over; what was found is to be pushed
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130 });
    server.closeAllConnections();
    server.close();
  });

  it("takes the private key from the environment, and never shows it", async () => {
    const { d, ...rest } = parsePrivateKey(generateKey());
    const args = ["crawl", "--network", "devnet", "--once", "--edge", "http://127.0.0.1:9"];
    const broken = await runCommand(args, {
      env: { SEEDCAST_KEY_JWK: JSON.stringify({ ...rest, d, x: parsePrivateKey(generateKey()).x }) },
    });
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain("SEEDCAST_KEY_JWK: private key is not a usable Ed25519 key");
    expect(broken.stderr).not.toContain(d);
  });

  it("leaves no process behind where it is killed", async () => {
    const { child, line, ended } = startCommand(["crawl", "--network", "devnet", "--json"]);
    await line(/"type":"progress"/);
    child.kill("SIGKILL");
    await ended; // the pipes are closed once the last process that holds them is gone
    expect(child.signalCode).toBe("SIGKILL");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends cleanly with %s", async (signal) => {
    const { child, line, ended } = startCommand(["crawl", "--network", "devnet", "--json", "--state", join(folder, signal)]);
    await line(/"type":"progress"/);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });
});
