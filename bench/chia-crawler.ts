/** The crawler of chia-blockchain (chia/seeder/crawler.py), as test/interop/install.sh gets it, on a devnet of testnet11's parameters. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { parseAddress } from "../schema/address.ts";
import { CHIA_BIN } from "../test/interop/tools.ts";
import { cpuSecondsOfRival } from "./rival.ts";

const run = promisify(execFile);

/** The command. */
export const CHIA_CRAWLER = join(CHIA_BIN, "chia_crawler");

/** What differs from the settings that come with it. A longer timeout, as 250 at a time are more than it gets done in its own 2 s; and a port of its own. */
const SETTINGS = { crawler_db_path: "crawler.db", minimum_height: 0, peer_connect_timeout: 30, port: 8444 };

/** Gives CPU seconds of its first round, in which it calls all peers it was told of, and how many of them it called a success. */
export async function crawlWithChia(peers: readonly string[], root: string): Promise<{ cpuSeconds: number; verified: number }> {
  const addresses = peers.map(parseAddress);
  const seeder = { ...SETTINGS, bootstrap_peers: addresses.map(({ host }) => host), other_peers_port: addresses[0]?.port };
  const wanted = { root, seeder };
  await run(join(CHIA_BIN, "python"), [join(import.meta.dirname, "chia-root.py"), JSON.stringify(wanted)]);
  const cpuSeconds = await cpuSecondsOfRival({
    command: CHIA_CRAWLER,
    args: [],
    env: { CHIA_ROOT: root, HOME: root },
    isStart: (line) => line.includes(`Crawling ${peers.length} peers`),
    isEnd: (line) => line.includes("Finished batch"),
  });
  const store = new DatabaseSync(join(root, "crawler.db"), { readOnly: true });
  const row = store.prepare("SELECT count(*) AS verified FROM peer_reliability WHERE successes > 0").get();
  store.close();
  return { cpuSeconds, verified: Number(row?.["verified"]) };
}
