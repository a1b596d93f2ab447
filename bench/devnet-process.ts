/** Child of the benchmark: a devnet in a process of its own, made as the JSON of its one argument says. Says by IPC what a crawler needs. */
import type { DevnetConfigInput } from "../crawler/devnet/config.ts";
import { startDevnet } from "../crawler/devnet/server.ts";
import type { Network } from "../schema/network.ts";

/** The argument. */
export interface DevnetChild {
  readonly config: DevnetConfigInput;
  readonly network?: Network;
  readonly port?: number;
}

/** What it says when it is ready. */
export interface DevnetWorld {
  readonly network: Network;
  /** Addresses at which a handshake succeeds. */
  readonly alive: readonly string[];
  /** How many addresses there are. */
  readonly addresses: number;
}

const { config, ...options } = JSON.parse(process.argv[2] ?? "") as DevnetChild; // our own parent's
const devnet = await startDevnet(config, options);
const alive = devnet.nodes.map(({ key }) => key).filter((key) => devnet.isUp(key));
process.send!({ network: devnet.network, alive, addresses: devnet.nodes.length } satisfies DevnetWorld);
process.on("disconnect", () => process.exit(0));
