/** Who lives in a devnet: a pure function of its configuration. */
import { formatAddress, type PeerAddress } from "../../schema/address.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Network } from "../../schema/network.ts";
import type { DevnetConfig } from "./config.ts";
import { devnetFamily } from "./families.ts";
import { Gossip } from "./gossip.ts";
import { ALIVE, FAULTY, type Personality } from "./personalities.ts";
import { lieAddresses, placeNodes, spreadGround, type Ground } from "./places.ts";
import { seeded, shuffle } from "./random.ts";
import type { Statements } from "./statements.ts";

/** One node. What it knows of others is drawn when asked for: see `Gossip`. */
export interface DevnetNode extends Statements {
  readonly index: number;
  readonly address: PeerAddress;
  /** The canonical text of the address. */
  readonly key: string;
  readonly personality: Personality;
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
  const family = devnetFamily(network);
  const nodes = addresses.map((address, index): DevnetNode => {
    const personality = personalities[index]!;
    return Object.assign(family.statements(personality, config, random), { index, address, key: formatAddress(address), personality });
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
