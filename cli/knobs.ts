/** The numbers by which an operator tunes a crawl. What they correspond to in other crawlers is in docs/operations.md. */
import { Option } from "commander";
import { DEFAULT_CONCURRENCY, DEFAULT_CONNECT_TIMEOUT_MS, type CrawlOptions } from "../crawler/crawl.ts";
import { DEFAULT_POLICY, type CrawlPolicy } from "../crawler/engine/policy.ts";
import { parseNetwork, NetworkError, type Network } from "../schema/network.ts";
import { usageError } from "./errors.ts";
import { parseNumber } from "./options.ts";

/** What the knobs are set to. */
export interface Knobs {
  readonly concurrency: number;
  readonly maxRate?: number;
  readonly connectTimeout: number;
  readonly handshakeTimeout?: number;
  readonly gossipTimeout?: number;
  readonly retest: number;
  readonly harvest?: number;
  readonly maxKnown: number;
  readonly gone: number;
  readonly enough: number;
  readonly magic?: string;
  readonly protocolVersion?: number;
}

const number = (flags: string, variable: string, description: string, least: number, most: number): Option =>
  new Option(flags, description).env(variable).argParser(parseNumber(least, most));

/** Every knob, each settable from the environment. */
export const knobOptions = (): Option[] => [
  number("--concurrency <n>", "SEEDCAST_CONCURRENCY", "handshakes at a time", 1, 10_000).default(DEFAULT_CONCURRENCY),
  number("--max-rate <n>", "SEEDCAST_MAX_RATE", "connections opened a second at most (default: no limit)", 1, 10_000),
  number("--connect-timeout <ms>", "SEEDCAST_CONNECT_TIMEOUT", "how long to wait for a connection", 100, 120_000).default(
    DEFAULT_CONNECT_TIMEOUT_MS,
  ),
  number(
    "--handshake-timeout <ms>",
    "SEEDCAST_HANDSHAKE_TIMEOUT",
    "how long to wait for a handshake (default: the protocol's)",
    100,
    100_000,
  ),
  number("--gossip-timeout <ms>", "SEEDCAST_GOSSIP_TIMEOUT", "how long to wait for addresses (default: the protocol's)", 100, 100_000),
  number("--retest <seconds>", "SEEDCAST_RETEST", "test good peers again after so long", 1, 86_400).default(DEFAULT_POLICY.retestSeconds),
  number("--harvest <seconds>", "SEEDCAST_HARVEST", "ask a peer for addresses once in so long (default: the network's)", 60, 604_800),
  number("--max-known <n>", "SEEDCAST_MAX_KNOWN", "addresses known at a time at most", 100, 5_000_000).default(DEFAULT_POLICY.maxKnown),
  number("--gone <seconds>", "SEEDCAST_GONE", "forget a peer not verified for so long", 3_600, 31_536_000).default(
    DEFAULT_POLICY.goneSeconds,
  ),
  number("--enough <n>", "SEEDCAST_ENOUGH", "with fewer good peers than this, ask the network's seeds again", 0, 100_000).default(
    DEFAULT_POLICY.enoughGood,
  ),
  new Option("--magic <hex>", "the octets that open every message, instead of the network's").env("SEEDCAST_MAGIC"),
  number("--protocol-version <n>", "SEEDCAST_PROTOCOL_VERSION", "the version to state, instead of the network's", 0, 0x7fff_ffff),
];

/** The crawl's options that the knobs set. */
export function crawlOptions(
  knobs: Knobs,
  network: Network,
): Pick<CrawlOptions, "concurrency" | "connectTimeoutMs" | "maxRate" | "waits"> & {
  readonly policy: Partial<CrawlPolicy>;
} {
  const { concurrency, connectTimeout, maxRate, handshakeTimeout, gossipTimeout } = knobs;
  return {
    concurrency,
    connectTimeoutMs: connectTimeout,
    ...(maxRate !== undefined && { maxRate }),
    waits: {
      ...(handshakeTimeout !== undefined && { handshakeMs: handshakeTimeout }),
      ...(gossipTimeout !== undefined && { gossipMs: gossipTimeout }),
    },
    policy: policyOf(knobs, network),
  };
}

/**
 * Faster retests pull the retries and the window along, so that the policy stays in proportion; but no stranger's node is called sooner after a
 * call than etiquette allows.
 */
function policyOf({ retest, harvest, maxKnown, gone, enough }: Knobs, { scope }: Network): Partial<CrawlPolicy> {
  const { minRetrySeconds, goodWindowSeconds, retestSeconds: usual } = DEFAULT_POLICY;
  const share = retest / usual;
  return {
    retestSeconds: retest,
    minRetrySeconds: scope === "public" ? minRetrySeconds : Math.min(minRetrySeconds, minRetrySeconds * share),
    goodWindowSeconds: Math.max(2 * retest, goodWindowSeconds * share),
    maxKnown,
    goneSeconds: gone,
    enoughGood: enough,
    ...(harvest !== undefined && { harvestSeconds: harvest }),
  };
}

/** The network with the magic and the version that the knobs give it: for a test network that was cut anew. Throws `CliError`. */
export function overrideWire(network: Network, { magic, protocolVersion }: Pick<Knobs, "magic" | "protocolVersion">): Network {
  if (magic === undefined && protocolVersion === undefined) return network;
  const { wire } = network;
  const fields = WIRE_FIELDS[wire.family];
  if (magic !== undefined && fields.magic === undefined) throw usageError(`--magic: ${network.name} has none`);
  if (protocolVersion !== undefined && fields.version === undefined)
    throw usageError(`--protocol-version: ${network.name} states none that is a number`);
  try {
    return parseNetwork({
      ...network,
      wire: {
        ...wire,
        ...(magic !== undefined && { [fields.magic ?? ""]: magic.toLowerCase() }),
        ...(protocolVersion !== undefined && { [fields.version ?? ""]: protocolVersion }),
      },
    });
  } catch (error) {
    const options = [magic !== undefined && "--magic", protocolVersion !== undefined && "--protocol-version"].filter(Boolean);
    if (error instanceof NetworkError) throw usageError(`${options.join(", ")}: ${error.message}`);
    throw error;
  }
}

/** Which wire parameters the knobs mean, by family. */
const WIRE_FIELDS: Readonly<Record<Network["wire"]["family"], { readonly magic?: string; readonly version?: string }>> = {
  bitcoin: { magic: "magic", version: "protocolVersion" },
  decred: { magic: "magic", version: "protocolVersion" },
  nano: { magic: "networkId", version: "versionUsing" },
  chia: { magic: "networkId" },
};
