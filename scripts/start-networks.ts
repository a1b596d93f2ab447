/** Which networks `npm start` runs, with their devnets. */
import { usageError } from "../cli/errors.ts";
import { resolveNetwork } from "../cli/network.ts";
import { resolvePeers } from "../cli/peer-names.ts";
import type { CrawlPolicy } from "../crawler/engine/policy.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET, DEVNETS } from "../schema/networks/devnet.ts";
import type { LocalNetwork } from "./local-crawl.ts";
import { ALL_DEVNETS, type StartOptions } from "./start-options.ts";

/** The devnet's clock runs fast, so that a person sees nodes come and go within a minute or two. */
const DEVNET_POLICY: Partial<CrawlPolicy> = {
  retestSeconds: 30,
  minRetrySeconds: 15,
  goodWindowSeconds: 90,
  lapsedRetrySeconds: 60,
};

/** Addresses in each devnet where there are several: two cores crawl them all within seconds. */
const NODES_OF_MANY = 100;

/** The networks asked for, their devnets started. Devnets are stopped with `cleanup`. Rejects with `CliError`. */
export async function openNetworks(options: StartOptions, cleanup: AsyncDisposableStack): Promise<LocalNetwork[]> {
  const devnets = devnetsOf(options);
  if (devnets.length === 0) return [await realNetwork(options)];
  if (devnets.length === 1) return [await openDevnet(devnets[0]!, options, cleanup)];
  if (options.zone !== undefined) throw usageError(`--zone names one zone, and ${ALL_DEVNETS} has ${devnets.length}`);
  if (options.peer.length > 0) throw usageError(`--peer is of one network, and ${ALL_DEVNETS} has ${devnets.length}`);
  const { nodes = NODES_OF_MANY, devnetPort } = options;
  if (devnetPort !== undefined && devnetPort !== 0)
    throw usageError(`--devnet-port ${devnetPort}: ${devnets.length} devnets need a port each`);
  const opened: LocalNetwork[] = [];
  for (const network of devnets) opened.push(await openDevnet(network, { ...options, nodes }, cleanup));
  return opened;
}

function devnetsOf({ network = DEVNET.name, networkFile }: StartOptions): readonly Network[] {
  if (networkFile !== undefined) return [];
  return network === ALL_DEVNETS ? DEVNETS : DEVNETS.filter(({ name }) => name === network);
}

async function realNetwork({ network, networkFile, peer, zone }: StartOptions): Promise<LocalNetwork> {
  const found = await resolveNetwork({
    ...(network === undefined ? {} : { network }),
    ...(networkFile === undefined ? {} : { networkFile }),
  });
  return { network: found, zone: zone ?? zoneOf(found), peers: await resolvePeers(peer) };
}

async function openDevnet(network: Network, options: StartOptions, cleanup: AsyncDisposableStack): Promise<LocalNetwork> {
  const { startDevnet } = await import("../crawler/devnet/server.ts"); // loaded only where there is a devnet
  const { nodes, devnetPort, zone, peer } = options;
  const devnet = await startDevnet(
    { preset: "small", ...(nodes === undefined ? {} : { nodes }) },
    { network, ...(devnetPort === undefined ? {} : { port: devnetPort }) },
  );
  cleanup.defer(() => devnet.stop());
  for (const note of devnet.notes) console.log(`${network.name}: ${note}`);
  console.log(`${network.name}: ${devnet.nodes.length} fake addresses on loopback, port ${devnet.network.port}`);
  return { network: devnet.network, zone: zone ?? zoneOf(network), peers: await resolvePeers(peer), policy: DEVNET_POLICY };
}

const zoneOf = ({ name }: Network): string => `${name}.seed.example.org`;
