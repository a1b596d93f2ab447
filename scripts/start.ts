/** `npm start`: a whole seed on this machine, of a devnet or of a real network. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { CrawlPolicy } from "../crawler/engine/policy.ts";
import { startDevnet } from "../crawler/devnet/server.ts";
import { showProgress } from "../crawler/progress.ts";
import { AddressError, parseAddress, type PeerAddress } from "../schema/address.ts";
import { parseNetwork, type Network } from "../schema/network.ts";
import { findNetwork, NETWORKS } from "../schema/networks/index.ts";
import { startLocalSeed, type LocalSeed } from "./local-seed.ts";

const ROOT = join(import.meta.dirname, "..");
const HOST = "127.0.0.1";

/** The devnet's clock runs fast, so that a person sees nodes come and go within a minute or two. */
const DEVNET_POLICY: Partial<CrawlPolicy> = {
  retestSeconds: 30,
  minRetrySeconds: 15,
  goodWindowSeconds: 90,
  lapsedRetrySeconds: 60,
  maxPerHost: 64,
};

interface Options {
  readonly network: string;
  readonly networkFile?: string;
  readonly peer: readonly PeerAddress[];
  readonly port: number;
  readonly dnsPort: number;
  readonly state?: string;
  readonly zone?: string;
  readonly nodes?: number;
  readonly concurrency?: number;
}

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535");
  return value;
};
const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return value;
};
const peer = (text: string, before: readonly PeerAddress[]): readonly PeerAddress[] => {
  try {
    return [...before, parseAddress(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof AddressError ? error.message : String(error));
  }
};

const command = new Command("npm start --")
  .description(
    "Runs a whole seed on this machine: edge (HTTP), name server (DNS), crawler, and a devnet of fake nodes unless a real network is named.",
  )
  .option("--network <name>", "network to crawl and serve", "devnet")
  .option("--network-file <file>", "parameters of a network that is not shipped (JSON, see schema/network.ts)")
  .option("--peer <host:port>", "address to start from; may be repeated", peer, [])
  .option("--port <port>", "HTTP port, 0 for any", port, 8787)
  .option("--dns-port <port>", "DNS port (UDP and TCP), 0 for any", port, 5300)
  .option("--state <dir>", "folder for keys, databases and snapshots (default: .state/<network>)")
  .option("--zone <name>", "DNS zone to serve (default: <network>.seed.example.org)")
  .option("--nodes <count>", "addresses in the devnet", count)
  .option("--concurrency <count>", "connections at a time", count)
  .addHelpText("after", `\nNetworks: ${NETWORKS.map(({ name }) => name).join(", ")}`);

function chosenNetwork(options: Options): Network {
  if (options.networkFile !== undefined) return parseNetwork(JSON.parse(readFileSync(options.networkFile, "utf8")));
  const network = findNetwork(options.network);
  if (network === undefined) {
    return command.error(
      `error: there is no network "${options.network}". Known: ${NETWORKS.map(({ name }) => name).join(", ")}; or pass --network-file.`,
      {
        exitCode: 2,
      },
    );
  }
  return network;
}

async function servable(seed: LocalSeed, network: Network): Promise<number | undefined> {
  try {
    const response = await fetch(new URL(`/v1/networks/${network.name}`, seed.edge.url));
    const status = (await response.json()) as { servable?: number }; // our own edge's answer, shown to a person
    return status.servable;
  } catch {
    return undefined; // the edge is going down, or not up yet: nothing to show
  }
}

async function main(options: Options): Promise<void> {
  const cleanup = new AsyncDisposableStack();
  const stopping = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stopping.resolve());
  }
  process.on("disconnect", () => stopping.resolve());

  let network = chosenNetwork(options);
  const state = options.state ?? join(ROOT, ".state", network.name);
  if (network.name === "devnet") {
    const devnet = await startDevnet({ preset: "small", ...(options.nodes === undefined ? {} : { nodes: options.nodes }) });
    cleanup.defer(() => devnet.stop());
    network = devnet.network;
    console.log(`devnet: ${devnet.nodes.length} fake addresses on loopback, port ${network.port}`);
  }
  const zone = options.zone ?? `${network.name}.seed.example.org`;
  let log = (line: string): void => console.log(line);
  const seed = await startLocalSeed({
    network,
    zone,
    state,
    host: HOST,
    port: options.port,
    dnsPort: options.dnsPort,
    peers: options.peer,
    ...(network.scope === "loopback" ? { policy: DEVNET_POLICY } : {}),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    log: (line) => log(line),
  });
  cleanup.defer(() => seed.stop());

  let served: number | undefined;
  const display = showProgress({
    label: network.name,
    stream: process.stdout,
    progress: () => seed.crawl.progress(),
    served: () => served,
  });
  log = (line) => display.log(line);
  cleanup.defer(() => display.stop());
  let ready = false;
  let answering = false;
  void seed.nameserver.ready.then(() => (answering = true));
  const watch = setInterval(() => {
    void servable(seed, network).then((peers) => {
      served = peers;
      if (ready || !answering || peers === undefined || peers === 0) return;
      ready = true;
      const http = seed.edge.url.href.replace(/\/$/, "");
      display.log(`ready ${http}/v1/networks/${network.name}/peers ${http}/dns-query dns://${HOST}:${seed.nameserver.udpPort}/${zone}`);
    });
  }, 500);
  cleanup.defer(() => clearInterval(watch));

  await Promise.race([stopping.promise, seed.crawl.done]);
  await cleanup.disposeAsync();
}

command.parse();
try {
  await main(command.opts<Options>());
  process.exit(0);
} catch (error) {
  console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env["SEEDCAST_DEBUG"]) console.error(error);
  process.exit(1);
}
