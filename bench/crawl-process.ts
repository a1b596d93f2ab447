/** Child of the benchmark: crawls a devnet until every address was probed once, and says what that took. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCrawl } from "../crawler/crawl.ts";
import { loadCertificate } from "../crawler/net/chia/certificate.ts";
import { parseAddress } from "../schema/address.ts";
import type { Crawled, CrawlTask } from "./crawl.ts";

/** Whoever is alive must pass at once: the next attempt is minutes away. */
const TOLD_TIMEOUT_MS = 30_000;

process.once("message", (task: CrawlTask) => void crawlTask(task));

async function crawlTask({ network, alive, addresses, told = false }: CrawlTask): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  const certificate = { folder };
  if (network.wire.family === "chia") await loadCertificate(certificate); // a crawler has it from its first start
  const missing = new Set(alive);
  const probed = new Set<string>();
  const start = performance.now();
  let handshakes = 0;
  let seconds = 0;
  let cpuSeconds = 0;
  const loaded = process.cpuUsage();
  const crawl = startCrawl({
    network,
    certificate,
    storePath: join(folder, "crawl.sqlite"),
    ...(told && { peers: alive.map(parseAddress), connectTimeoutMs: TOLD_TIMEOUT_MS, waits: { handshakeMs: TOLD_TIMEOUT_MS } }),
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
      loadCpuSeconds: (loaded.user + loaded.system) / 1e6,
      allCpuSeconds: (user + system) / 1e6,
      peakMegabytes: process.resourceUsage().maxRSS / 1_000,
    };
    process.send!(crawled, () => process.exit(0));
  }
}
process.on("disconnect", () => process.exit(1));
