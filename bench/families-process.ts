/**
 * Child of bench/families.ts, in a namespace where 25.0.0.0/8 is local: crawls a devnet of each protocol family, and lets the crawlers that a family's
 * own projects have crawl the same. Says by IPC what that took.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Network } from "../schema/network.ts";
import { CHIA_TESTNET11 } from "../schema/networks/chia.ts";
import { DECRED_TESTNET } from "../schema/networks/decred.ts";
import { DEVNET, DEVNET_CHIA, DEVNET_DECRED, DEVNET_NANO } from "../schema/networks/devnet.ts";
import { CHIA_CRAWLER, crawlWithChia } from "./chia-crawler.ts";
import { nextMessage, startChild } from "./child.ts";
import type { Crawled, CrawlTask } from "./crawl.ts";
import { crawlWithDcrseeder, DCRSEEDER } from "./dcrseeder.ts";
import type { DevnetChild, DevnetWorld } from "./devnet-process.ts";
import type { FamilyResult } from "./families.ts";
import { figure, type Figure } from "./figure.ts";
import { isCommand, median } from "./processes.ts";

const ROUNDS = 3;

/** A crawl takes seconds; one that lasts longer, in milliseconds, has missed somebody. */
const PATIENCE_MS = 60_000;

/** No family is begun after so many milliseconds. */
const BUDGET_MS = 150_000;

/** Gossip is small, so that handshakes are what is measured: each node knows so many others. Nano's tell six whatever they know. */
const KNOWN = 20;

/** What is measured of one family, in handshakes a CPU second. */
interface Side {
  readonly measure: string;
  readonly crawl: (world: DevnetWorld, folder: string) => Promise<number>;
}

/** A program of others, and what its absence is called. */
interface RivalSide extends Side {
  readonly command: string;
}

const seedcast = (what: string): Side => ({
  measure: `Seedcast: ${what}`,
  async crawl(world) {
    const child = startChild("crawl-process.ts");
    try {
      child.send({ ...world, told: true } satisfies CrawlTask);
      const { cpuSeconds, loadCpuSeconds } = (await nextMessage(child, PATIENCE_MS)) as Crawled;
      return world.alive.length / (cpuSeconds - loadCpuSeconds);
    } finally {
      child.kill("SIGKILL");
    }
  },
});

const dcrseeder: RivalSide = {
  measure: "dcrseeder: Decred",
  command: DCRSEEDER,
  crawl: async ({ alive }, folder) => alive.length / (await crawlWithDcrseeder(alive, folder)),
};

const chiaCrawler: RivalSide = {
  measure: "chia_crawler: Chia",
  command: CHIA_CRAWLER,
  async crawl({ alive }, folder) {
    const { cpuSeconds, verified } = await crawlWithChia(alive, folder);
    if (verified < alive.length) notes.push(`${chiaCrawler.measure}: only ${verified} of ${alive.length} peers were a success to it.`);
    return verified / cpuSeconds;
  },
};

interface Family {
  /** Thousands, so that what V8 has yet to compile counts little, as in a crawler that runs for months; fewer where a handshake is dear. */
  readonly nodes: number;
  readonly network: Network;
  readonly ours: Side;
  readonly rival?: RivalSide;
}

const FAMILIES: readonly Family[] = [
  { nodes: 6_000, network: DEVNET, ours: seedcast("Bitcoin") },
  {
    nodes: 6_000,
    network: { ...DEVNET_DECRED, wire: DECRED_TESTNET.wire, port: DECRED_TESTNET.port },
    ours: seedcast("Decred"),
    rival: dcrseeder,
  },
  { nodes: 600, network: DEVNET_NANO, ours: seedcast("Nano, a proof checked and one made for each, telemetry checked as it comes") },
  {
    nodes: 1_200,
    network: { ...DEVNET_CHIA, wire: CHIA_TESTNET11.wire },
    ours: seedcast("Chia, TLS 1.3 with certificates on both sides"),
    rival: chiaCrawler,
  },
];

const notes: string[] = [];

async function crawlInFolder(side: Side, world: DevnetWorld): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "seedcast-bench-"));
  try {
    return await side.crawl(world, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One figure, or none and a note. */
async function crawlOfRival(rival: RivalSide, world: DevnetWorld): Promise<number[]> {
  if (!isCommand(rival.command)) {
    notes.push(`${rival.measure}: not measured, ${rival.command} is not there.`);
    return [];
  }
  try {
    return [await crawlInFolder(rival, world)];
  } catch (error) {
    notes.push(`${rival.measure}: not measured: ${reasonOf(error)}`);
    return [];
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function measureFamily({ nodes, network, ours, rival }: Family): Promise<Figure[]> {
  const honest = { nodes, alive: 1, habits: {}, known: KNOWN, ipv4Prefix: "25.0.0.0/8", ipv6: 0, oddPorts: 0, lies: 0 };
  const devnet = startChild("devnet-process.ts", JSON.stringify({ config: honest, network } satisfies DevnetChild));
  try {
    const world = (await nextMessage(devnet)) as DevnetWorld;
    const [own, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      own.push(await crawlInFolder(ours, world));
      if (rival !== undefined && theirs.length === round) theirs.push(...(await crawlOfRival(rival, world)));
    }
    const peers = `, ${nodes.toLocaleString("en")} peers`;
    const figures = [figure(ours.measure + peers, median(own), "/s")];
    if (rival === undefined || theirs.length < ROUNDS) return figures;
    const ratio = median(own.map((each, round) => each / (theirs[round] ?? Number.NaN)));
    return [...figures, figure(rival.measure + peers, median(theirs), "/s"), figure(`Seedcast to ${rival.measure}`, ratio, "")];
  } finally {
    devnet.kill("SIGKILL");
  }
}

const figures: Figure[] = [];
for (const family of FAMILIES) {
  if (performance.now() > BUDGET_MS) {
    notes.push(`${family.ours.measure}: left out, as those before took too long.`);
    continue;
  }
  try {
    figures.push(...(await measureFamily(family)));
  } catch (error) {
    notes.push(`${family.ours.measure}: not measured: ${reasonOf(error)}`);
  }
}
process.send!({ figures, notes: [...new Set(notes)] } satisfies FamilyResult, () => process.exit(0));
