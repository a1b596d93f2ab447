/** Who lives in a devnet: a pure function of its configuration. */
import { formatAddress, type PeerAddress } from "../../schema/address.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Network } from "../../schema/network.ts";
import type { DevnetConfig } from "./config.ts";
import { Gossip } from "./gossip.ts";
import { ALIVE, FAULTY, type Personality } from "./personalities.ts";
import { lieAddresses, placeNodes, spreadGround, type Ground } from "./places.ts";
import { pick, seeded, shuffle } from "./random.ts";

/** One node. What it knows of others is drawn when asked for: see `Gossip`. */
export interface DevnetNode {
  readonly index: number;
  readonly address: PeerAddress;
  /** The canonical text of the address. */
  readonly key: string;
  readonly personality: Personality;
  readonly version: number;
  /** Service bits as hex. */
  readonly services: string;
  readonly agent: string;
  /** Blocks behind the chain's tip; honest nodes trail by two at most. */
  readonly lag: number;
  /** The height at which it is stuck for good, where it is. */
  readonly stuckAt: number | undefined;
}

export interface Population {
  readonly config: DevnetConfig;
  readonly nodes: readonly DevnetNode[];
  /** Faithful nodes on the default port from which a crawl reaches all. At least one. */
  readonly entries: readonly DevnetNode[];
  /** The node that lives at an address in canonical text form. */
  readonly find: (key: string) => DevnetNode | undefined;
  readonly gossip: Gossip;
}

/** Versions that Core before 22 stated: below what addrv2 and wtxidrelay need. */
const LEGACY_VERSION = 70_015;

const AGENTS = ["/Devnet:29.1.0/", "/Devnet:29.0.0/", "/Devnet:28.2.0/", "/Devnet:27.1.0/", "/Devnet:0.3.1(pruned)/"] as const;

/** Service bits that nodes offer beyond the network's: none, bloom, witness, compact filters, v2 transport, … (src/protocol.h of Core). */
const EXTRA_SERVICES = [0x0n, 0x4n, 0x8n, 0xcn, 0x48n, 0x408n, 0x448n, 0xc08n] as const;

/** Further behind than the network's limit by up to so many blocks. */
const STUCK_BLOCKS = 500;

/**
 * Creates the devnet's nodes. Deterministic: the same arguments make the same nodes and gossip. Throws `DevnetConfigError` where the
 * configuration leaves too few honest nodes to tell of all the others, or no room for all addresses.
 */
export function createPopulation(
  config: DevnetConfig,
  network: Network = DEVNET,
  ground: Ground = spreadGround(config, network.port),
): Population {
  const { personalities, entryCount, fixed } = castPersonalities(config);
  const addresses = placeNodes(config, ground, personalities, entryCount);
  const random = seeded(config.seed, 4);
  const nodes = addresses.map((address, index): DevnetNode => {
    const personality = personalities[index]!;
    return Object.assign(statements(personality, config, network, random), { index, address, key: formatAddress(address), personality });
  });
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const lies = lieAddresses(config, ground, new Set(byKey.keys()));
  return {
    config,
    nodes,
    entries: nodes.slice(0, fixed),
    find: (key) => byKey.get(key),
    gossip: new Gossip(config, nodes, lies),
  };
}

/** Exact numbers of each kind, in random order but for the IPv4 entries, and one faithful node more for the first IPv6 address: an entry too. */
function castPersonalities(config: DevnetConfig): { personalities: Personality[]; entryCount: number; fixed: number } {
  const aliveCount = Math.max(1, Math.round(config.nodes * config.alive));
  const alive = cast(ALIVE, config.habits, aliveCount, 1);
  const faulty = cast(FAULTY, config.faults, config.nodes - aliveCount, 0);
  const kinds = [...ALIVE, ...FAULTY];
  const faithful = alive.filter((kind) => kind === "faithful").length;
  const fixed = Math.min(config.entries + Math.min(config.ipv6, 1), faithful);
  const rest = Uint8Array.from([...alive.slice(fixed), ...faulty], (kind) => kinds.indexOf(kind));
  shuffle(rest, rest.length, seeded(config.seed, 1));
  const personalities = [...alive.slice(0, fixed), ...Array.from(rest, (kind) => kinds[kind]!)];
  return { personalities, entryCount: Math.min(config.entries, fixed), fixed };
}

/** So many of each kind, the first kind first and at least `least` times. */
function cast<K extends string>(kinds: readonly K[], shares: Readonly<Partial<Record<K, number>>>, count: number, least: number): K[] {
  const [usual, ...unusual] = kinds;
  let left = count - least;
  const some = unusual.flatMap((kind) => {
    const number = Math.min(left, Math.round(count * (shares[kind] ?? 0)));
    left -= number;
    return Array<K>(number).fill(kind);
  });
  return [...Array<K>(count - some.length).fill(usual!), ...some];
}

type Statements = Pick<DevnetNode, "version" | "services" | "agent" | "lag" | "stuckAt">;

/** What a node says of itself in its version message. */
function statements(personality: Personality, config: DevnetConfig, network: Network, random: () => number): Statements {
  const wanted = BigInt(`0x${network.services}`);
  const extra = pick(EXTRA_SERVICES, random);
  const usual = { version: network.wire.protocolVersion, services: (wanted | extra).toString(16), agent: pick(AGENTS, random) };
  const lag = Math.floor(random() * 3);
  const behind = network.maxHeightLag + 1 + Math.floor(random() * STUCK_BLOCKS);
  switch (personality) {
    case "legacy":
      return { ...usual, version: Math.min(usual.version, LEGACY_VERSION), agent: "/Devnet:0.14.9/", lag, stuckAt: undefined };
    case "old-version":
      return { ...usual, version: Math.max(0, network.minVersion - 1), agent: "/Devnet:0.6.2/", lag, stuckAt: undefined };
    case "missing-services":
      return { ...usual, services: (extra & ~wanted).toString(16), lag, stuckAt: undefined };
    case "stuck":
      return { ...usual, lag: 0, stuckAt: Math.max(0, config.startHeight - behind) };
    default:
      return { ...usual, lag, stuckAt: undefined };
  }
}
