/** What the engine's tests share: chance that repeats itself, addresses and a network that is easy to satisfy. */
import { ipAddress, type AddressFamily, type PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Report } from "../../schema/report.ts";
import type { Evidence, Hearsay } from "../protocols/session.ts";
import { Engine, type EngineOptions, type Pick } from "./engine.ts";
import { crawlPolicy } from "./policy.ts";
import { newRecord, type PeerRecord } from "./record.ts";

/** mulberry32: numbers from 0 up to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const NOW = 1_800_000_000;

/** A network of public addresses without floors. */
export const PUBLIC_NETWORK: Network = {
  ...DEVNET,
  name: "test",
  scope: "public",
  minVersion: 70_001,
  fixedSeeds: [],
  foreignPorts: [8_033],
};

export const IP_FAMILIES: ReadonlySet<AddressFamily> = new Set(["ipv4", "ipv6"]);

/** The n-th public IPv4 address, spread so that neighbours lie in different /16. */
export function address(n: number, port = 8_333): PeerAddress {
  return ipAddress(Uint8Array.of(20 + (n % 64), (n >> 6) % 256, (n >> 14) % 256, 1 + (n >> 22)), port);
}

export const record = (n: number, port?: number): PeerRecord => newRecord(address(n, port), "public", NOW);

export const evidence = (fields: Partial<Evidence> = {}): Evidence & { agent: string; height: number } => ({
  services: "1",
  version: 70_016,
  agent: "/test/",
  height: 100,
  ...fields,
});

export const engine = (options: Partial<EngineOptions> = {}): Engine =>
  new Engine({
    network: PUBLIC_NETWORK,
    policy: crawlPolicy(),
    random: seededRandom(1),
    startedAt: NOW,
    families: IP_FAMILIES,
    ...options,
  });

/** Gossip about `count` addresses from the n-th on. */
export const hearsay = (from: number, count: number, time = NOW): Hearsay[] =>
  Array.from({ length: count }, (_, i) => ({ address: address(from + i), services: "1", time }));
export const reportsOf = (one: Engine, now: number): Report[] => [...one.reports(now)];

/** Probes whatever is due; `alive` decides the outcome. */
export function round(one: Engine, now: number, alive: (pick: Pick) => boolean = () => true): Pick[] {
  const picks: Pick[] = [];
  for (let pick = one.next(now); pick !== undefined; pick = one.next(now)) picks.push(pick);
  for (const pick of picks) {
    if (alive(pick)) one.verified(pick, evidence(), now);
    else one.failed(pick, "refused", now);
    one.release(pick, now);
  }
  return picks;
}

/** An engine that knows one good peer. */
export function withGoodPeer(n = 1): Engine {
  const one = engine();
  one.seed([address(n)], NOW);
  round(one, NOW);
  return one;
}
