/** A crawl of a fake internet: 20,000 addresses of which 5,000 are alive, in a process of its own beside the crawler's. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { figure, type Figure } from "./figure.ts";

/** What the crawling child says of itself. */
export interface Crawled {
  /** Until every alive peer was verified. */
  readonly seconds: number;
  /** Until every address was probed once. */
  readonly allSeconds: number;
  readonly handshakes: number;
  readonly cpuSeconds: number;
  readonly allCpuSeconds: number;
  /** Largest resident set of the crawling process. */
  readonly peakMegabytes: number;
}

/** The next message of a child. Rejects where it ends instead. */
async function message(process: ChildProcess): Promise<unknown> {
  const ended = once(process, "exit").then(() => Promise.reject(new Error("a child of the benchmark ended early")));
  const [first] = await Promise.race([once(process, "message"), ended]);
  return first;
}

/** As bin/seedcast.mjs runs the crawler. */
const EXEC_ARGV = ["--max-semi-space-size=8"];

const child = (name: string) =>
  fork(join(import.meta.dirname, name), { execArgv: EXEC_ARGV, stdio: ["ignore", "inherit", "inherit", "ipc"] });

export async function benchCrawl(): Promise<Figure[]> {
  const devnet = child("devnet-process.ts");
  const crawler = child("crawl-process.ts");
  try {
    const world = (await message(devnet)) as { alive: string[]; addresses: number };
    crawler.send(world);
    const crawled = (await message(crawler)) as Crawled;
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
