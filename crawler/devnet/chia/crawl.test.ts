/** A whole crawl of fake Chia nodes, directly and through a proxy. */
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { DEVNET_CHIA } from "../../../schema/networks/devnet.ts";
import { startCrawl, type Crawl, type CrawlOptions } from "../../crawl.ts";
import { socksDialer } from "../../net/socks.ts";
import { startTestProxy } from "../../net/test-proxy.ts";
import { startDevnet, type Devnet } from "../server.ts";

/** Something of everything but nodes that come and go on their own. */
const CONFIG = {
  nodes: 150,
  habits: { slow: 0.03, legacy: 0.03, announcer: 0.05, liar: 0.02, flooder: 0.05 },
  slowMs: 50,
  announceMs: 50,
  blockSeconds: 3_600,
} as const;

const goodOf = (crawl: Crawl) => Array.from(crawl.reports()).filter(({ state }) => state === "good");

/** Crawls until everybody was probed, and shows what became of it. */
async function crawled(devnet: Devnet, options: Partial<CrawlOptions>, check: (crawl: Crawl) => void): Promise<void> {
  const probed = new Set<string>();
  const all = Promise.withResolvers<void>();
  const crawl = startCrawl({
    network: devnet.network,
    connectTimeoutMs: 5_000, // what the silent ones cost
    concurrency: 32, // crawler and nodes share a process: a crowd at the doors would have all of them wait for each other
    ...options,
    onProbe: ({ address }) => {
      probed.add(address);
      if (devnet.nodes.every(({ key }) => probed.has(key))) all.resolve();
    },
  });
  try {
    await Promise.race([all.promise, crawl.done]);
    check(crawl);
  } finally {
    await crawl.stop();
    while (devnet.stats().open > 0) await setImmediate(); // every connection of ours is closed; the nodes learn of it in a moment
  }
}

it("finds every node that is up, calls no other good, and knows why", { timeout: 60_000 }, async () => {
  await using devnet = await startDevnet(CONFIG, { port: 0, network: DEVNET_CHIA });
  devnet.mine(100); // so that the stuck ones are really behind
  const up = devnet.nodes.filter(({ key }) => devnet.isUp(key)).map(({ key }) => key);
  await crawled(devnet, {}, (crawl) => {
    expect(up.length).toBeGreaterThan(80);
    const good = goodOf(crawl);
    expect(good.map(({ address }) => address).sort()).toEqual(up.sort());
    for (const { height, version, agent } of good) {
      expect(height).toBeGreaterThanOrEqual(100_098);
      expect(version).toBeGreaterThanOrEqual(DEVNET_CHIA.minVersion);
      expect(agent).toMatch(/^2\.\d/);
    }
    expect(Object.keys(crawl.progress().failures)).toEqual(
      expect.arrayContaining([
        "closed",
        "handshake-timeout",
        "height-stale",
        "malformed",
        "refused",
        "services-missing",
        "version-too-old",
        "wrong-network",
      ]),
    );
    for (const [key, { mostOpen, asked }] of devnet.stats().nodes) {
      expect(mostOpen, key).toBe(1);
      expect(asked, key).toBeLessThanOrEqual(1);
    }
  });
});

it("crawls through a proxy's sockets all the same", { timeout: 60_000 }, async () => {
  await using devnet = await startDevnet({ nodes: 20, alive: 1, habits: {}, ipv6: 0 }, { port: 0, network: DEVNET_CHIA });
  await using proxy = await startTestProxy((to) => ({ to }));
  const dialer = socksDialer({ proxy: proxy.proxy, families: new Set(["ipv4"]), isolate: false });
  await crawled(devnet, { dialer }, (crawl) => expect(goodOf(crawl)).toHaveLength(20));
  expect(proxy.requests.length).toBeGreaterThanOrEqual(20);
});
