import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress, type PeerAddress } from "../schema/address.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { startCrawl, type Crawl, type CrawlOptions } from "./crawl.ts";
import type { InputNews } from "./inputs/tally.ts";
import { createDialer } from "./net/dialers.ts";
import { socksDialer } from "./net/socks.ts";
import { deadAddress, listen, message, shakeHands } from "./net/test-peer.ts";
import { startTestProxy } from "./net/test-proxy.ts";
import { encodeAddrv2 } from "./protocols/bitcoin/addrv2.ts";
import { i2pHost, onionHost } from "./protocols/overlay.ts";

const NETWORK: Network = { ...DEVNET, scope: "public", fixedSeeds: [] };

const onion = (n: number): PeerAddress => ({ family: "onion", host: onionHost(new Uint8Array(32).fill(n)), port: 8_333 });
const TELLER = parseAddress("8.8.8.8:28333");
const ALIVE = onion(1);
const DEAD = onion(2);
const I2P: PeerAddress = { family: "i2p", host: i2pHost(new Uint8Array(32).fill(3)), port: 0 };
const CJDNS = parseAddress("[fc00::1]:8333");

/** A good peer that tells of addresses of every kind. */
const tellers = () =>
  listen((socket) => {
    shakeHands(socket);
    const time = Math.floor(Date.now() / 1_000);
    socket.write(message("addrv2", encodeAddrv2([ALIVE, DEAD, I2P, CJDNS].map((address) => ({ address, services: "9", time })))));
  });

/** Crawls until every address known was probed, or cannot be for the moment. */
async function settled(options: Partial<CrawlOptions>, probes: number): Promise<Crawl> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let ended = 0;
  const onProbe = (): void => {
    if (++ended >= probes) resolve();
  };
  const crawl = startCrawl({ network: NETWORK, onProbe, ...options });
  await promise;
  return crawl;
}

const reported = (crawl: Crawl): string[] => Array.from(crawl.reports(), ({ address, state }) => `${address} ${state}`).sort();
const good = (...addresses: readonly PeerAddress[]): string[] => addresses.map((address) => `${formatAddress(address)} good`).sort();

describe("a crawl told of overlay addresses", () => {
  it("neither keeps nor reports them without a way there", async () => {
    await using peer = await tellers();
    await using server = await startTestProxy(() => ({ to: peer.address }));
    const dialer = socksDialer({ proxy: server.proxy, families: ["ipv4", "ipv6"], isolate: false });
    const crawl = await settled({ dialer, peers: [TELLER] }, 1);
    await crawl.stop();
    expect(crawl.progress().known).toBe(1);
    expect(server.requests.map(({ host }) => host)).toEqual([TELLER.host]);
  });

  it("dials them through the proxy and reports those alone that shake hands", async () => {
    await using peer = await tellers();
    await using server = await startTestProxy(({ host }) => (host === DEAD.host ? { reply: 4 } : { to: peer.address }));
    const dialer = createDialer({ proxy: server.proxy, i2pProxy: server.proxy, cjdns: true });
    const crawl = await settled({ dialer, peers: [TELLER] }, 5);
    expect(reported(crawl)).toEqual(good(TELLER, ALIVE, I2P, CJDNS));
    expect(crawl.progress()).toMatchObject({ known: 5, good: 4, failures: { unreachable: 1 } });
    await crawl.stop();
  });

  it("blames no peer for a proxy that is down, and says that it is", async () => {
    await using peer = await tellers();
    const { host, port } = await deadAddress();
    await using server = await startTestProxy(() => ({ to: peer.address }));
    const dialer = createDialer({ proxy: server.proxy, torProxy: { host, port } });
    const crawl = await settled({ dialer, peers: [TELLER] }, 1);
    await expect.poll(() => crawl.progress()).toMatchObject({ known: 3, due: 0, inFlight: 0, good: 1, probed: 1, failures: {} });
    expect(crawl.progress().trouble).toBe(`proxy ${host}:${port} cannot be reached (refused)`);
    expect(reported(crawl)).toEqual(good(TELLER));
    await crawl.stop();
  });

  it("asks no resolver for DNS seeds where all goes through a proxy, but a node behind the seed's name", async () => {
    await using peer = await tellers();
    await using server = await startTestProxy(({ host }) => (host === "seed.example.org" ? { to: peer.address } : { reply: 4 }));
    const news: InputNews[] = [];
    const crawl = await settled(
      {
        network: { ...NETWORK, dnsSeeds: ["seed.example.org", "dead.example.org"] },
        dialer: createDialer({ proxy: server.proxy }),
        onInput: (each) => void news.push(each),
        resolver: { resolve4: () => Promise.reject(new TypeError("asked")), resolve6: () => Promise.reject(new TypeError("asked")) },
      },
      2,
    );
    await expect.poll(() => news).toHaveLength(2);
    expect(news).toContainEqual(expect.objectContaining({ kind: "dns", name: "seed.example.org", addresses: 4, fresh: 2 }));
    expect(news).toContainEqual(
      expect.objectContaining({ name: "dead.example.org", addresses: 0, problem: expect.stringMatching(/^unreachable/) }),
    );
    expect(server.requests).toContainEqual(expect.objectContaining({ host: "seed.example.org", port: NETWORK.port }));
    await crawl.stop();
  });
});
