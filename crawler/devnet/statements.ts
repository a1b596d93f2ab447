/** What fake nodes say of themselves, whatever protocol they say it in. */
import type { Network } from "../../schema/network.ts";
import type { DevnetConfig } from "./config.ts";
import type { Personality } from "./personalities.ts";
import { pick } from "./random.ts";

/** What a node states of itself. */
export interface Statements {
  readonly version: number;
  /** Service bits as hex. */
  readonly services: string;
  readonly agent: string;
  /** Blocks behind the chain's tip; honest nodes trail by two at most. */
  readonly lag: number;
  /** The height at which it is stuck for good, where it is. */
  readonly stuckAt: number | undefined;
}

/** What a family's nodes say. */
export interface Sayings {
  /** The version that most nodes state. */
  readonly version: number;
  readonly agents: readonly string[];
  /** Service bits that nodes offer beyond the network's. */
  readonly extraServices: readonly bigint[];
  /** What a `legacy` node states at most. */
  readonly legacy: { readonly version: number; readonly agent: string };
  /** The agent of an `old-version` node. */
  readonly oldAgent: string;
}

/** Further behind than the network's limit by up to so many blocks. */
const STUCK_BLOCKS = 500;

/** What a node of this personality states, drawn by `random` (from 0 to below 1). */
export function statements(
  { version, agents, extraServices, legacy, oldAgent }: Sayings,
  personality: Personality,
  config: DevnetConfig,
  network: Network,
  random: () => number,
): Statements {
  const wanted = BigInt(`0x${network.services}`);
  const extra = pick(extraServices, random);
  const usual = { version, services: (wanted | extra).toString(16), agent: pick(agents, random) };
  const lag = Math.floor(random() * 3);
  const behind = network.maxHeightLag + 1 + Math.floor(random() * STUCK_BLOCKS);
  switch (personality) {
    case "legacy":
      return { ...usual, version: Math.min(version, legacy.version), agent: legacy.agent, lag, stuckAt: undefined };
    case "old-version":
      return { ...usual, version: Math.max(0, network.minVersion - 1), agent: oldAgent, lag, stuckAt: undefined };
    case "missing-services":
      return { ...usual, services: (extra & ~wanted).toString(16), lag, stuckAt: undefined };
    case "stuck":
      return { ...usual, lag: 0, stuckAt: Math.max(0, config.startHeight - behind) };
    default:
      return { ...usual, lag, stuckAt: undefined };
  }
}
