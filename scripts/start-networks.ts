/** Which networks `npm start` runs, with their devnets. */
import { usageError } from "../cli/errors.ts";
import { resolveNetwork } from "../cli/network.ts";
import { namedInputs } from "../cli/inputs.ts";
import type { CrawlPolicy } from "../crawler/engine/policy.ts";
import type { Dialer } from "../crawler/net/dial.ts";
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

/**
 * The networks asked for, with what is named to start from, their devnets started. Devnets are stopped with `cleanup`. `dialer` is the way to peers, where
 * there is a choice. Rejects with `CliError`.
 */
export async function openNetworks(
  options: StartOptions,
  dialer: Dialer | undefined,
  cleanup: AsyncDisposableStack,
): Promise<LocalNetwork[]> {
  const devnets = devnetsOf(options);
  if (devnets.length === 0) return [await realNetwork(options, dialer)];
  if (devnets.length === 1) return [await openDevnet(devnets[0]!, options, dialer, cleanup)];
  refuseForMany(options, devnets);
  const opened: LocalNetwork[] = [];
  for (const network of devnets) opened.push(await openDevnet(network, { nodes: NODES_OF_MANY, ...options }, dialer, cleanup));
  return opened;
}

/** Throws `CliError` for an option that means one network. */
function refuseForMany({ zone, peer, peersFile, federate, devnetPort }: StartOptions, devnets: readonly Network[]): void {
  const single = Object.entries({ "--zone": zone, "--peer": peer, "--peers-file": peersFile, "--federate": federate });
  const given = single.find(([, value]) => value !== undefined)?.[0];
  const names = devnets.map(({ name }) => name).join(", ");
  if (given !== undefined) throw usageError(`${given} is for one network, not for ${ALL_DEVNETS}`, `Name one with --network: ${names}.`);
  if (devnetPort !== undefined && devnetPort !== 0)
    throw usageError(`--devnet-port ${devnetPort}: ${devnets.length} devnets need a port each`, "Leave it out, or take any free ones: 0.");
}

function devnetsOf({ network = DEVNET.name, networkFile }: StartOptions): readonly Network[] {
  if (networkFile !== undefined) return [];
  return network === ALL_DEVNETS ? DEVNETS : DEVNETS.filter(({ name }) => name === network);
}

async function realNetwork(options: StartOptions, dialer: Dialer | undefined): Promise<LocalNetwork> {
  const network = await resolveNetwork(options);
  return { network, zone: options.zone ?? zoneOf(network), ...(await namedInputs(options, network, dialer)) };
}

async function openDevnet(
  network: Network,
  options: StartOptions,
  dialer: Dialer | undefined,
  cleanup: AsyncDisposableStack,
): Promise<LocalNetwork> {
  const { startDevnet } = await import("../crawler/devnet/server.ts"); // loaded only where there is a devnet
  const { nodes, devnetPort, zone } = options;
  const devnet = await startDevnet(
    { preset: "small", ...(nodes === undefined ? {} : { nodes }) },
    { network, ...(devnetPort === undefined ? {} : { port: devnetPort }) },
  );
  cleanup.defer(() => devnet.stop());
  for (const note of devnet.notes) console.log(`${network.name}: ${note}`);
  console.log(`${network.name}: ${devnet.nodes.length} fake addresses on loopback, port ${devnet.network.port}`);
  const inputs = await namedInputs(options, devnet.network, dialer);
  return { network: devnet.network, zone: zone ?? zoneOf(network), ...inputs, policy: DEVNET_POLICY };
}

const zoneOf = ({ name }: Network): string => `${name}.seed.example.org`;
