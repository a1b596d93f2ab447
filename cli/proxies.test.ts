import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../schema/address.ts";
import { startTestProxy } from "../crawler/net/test-proxy.ts";
import { onionHost } from "../crawler/protocols/overlay.ts";
import { runCommand } from "./child.ts";
import { chooseDialer, type ProxyOptions } from "./proxies.ts";

const ONION = `${onionHost(new Uint8Array(32).fill(7))}:8333`;
const OPTIONS = { timeoutMs: 5_000, signal: new AbortController().signal };

const families = (options: ProxyOptions): string[] => [...(chooseDialer(options)?.families ?? [])].sort();

const crawl = (args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof runCommand> =>
  runCommand(["crawl", "--network", "bitcoin", "--once", ...args], { env });

describe("chooseDialer", () => {
  it("leaves the choice to the crawl where nothing is asked for", () => {
    expect(chooseDialer({})).toBeUndefined();
  });

  it("makes of each option its way", async () => {
    await using server = await startTestProxy(() => ({ reply: 5 }), { password: "s3cret" });
    const { host, port } = server.proxy;
    const at = `${host}:${port}`;
    expect(families({ torProxy: at })).toEqual(["ipv4", "ipv6", "onion"]);
    expect(families({ i2pProxy: at })).toEqual(["i2p", "ipv4", "ipv6"]);
    expect(families({ cjdns: true })).toEqual(["cjdns", "ipv4", "ipv6"]);
    const dialer = chooseDialer({ proxy: `socks5://me:s3cret@${at}` })!;
    await expect(dialer.dial(parseAddress(ONION), OPTIONS)).rejects.toMatchObject({ failure: "refused" });
    expect(server.requests).toMatchObject([{ login: "me:s3cret" }]);
  });
});

describe("seedcast crawl", () => {
  it.each([
    [["--proxy", "socks5://me:hunter2@"], "--proxy: expected host:port or socks5://user:password@host:port"],
    [["--proxy", "http://me:hunter2@127.0.0.1:3128"], "--proxy: expected host:port"],
    [["--tor-proxy", "127.0.0.1"], "--tor-proxy: expected host:port"],
    [["--i2p-proxy", ":4447"], "--i2p-proxy: expected host:port"],
    [["--peer", ONION], "there is no way to onion addresses from here"],
    [["--tor-proxy", "127.0.0.1:1", "--peer", `${"a".repeat(56)}.onion:8333`], "the name is misspelt"],
  ])("%j ends with 2 and says why, without a password", async (args, message) => {
    const { code, stdout, stderr } = await crawl(args);
    expect(stderr).toContain(message);
    expect(stdout + stderr).not.toContain("hunter2");
    expect(code).toBe(2);
  });

  it("says that reports go past the proxy", async () => {
    const key = JSON.stringify(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
    const args = ["--proxy", "127.0.0.1:1", "--peer", ONION, "--edge", "http://127.0.0.1:9/"];
    expect((await crawl(args, { SEEDCAST_KEY_JWK: key })).stderr).toContain("reports go to http://127.0.0.1:9 directly, past --proxy");
  });

  it("takes the proxy from the environment, and says which one is down but not how it logs in", async () => {
    const { code, stdout, stderr } = await crawl(["--peer", ONION], { SEEDCAST_PROXY: "socks5://me:hunter2@127.0.0.1:1" });
    expect(code).toBe(3);
    expect(stderr).toContain("proxy 127.0.0.1:1 cannot be reached (refused)");
    expect(stdout + stderr).not.toContain("hunter2");
  });
});
