/** What nodes of the Bitcoin family say of themselves. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { DevnetConfig } from "../config.ts";
import type { Statements } from "../families.ts";
import type { Personality } from "../personalities.ts";
import { pick } from "../random.ts";

/** Versions that Core before 22 stated: below what addrv2 and wtxidrelay need. */
const LEGACY_VERSION = 70_015;

const AGENTS = ["/Devnet:29.1.0/", "/Devnet:29.0.0/", "/Devnet:28.2.0/", "/Devnet:27.1.0/", "/Devnet:0.3.1(pruned)/"] as const;

/** Service bits that nodes offer beyond the network's: none, bloom, witness, compact filters, v2 transport, … (src/protocol.h of Core). */
const EXTRA_SERVICES = [0x0n, 0x4n, 0x8n, 0xcn, 0x48n, 0x408n, 0x448n, 0xc08n] as const;

/** Further behind than the network's limit by up to so many blocks. */
const STUCK_BLOCKS = 500;

/** What a node says of itself in its version message. */
export function statements(
  personality: Personality,
  config: DevnetConfig,
  network: NetworkOf<"bitcoin">,
  random: () => number,
): Statements {
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
