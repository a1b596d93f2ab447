/** The options of `npm start`. */
import { Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { addGroups, crawlGroups, type CrawlGroupOptions } from "../cli/crawl-groups.ts";
import { parseNumber } from "../cli/options.ts";
import { shippedNetworks } from "../cli/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { ZoneSchema } from "../schema/zone.ts";

/** What `--network` says for the devnets of every family at once. */
export const ALL_DEVNETS = "all-devnets";

export interface StartOptions extends CrawlGroupOptions {
  /** The devnet where neither this nor a file is given. */
  readonly network?: string;
  readonly networkFile?: string;
  readonly port: number;
  readonly dnsPort: number;
  /** Without the final dot. */
  readonly zone?: string;
  readonly dnssecKeys?: string;
  readonly nodes?: number;
  readonly devnetPort?: number;
  readonly concurrency?: number;
}

const port = parseNumber(0, 65_535);

function parseZone(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, "");
  if (!v.is(ZoneSchema.entries.name, `${name}.`)) throw new InvalidArgumentError("Expected a DNS name such as navio.seed.example.org.");
  return name;
}

export const command = new Command("npm start --")
  .description(
    "Runs a whole seed on this machine: edge (HTTP), name server (DNS), crawler, and a devnet of fake nodes unless a real network is named.",
  )
  .option("--network <name>", `network to crawl and serve, or ${ALL_DEVNETS} (default: ${DEVNET.name})`)
  .option("--network-file <file>", "parameters of a network that is not shipped (JSON, see schema/network.ts)")
  .option("--port <port>", "HTTP port, 0 for any", port, 8787)
  .option("--dns-port <port>", "DNS port (UDP and TCP), 0 for any", port, 5300)
  .option("--state <dir>", "folder for keys, databases and snapshots (default: .state/<network>)")
  .option("--zone <name>", "DNS zone to serve (default: <network>.seed.example.org)", parseZone)
  .option("--dnssec-keys <file>", "sign the zones that have keys in this file, and no others (see: npx seedcast dnssec keygen --help)")
  .option("--nodes <count>", "addresses in each devnet", parseNumber(1, 200_000))
  .option("--devnet-port <port>", "port of the devnet's nodes, 0 for any (default: its network's)", port)
  .option("--concurrency <count>", "connections at a time", parseNumber(1, 10_000))
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2)) // 2 for a wrong option, as the `seedcast` command does
  .addHelpText("after", `\nNetworks: ${shippedNetworks()}`);

addGroups(command, crawlGroups());
