/** A whole crawl of fake Nano nodes, which tell six peers at a time. */
import { expect, it } from "vitest";
import { DEVNET_NANO } from "../../../schema/networks/devnet.ts";
import { startCrawl } from "../../crawl.ts";
import { startDevnet } from "../server.ts";
import { goodOf, stopBoth, waker } from "../test-crawl.ts";

/** A devnet whose slow nodes are in a hurry, with something of everything but nodes that come and go on their own. */
const CONFIG = {
  nodes: 150,
  habits: { slow: 0.03, legacy: 0.03, announcer: 0.05, liar: 0.02, flooder: 0.02 },
  slowMs: 50,
  announceMs: 100,
  dripMs: 1_000,
} as const;

const MIN_RETRY_SECONDS = 1;
/** However busy the machine is, no good node shall be called late. */
const WAITS = { handshakeMs: 60_000 };
const POLICY = { minRetrySeconds: MIN_RETRY_SECONDS, retestSeconds: 2, retestJitter: 0.1, goodWindowSeconds: 60, harvestSeconds: 1 };

it(
  "finds every node that is up, calls no other good, learns what nodes say of themselves, and is polite",
  { timeout: 60_000 },
  async () => {
    const devnet = await startDevnet(CONFIG, { port: 0, network: DEVNET_NANO });
    const { wake, until } = waker();
    const crawl = startCrawl({ network: devnet.network, policy: POLICY, waits: WAITS, onProbe: wake });
    try {
      const up = devnet.nodes.filter(({ key }) => devnet.isUp(key)).map(({ key }) => key);
      expect(up.length).toBeGreaterThan(75);
      await until(() => {
        const good = new Set(goodOf(crawl).map(({ address }) => address));
        return up.every((key) => good.has(key));
      });
      expect(goodOf(crawl).filter(({ address }) => !devnet.isUp(address))).toEqual([]);
      await until(() => crawl.progress().probed > 2 * devnet.nodes.length); // retests too
      const told = goodOf(crawl).filter(({ agent }) => agent.startsWith("Nano 2"));
      expect(told.length).toBeGreaterThan(up.length / 2);
      for (const { height, version, services } of told) {
        expect(height).toBeGreaterThan(99_000);
        expect(version).toBeGreaterThanOrEqual(DEVNET_NANO.minVersion);
        expect(services).toBe("0");
      }
      const reasons = Object.keys(crawl.progress().failures);
      expect(reasons).toEqual(expect.arrayContaining(["wrong-network", "version-too-old", "malformed", "refused", "closed"]));
      const { nodes } = devnet.stats();
      for (const [key, { mostOpen, leastIntervalMs }] of nodes) {
        expect(mostOpen, key).toBe(1);
        expect(leastIntervalMs, key).toBeGreaterThan(1_000 * MIN_RETRY_SECONDS - 100);
      }
    } finally {
      await stopBoth(crawl, devnet);
    }
  },
);
