/**
 * A devnet: a whole P2P network of fake nodes in this process, behind a few listeners on loopback. Which address was dialled says
 * which node was meant. For trying things out, tests and benchmarks; the crawler itself never imports it.
 */
import type { Socket } from "node:net";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Network } from "../../schema/network.ts";
import { Census, type DevnetStats } from "./census.ts";
import { chainHeight, isPresent, nodeHeight } from "./clock.ts";
import { isLoopback, parseDevnetConfig, type DevnetConfigInput } from "./config.ts";
import { devnetFamily } from "./families.ts";
import { createGuard } from "./guard.ts";
import { closeServers, DevnetError, openListeners } from "./listeners.ts";
import { isAlive } from "./personalities.ts";
import { createPopulation, type DevnetNode, type Population } from "./population.ts";
import { seeded } from "./random.ts";
import { Reception } from "./reception.ts";
import { reset } from "./reset.ts";
import type { World } from "./visit.ts";

/** Most connections open at once. Each costs some ten kilobytes. */
export const MAX_CONNECTIONS = 8_192;

export interface DevnetOptions {
  /** The default port: the network's own unless given, 0 for any free one. Odd ports follow it. */
  readonly port?: number;
  /** Parameters that the nodes follow; the devnet's own unless given. */
  readonly network?: Network;
  /** Stops the devnet. */
  readonly signal?: AbortSignal;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** From 0 to below 1: nonces, a legacy node's timer. From the seed unless given. */
  readonly random?: () => number;
  /** A call beyond so many open connections is reset; `MAX_CONNECTIONS` unless given. */
  readonly maxConnections?: number;
}

export interface Devnet extends AsyncDisposable {
  /** What a crawler needs to know: the actual port, and the entries as fixed seeds. */
  readonly network: Network;
  readonly nodes: readonly DevnetNode[];
  /** Addresses of the nodes from which a crawl reaches all others. */
  readonly entries: readonly string[];
  readonly population: Population;
  /** For people: what this system does not allow. */
  readonly notes: readonly string[];
  /** True where a handshake with the node would succeed now and find it good. Throws `DevnetError` for an address without a node, as all below do. */
  readonly isUp: (address: string) => boolean;
  /** Takes a node away: its connections are reset, and every further call. */
  readonly kill: (address: string) => void;
  /** Undoes `kill`. */
  readonly revive: (address: string) => void;
  /** The chain's height now. */
  readonly height: () => number;
  /** Finds blocks beside those that time brings. */
  readonly mine: (blocks: number) => void;
  /** Makes a node state a height, or follow its own way again. */
  readonly setHeight: (address: string, height: number | undefined) => void;
  readonly stats: () => DevnetStats;
  /** Closes every connection and listener; resolves when none is left. May be called again. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a devnet; it is ready when the promise resolves. Throws `DevnetConfigError` for a configuration that makes none,
 * `DevnetError` where a port is in use.
 */
export async function startDevnet(input: DevnetConfigInput = {}, options: DevnetOptions = {}): Promise<Devnet> {
  const config = parseDevnetConfig(input);
  const { network: base = DEVNET, signal, now = Date.now, random = seeded(config.seed, 0), maxConnections = MAX_CONNECTIONS } = options;
  signal?.throwIfAborted();
  const family = devnetFamily(base);
  await family.prepare?.();
  let reception: Reception | undefined;
  const onCall = (socket: Socket): void => {
    if (reception === undefined) reset(socket);
    else reception.take(socket);
  };
  const { ground, servers, notes } = await openListeners(config, options.port ?? base.port, onCall);
  const population = await createPopulationOr(() => closeServers(servers), config, base, ground);

  const startedMs = now();
  let mined = 0;
  const killed = new Set<DevnetNode>();
  const heights = new Map<DevnetNode, number>();
  const census = new Census();
  const height = (): number => chainHeight(config, startedMs, now()) + mined;
  const world: World = {
    config,
    network: base,
    gossip: population.gossip,
    census,
    now,
    random,
    height: (node) => heights.get(node) ?? nodeHeight(node, height()),
  };
  const isThere = (node: DevnetNode): boolean => !killed.has(node) && isPresent(node, config, now());
  const desk = (reception = new Reception({
    population,
    world,
    behave: family.behave,
    guard: createGuard(config),
    isThere,
    maxConnections,
  }));

  const at = (address: string): DevnetNode => {
    const node = population.find(address);
    if (node === undefined) throw new DevnetError(`no node of the devnet lives at ${address}`);
    return node;
  };
  const entries = population.entries.map(({ key }) => key);
  let stopping: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    await Promise.all([closeServers(servers), desk.drop()]);
  };
  const stop = (): Promise<void> => (stopping ??= end());
  const onAbort = (): void => void stop();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) await stop();

  return {
    network: {
      ...base,
      port: ground.layout === "spread" ? ground.port : ground.ports[0]!,
      scope: isLoopback(config.ipv4Prefix) ? "loopback" : "public",
      fixedSeeds: entries,
    },
    nodes: population.nodes,
    entries,
    population,
    notes,
    isUp: (address) => isAlive(at(address).personality) && isThere(at(address)),
    kill(address) {
      const node = at(address);
      killed.add(node);
      void desk.drop(node);
    },
    revive: (address) => void killed.delete(at(address)),
    height,
    mine: (blocks) => void (mined += blocks),
    setHeight(address, value) {
      if (value === undefined) heights.delete(at(address));
      else heights.set(at(address), value);
    },
    stats: () => census.stats(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function createPopulationOr(undo: () => Promise<void>, ...args: Parameters<typeof createPopulation>): Promise<Population> {
  try {
    return createPopulation(...args);
  } catch (error) {
    await undo();
    throw error;
  }
}
