/** A crawl of a fake internet: 20,000 addresses of which 5,000 are alive, in a process of its own beside the crawler's. */
import { nextMessage, startChild } from "./child.ts";
import type { DevnetChild, DevnetWorld } from "./devnet-process.ts";
import { figure, type Figure } from "./figure.ts";

/** What the crawling child is told. */
export interface CrawlTask extends DevnetWorld {
  /** The crawl is given every address to start from, not only the network's entries. */
  readonly told?: boolean;
}

/** What the crawling child says of itself. */
export interface Crawled {
  /** Until every alive peer was verified. */
  readonly seconds: number;
  /** Until every address was probed once. */
  readonly allSeconds: number;
  readonly handshakes: number;
  readonly cpuSeconds: number;
  /** Before the crawl began: what it takes to load the program. */
  readonly loadCpuSeconds: number;
  readonly allCpuSeconds: number;
  /** Largest resident set of the crawling process. */
  readonly peakMegabytes: number;
}

export async function benchCrawl(): Promise<Figure[]> {
  const devnet = startChild("devnet-process.ts", JSON.stringify({ config: { preset: "bench" }, port: 0 } satisfies DevnetChild));
  const crawler = startChild("crawl-process.ts");
  try {
    const world = (await nextMessage(devnet)) as DevnetWorld;
    crawler.send(world satisfies CrawlTask);
    const crawled = (await nextMessage(crawler)) as Crawled;
    const { seconds, allSeconds, handshakes, cpuSeconds, allCpuSeconds, peakMegabytes } = crawled;
    return [
      figure("addresses", world.addresses, ""),
      figure("peers alive", world.alive.length, ""),
      figure("every alive peer verified after", seconds, "s", { atMost: 60 }),
      figure("every address probed after", allSeconds, "s"),
      figure("handshakes a CPU second of the crawler", world.alive.length / cpuSeconds, "/s", { atLeast: 1_000 }),
      figure("handshakes, with every failing address, a CPU second", handshakes / allCpuSeconds, "/s"),
      figure("peak memory of the crawler", peakMegabytes, "MB", { atMost: 300 }),
    ];
  } finally {
    for (const process of [devnet, crawler]) process.kill("SIGKILL");
  }
}
