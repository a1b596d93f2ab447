/** `npm start`: a whole seed on this machine, of a devnet or of a real network. */
import { join } from "node:path";
import * as v from "valibot";
import { CliError, EXIT } from "../cli/errors.ts";
import { interrupted, listenForInterrupt } from "../cli/interrupt.ts";
import type { CrawlPolicy } from "../crawler/engine/policy.ts";
import { showProgress, type ProgressDisplay } from "../crawler/progress.ts";
import type { Network } from "../schema/network.ts";
import { startLocalSeed, type LocalSeed } from "./local-seed.ts";
import { chosenNetwork, command, type StartOptions } from "./start-options.ts";
import { resolvePeers } from "../cli/peer-names.ts";

const ROOT = join(import.meta.dirname, "..");
const HOST = "127.0.0.1";

/** How often the edge is asked how many peers it serves. */
const WATCH_INTERVAL_MS = 500;
const WATCH_TIMEOUT_MS = 5_000;

/** The devnet's clock runs fast, so that a person sees nodes come and go within a minute or two. */
const DEVNET_POLICY: Partial<CrawlPolicy> = {
  retestSeconds: 30,
  minRetrySeconds: 15,
  goodWindowSeconds: 90,
  lapsedRetrySeconds: 60,
};

const StatusSchema = v.object({ servable: v.number() });

/** How many peers the edge serves; undefined while it does not say. */
async function servable(seed: LocalSeed, network: Network): Promise<number | undefined> {
  try {
    const response = await fetch(new URL(`/v1/networks/${network.name}`, seed.edge.url), { signal: AbortSignal.timeout(WATCH_TIMEOUT_MS) });
    return v.parse(StatusSchema, await response.json()).servable;
  } catch {
    return undefined; // the edge is going down, or not up yet: nothing to show
  }
}

/** Starts the devnet where that is the network asked for, and loads it only then. The network returned has the devnet's actual port. */
async function withDevnet(options: StartOptions, cleanup: AsyncDisposableStack): Promise<Network> {
  const network = await chosenNetwork(options);
  if (network !== undefined) return network;
  const { startDevnet } = await import("../crawler/devnet/server.ts");
  const devnet = await startDevnet(
    { preset: "small", ...(options.nodes === undefined ? {} : { nodes: options.nodes }) },
    options.devnetPort === undefined ? {} : { port: options.devnetPort },
  );
  cleanup.defer(() => devnet.stop());
  for (const note of devnet.notes) console.log(`devnet: ${note}`);
  console.log(`devnet: ${devnet.nodes.length} fake addresses on loopback, port ${devnet.network.port}`);
  return devnet.network;
}

async function main(options: StartOptions): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const signal = listenForInterrupt();

  const network = await withDevnet(options, cleanup);
  const zone = options.zone ?? `${network.name}.seed.example.org`;
  let display: ProgressDisplay | undefined;
  const log = (line: string): void => (display === undefined ? console.log(line) : display.log(line));
  const seed = await startLocalSeed({
    network,
    zone,
    state: options.state ?? join(ROOT, ".state", network.name),
    host: HOST,
    port: options.port,
    dnsPort: options.dnsPort,
    peers: await resolvePeers(options.peer),
    ...(network.scope === "loopback" ? { policy: DEVNET_POLICY } : {}),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    log,
  });
  cleanup.defer(() => seed.stop());

  let served: number | undefined;
  display = showProgress({ label: network.name, stream: process.stdout, progress: () => seed.crawl.progress(), served: () => served });
  cleanup.defer(() => display?.stop());
  const announceReady = async (): Promise<void> => {
    await seed.nameserver.ready;
    const http = seed.edge.url.href.replace(/\/$/, "");
    log(`ready ${http}/v1/networks/${network.name}/peers ${http}/dns-query dns://${HOST}:${seed.nameserver.udpPort}/${zone}`);
  };
  let ready = false;
  const look = async (): Promise<void> => {
    served = await servable(seed, network);
    if (ready || served === undefined || served === 0) return;
    ready = true;
    await announceReady();
  };
  const watch = setInterval(() => void look(), WATCH_INTERVAL_MS);
  cleanup.defer(() => clearInterval(watch));

  await Promise.race([interrupted(signal), seed.done]);
}

command.parse();
try {
  await main(command.opts<StartOptions>());
  process.exit(0);
} catch (error) {
  console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof CliError && error.hint !== undefined) console.error(error.hint);
  if (process.env["SEEDCAST_DEBUG"]) console.error(error);
  process.exit(error instanceof CliError ? error.exitCode : EXIT.failure);
}
