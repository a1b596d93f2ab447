/** decred/dcrseeder, the seeder of Decred's network, on a devnet of testnet's parameters. It comes as source only: whoever wants it measured builds it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSecondsOfRival } from "./rival.ts";

/** The command. */
export const DCRSEEDER = process.env["DCRSEEDER"] ?? "dcrseeder";

const NEVER = "0001-01-01T00:00:00Z";

/** Gives CPU seconds until all peers were called good. They are given as its state file, as it takes only one from the command line. */
export function crawlWithDcrseeder(peers: readonly string[], folder: string): Promise<number> {
  const state = join(folder, ".dcrseeder", "testnet3");
  mkdirSync(state, { recursive: true });
  const never = { LastAttempt: NEVER, FirstSuccess: NEVER, LastSuccess: NEVER };
  const node = (peer: string) => ({ Services: 0, ProtocolVersion: 0, ...never, LastSeen: new Date().toISOString(), IP: peer });
  writeFileSync(join(state, "nodes.json"), JSON.stringify(Object.fromEntries(peers.map((peer) => [peer, node(peer)]))));
  let good = 0;
  return cpuSecondsOfRival({
    command: DCRSEEDER,
    args: ["--testnet.enabled", `--testnet.seeder=${peers[0]}`, "--testnet.listen=127.0.0.1:8000"],
    env: { HOME: folder },
    isStart: (line) => line.includes("nodes loaded from"),
    isEnd: (line) => line.includes("Adding peer") && ++good === peers.length,
  });
}
