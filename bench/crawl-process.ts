/** Child of bench/crawl.ts: crawls a devnet until every address was probed once, and says what that took. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCrawl } from "../crawler/crawl.ts";
import type { Network } from "../schema/network.ts";
import type { Crawled } from "./crawl.ts";

process.once("message", ({ network, alive, addresses }: { network: Network; alive: string[]; addresses: number }) => {
  const folder = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  const missing = new Set(alive);
  const probed = new Set<string>();
  const start = performance.now();
  let handshakes = 0;
  let seconds = 0;
  let cpuSeconds = 0;
  const crawl = startCrawl({
    network,
    storePath: join(folder, "crawl.sqlite"),
    onProbe: ({ address, failure }) => {
      probed.add(address);
      if (failure === undefined) handshakes++;
      if (failure === undefined && missing.delete(address) && missing.size === 0) {
        seconds = (performance.now() - start) / 1_000;
        const { user, system } = process.cpuUsage();
        cpuSeconds = (user + system) / 1e6;
      }
      if (missing.size === 0 && probed.size >= addresses) void finish();
    },
  });
  async function finish(): Promise<void> {
    const { user, system } = process.cpuUsage();
    await crawl.stop();
    rmSync(folder, { recursive: true, force: true });
    const crawled: Crawled = {
      seconds,
      allSeconds: (performance.now() - start) / 1_000,
      handshakes,
      cpuSeconds,
      allCpuSeconds: (user + system) / 1e6,
      peakMegabytes: process.resourceUsage().maxRSS / 1_000,
    };
    process.send!(crawled, () => process.exit(0));
  }
});
process.on("disconnect", () => process.exit(1));
