/** What fake Chia nodes say of themselves. */
import type { NetworkOf } from "../../../schema/network.ts";
import { versionNumber } from "../../protocols/chia/handshake.ts";
import type { DevnetConfig } from "../config.ts";
import type { Statements } from "../families.ts";
import type { Personality } from "../personalities.ts";
import { pick } from "../random.ts";

const AGENTS = ["2.7.3", "2.7.1", "2.6.0", "2.5.6", "2.5.3-dev12"] as const;

/** Capabilities that nodes offer beyond the network's: block headers, rate limits, mempool updates, the second hard fork, … as service bits. */
const EXTRA_SERVICES = [0x0n, 0x6n, 0x16n, 0x36n] as const;

/** Further behind than the network's limit by up to so many blocks. */
const STUCK_BLOCKS = 500;

/** What a node says of itself in its handshake and its peak. */
export function statements(personality: Personality, config: DevnetConfig, network: NetworkOf<"chia">, random: () => number): Statements {
  const wanted = BigInt(`0x${network.services}`);
  const extra = pick(EXTRA_SERVICES, random);
  const version = versionNumber(network.wire.protocolVersion);
  const usual = { version, services: (wanted | extra).toString(16), agent: pick(AGENTS, random) };
  const lag = Math.floor(random() * 3);
  const behind = network.maxHeightLag + 1 + Math.floor(random() * STUCK_BLOCKS);
  switch (personality) {
    case "legacy":
      return { ...usual, version: network.minVersion, agent: "2.0.1", lag, stuckAt: undefined };
    case "old-version":
      return { ...usual, version: Math.max(0, network.minVersion - 1), agent: "1.6.2", lag, stuckAt: undefined };
    case "missing-services":
      return { ...usual, services: (extra & ~wanted).toString(16), lag, stuckAt: undefined };
    case "stuck":
      return { ...usual, lag: 0, stuckAt: Math.max(0, config.startHeight - behind) };
    default:
      return { ...usual, lag, stuckAt: undefined };
  }
}
