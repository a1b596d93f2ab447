/** What the engine's tests share: chance that repeats itself, addresses and a network that is easy to satisfy. */
import { ipAddress, type AddressFamily, type PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Evidence } from "../protocols/session.ts";
import { Engine, type EngineOptions } from "./engine.ts";
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

export const evidence = (fields: Partial<Evidence> = {}): Evidence => ({
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
