import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import type { Dialer } from "./dial.ts";
import { createDialer } from "./dialers.ts";
import { deadAddress, listen } from "./test-peer.ts";
import { startTestProxy, type TestProxy } from "./test-proxy.ts";

const OPTIONS = { timeoutMs: 5_000, signal: new AbortController().signal };
const ONION = parseAddress(`${"a".repeat(56)}.onion:8333`);
const I2P = parseAddress(`${"b".repeat(51)}a.b32.i2p:0`);
const CJDNS = parseAddress("[fc00::1]:8333");
const IPV6 = parseAddress("[2a01:4f8::1]:8333");

const refusing = (): Promise<TestProxy> => startTestProxy(() => ({ reply: 5 }));
const families = (dialer: Dialer): string[] => [...dialer.families].sort();
const hosts = ({ requests }: TestProxy): string[] => requests.map(({ host }) => host);

describe("createDialer", () => {
  it("reaches the internet only, and directly, where there is nothing else", async () => {
    await using peer = await listen(() => {});
    const dialer = createDialer({});
    expect(families(dialer)).toEqual(["ipv4", "ipv6"]);
    expect(dialer.dialName).toBeUndefined();
    expect(dialer.trouble?.()).toBeUndefined();
    (await dialer.dial(peer.address, OPTIONS)).destroy();
    await expect(dialer.dial(ONION, OPTIONS)).rejects.toMatchObject({ name: "DialError", failure: "unreachable" });
  });

  it("sends each overlay's addresses to its own proxy, and nothing else there", async () => {
    await using peer = await listen(() => {});
    await using tor = await refusing();
    await using i2p = await refusing();
    const dialer = createDialer({ torProxy: tor.proxy, i2pProxy: i2p.proxy });
    expect(families(dialer)).toEqual(["i2p", "ipv4", "ipv6", "onion"]);
    expect(dialer.dialName, "names are still our resolver's").toBeUndefined();
    (await dialer.dial(peer.address, OPTIONS)).destroy();
    for (const address of [ONION, I2P]) await expect(dialer.dial(address, OPTIONS)).rejects.toMatchObject({ failure: "refused" });
    expect(hosts(tor)).toEqual([ONION.host]);
    expect(hosts(i2p)).toEqual([I2P.host]);
    expect(tor.requests[0]?.login, "each connection is isolated").toBeDefined();
    expect(i2p.requests[0]?.login, "an I2P router knows no isolation").toBeUndefined();
  });

  it("sends all but I2P to a proxy for everything, names too, and nothing past it", async () => {
    await using peer = await listen(() => {});
    await using all = await refusing();
    const dialer = createDialer({ proxy: all.proxy, cjdns: true });
    expect(families(dialer)).toEqual(["cjdns", "ipv4", "ipv6", "onion"]);
    for (const address of [peer.address, IPV6, CJDNS, ONION])
      await expect(dialer.dial(address, OPTIONS)).rejects.toMatchObject({ failure: "refused" });
    await expect(dialer.dialName?.("seed.example.org", 8_333, OPTIONS)).rejects.toMatchObject({ failure: "refused" });
    expect(hosts(all)).toEqual([peer.address.host, IPV6.host, CJDNS.host, ONION.host, "seed.example.org"]);
    expect(peer.accepted()).toBe(0);
  });

  it("prefers the Tor proxy for onion services where there are both", async () => {
    await using all = await refusing();
    await using tor = await refusing();
    const dialer = createDialer({ proxy: all.proxy, torProxy: tor.proxy });
    for (const address of [ONION, IPV6]) await expect(dialer.dial(address, OPTIONS)).rejects.toMatchObject({ failure: "refused" });
    expect([hosts(all), hosts(tor)]).toEqual([[IPV6.host], [ONION.host]]);
  });

  it("takes fc00::/8 for CJDNS only where told so", () => {
    expect(families(createDialer({ cjdns: true }))).toEqual(["cjdns", "ipv4", "ipv6"]);
    expect(families(createDialer({ cjdns: false }))).toEqual(["ipv4", "ipv6"]);
  });

  it("says which proxies fail", async () => {
    const { port } = await deadAddress();
    await using i2p = await refusing();
    const dialer = createDialer({ torProxy: { host: "127.0.0.1", port }, i2pProxy: i2p.proxy });
    for (const address of [ONION, I2P]) await dialer.dial(address, OPTIONS).catch(() => undefined);
    expect(dialer.trouble?.()).toBe(`proxy 127.0.0.1:${port} cannot be reached (refused)`);
  });
});
