import { expect, it } from "vitest";
import { startCrawl, type Crawl } from "./crawl.ts";
import { startDevnet } from "./devnet/server.ts";
import { goodOf, stopBoth, waker } from "./devnet/test-crawl.ts";
import { DEVNET, DEVNET_DECRED } from "../schema/networks/devnet.ts";

/** A devnet whose slow nodes are in a hurry, with something of everything but nodes that come and go on their own. */
const CONFIG = {
  nodes: 400,
  known: 1_000,
  habits: { slow: 0.03, legacy: 0.02, announcer: 0.05, liar: 0.01, flooder: 0.01 },
  slowMs: 50,
  announceMs: 100,
  legacyMeanMs: 100,
  blockSeconds: 3_600,
} as const;

const MIN_RETRY_SECONDS = 1;
const POLICY = { minRetrySeconds: MIN_RETRY_SECONDS, retestSeconds: 1.5, retestJitter: 0.1, goodWindowSeconds: 60 };

/** The addresses of the peers that are good now. */
const addressesOf = (crawl: Crawl): string[] => goodOf(crawl).map(({ address }) => address);

const NETWORKS = [
  ["Bitcoin", DEVNET],
  ["Decred, which tells by addr", DEVNET_DECRED],
  ["Decred, which tells by addrv2", { ...DEVNET_DECRED, wire: { ...DEVNET_DECRED.wire, protocolVersion: 12 } }],
] as const;

it.each(NETWORKS)("finds every node that is up, calls no other good, and is polite to all: %s", { timeout: 60_000 }, async (_, network) => {
  const devnet = await startDevnet(CONFIG, { port: 0, network });
  devnet.mine(100); // so that the stuck ones are really behind
  const { wake, until } = waker();
  const crawl = startCrawl({ network: devnet.network, policy: POLICY, onProbe: wake });
  try {
    const up = (): string[] => devnet.nodes.filter(({ key }) => devnet.isUp(key)).map(({ key }) => key);
    await until(() => {
      const good = new Set(addressesOf(crawl));
      return up().every((key) => good.has(key));
    });
    expect(up().length).toBeGreaterThan(150);
    expect(addressesOf(crawl).filter((key) => !devnet.isUp(key))).toEqual([]);

    const victim = devnet.nodes.find(({ personality, key }) => personality === "faithful" && !devnet.entries.includes(key))!.key;
    devnet.kill(victim);
    await until(() => !addressesOf(crawl).includes(victim));
    const { nodes } = devnet.stats();
    const reasons = Object.keys(crawl.progress().failures);
    expect(reasons).toEqual(
      expect.arrayContaining(["wrong-network", "version-too-old", "services-missing", "height-stale", "refused", "closed"]),
    );
    for (const [key, { mostOpen, leastIntervalMs, asked }] of nodes) {
      expect(mostOpen, key).toBe(1);
      expect(leastIntervalMs, key).toBeGreaterThan(1_000 * MIN_RETRY_SECONDS - 100);
      expect(asked, key).toBeLessThanOrEqual(1);
    }
  } finally {
    await stopBoth(crawl, devnet);
  }
});
