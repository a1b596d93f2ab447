/** Finds the parameters of a network: shipped under a name, or in a file of the user's. */
import { NetworkError, parseNetwork, type Network } from "../schema/network.ts";
import { findNetwork, NETWORKS } from "../schema/networks/index.ts";
import { CliError, usageError } from "./errors.ts";
import { readJson } from "./files.ts";

/** The names of the shipped networks, for help and error texts. */
export const shippedNetworks = (): string => NETWORKS.map(({ name }) => name).join(", ");

/** The network of `--network` or `--network-file`; exactly one must be given. Rejects with `CliError`. */
export async function resolveNetwork({ network, networkFile }: { network?: string; networkFile?: string }): Promise<Network> {
  if ((network === undefined) === (networkFile === undefined)) {
    throw usageError("say which network: either --network NAME or --network-file FILE", `Shipped networks: ${shippedNetworks()}.`);
  }
  if (networkFile !== undefined) return readNetworkFile(networkFile);
  const found = findNetwork(network!);
  if (found !== undefined) return found;
  throw usageError(
    `${network} is not a shipped network`,
    `Shipped networks: ${shippedNetworks()}. For another one pass its parameters with --network-file.`,
  );
}

async function readNetworkFile(file: string): Promise<Network> {
  const value = await readJson(file);
  try {
    return parseNetwork(value);
  } catch (error) {
    if (error instanceof NetworkError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}
