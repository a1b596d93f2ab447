/** The options of `npm start`. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { AddressError, parseAddress, type PeerAddress } from "../schema/address.ts";
import { parseNetwork, type Network } from "../schema/network.ts";
import { findNetwork, NETWORKS } from "../schema/networks/index.ts";

export interface StartOptions {
  readonly network: string;
  readonly networkFile?: string;
  readonly peer: readonly PeerAddress[];
  readonly port: number;
  readonly dnsPort: number;
  readonly state?: string;
  readonly zone?: string;
  readonly nodes?: number;
  readonly devnetPort?: number;
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

export const command = new Command("npm start --")
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
  .option("--devnet-port <port>", "port of the devnet's nodes, 0 for any (default: 28333)", port)
  .option("--concurrency <count>", "connections at a time", count)
  .addHelpText("after", `\nNetworks: ${NETWORKS.map(({ name }) => name).join(", ")}`);

/** The network asked for. Ends the process with a usage error for an unknown one; throws `NetworkError` for a bad parameter file. */
export function chosenNetwork(options: StartOptions): Network {
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
