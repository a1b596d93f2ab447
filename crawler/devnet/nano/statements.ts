/** What Nano nodes say of themselves. Nobody states services or, but by telemetry, a height. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { Statements } from "../families.ts";
import type { Personality } from "../personalities.ts";
import { below, pick } from "../random.ts";

const AGENTS = ["Nano 28.2.0", "Nano 28.1.0", "Nano 28.0.0", "Nano 27.1.0"] as const;

/** The version that stands in every header, and what telemetry says. */
export function statements(personality: Personality, { wire, minVersion }: NetworkOf<"nano">, random: () => number): Statements {
  const usual = { version: wire.versionUsing, services: "0", agent: pick(AGENTS, random), lag: below(3, random), stuckAt: undefined };
  switch (personality) {
    case "legacy":
      return { ...usual, version: minVersion, agent: "Nano 26.1.0" };
    case "old-version":
      return { ...usual, version: Math.max(0, minVersion - 1), agent: "Nano 25.1.0" };
    default:
      return usual;
  }
}
