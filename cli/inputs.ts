/** The options that say where a crawl gets its first addresses from, beside the network's own seeds. */
import { InvalidArgumentError, Option } from "commander";
import type { Dialer } from "../crawler/net/dial.ts";
import { fileInput, PeerFileError } from "../crawler/inputs/file.ts";
import type { NamedInputs } from "../crawler/inputs/inputs.ts";
import type { Federation } from "../crawler/inputs/snapshot.ts";
import type { Network } from "../schema/network.ts";
import { CliError } from "./errors.ts";
import { collect, parseEdge, parsePeerName, parsePublicKey } from "./options.ts";
import { isPeerName, resolvePeers } from "./peer-names.ts";

export interface InputCliOptions {
  readonly peer?: readonly string[];
  readonly peersFile?: readonly string[];
  readonly federate?: readonly FederatedKey[];
}

/** An edge and one key that may have signed its snapshots. */
export interface FederatedKey {
  readonly edge: URL;
  readonly key: string;
}

export const inputOptions = (): readonly Option[] => [
  new Option("-p, --peer <host:port…>", "an address or host name to start from; may be repeated")
    .env("SEEDCAST_PEERS")
    .argParser(collect(parsePeerName)),
  new Option("--peers-file <file…>", "a list to start from: an address a line, or reports as --once --json prints them; may be repeated")
    .env("SEEDCAST_PEERS_FILE")
    .argParser(collect(String)),
  new Option(
    "--federate <url#key…>",
    "another Seedcast edge to learn from while too few peers are good, and the public key of its snapshots; may be repeated, for one edge too",
  )
    .env("SEEDCAST_FEDERATE")
    .argParser(collect(parseFederated)),
];

/** `https://seed.example.org#<public key>`: the key is the fragment, which is never sent. Throws commander's error. */
export function parseFederated(text: string): FederatedKey {
  const at = text.indexOf("#");
  if (at === -1) throw new InvalidArgumentError("Expected a URL, # and the public key of the edge's snapshots.");
  return { edge: new URL("/", parseEdge(text.slice(0, at))), key: parsePublicKey(text.slice(at + 1)) };
}

/** The keys by edge: during a rotation an edge has two. */
export function federationOf(named: readonly FederatedKey[]): Federation[] {
  const keys = Map.groupBy(named, ({ edge }) => edge.href);
  return Array.from(keys, ([href, each]) => ({ edge: new URL(href), keys: each.map(({ key }) => key) }));
}

/**
 * What the options name, with files read and names resolved: by this machine, unless a proxy must do it; then the nodes behind the names are asked for
 * addresses, and not verified themselves. Rejects with `CliError`.
 */
export async function namedInputs(options: InputCliOptions, network: Network, dialer: Dialer | undefined): Promise<NamedInputs> {
  const { peer = [], peersFile = [], federate = [] } = options;
  const proxied = dialer?.dialName !== undefined;
  const peers = await resolvePeers(proxied ? peer.filter((text) => !isPeerName(text)) : peer);
  const peerNames = proxied ? peer.filter(isPeerName) : [];
  try {
    const files = await Promise.all(peersFile.map((path) => fileInput(path, network)));
    return { peers, peerNames, files, federation: federationOf(federate) };
  } catch (error) {
    if (!(error instanceof PeerFileError)) throw error;
    throw new CliError(`--peers-file ${error.message}`, {
      cause: error,
      hint: "It takes one address a line, such as 192.0.2.7:8333; # begins a comment.",
    });
  }
}
