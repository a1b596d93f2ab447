/** From a network to how its fake nodes behave. */
import type { Network } from "../../schema/network.ts";
import { bitcoinFamily } from "./bitcoin/family.ts";
import { chiaFamily } from "./chia/family.ts";
import type { DevnetConfig } from "./config.ts";
import { decredFamily } from "./decred/family.ts";
import { nanoFamily } from "./nano/family.ts";
import type { Personality } from "./personalities.ts";
import type { Statements } from "./statements.ts";
import type { Visit } from "./visit.ts";

/** How nodes of one protocol family are faked. */
export interface DevnetFamily {
  /** What a node of this personality states, drawn by `random` (from 0 to below 1). */
  readonly statements: (personality: Personality, config: DevnetConfig, random: () => number) => Statements;
  /** Awaited before the first call: what takes time to make, as certificates. */
  readonly prepare?: () => Promise<void>;
  /** Lets the called node act. Returns at once; the conversation goes on with the connection's events. */
  readonly behave: (visit: Visit) => void;
}

/** The fake nodes of a network's family. */
export function devnetFamily(network: Network): DevnetFamily {
  const { wire } = network;
  switch (wire.family) {
    case "bitcoin":
      return bitcoinFamily({ ...network, wire });
    case "decred":
      return decredFamily({ ...network, wire });
    case "nano":
      return nanoFamily({ ...network, wire });
    case "chia":
      return chiaFamily({ ...network, wire });
    default:
      throw new TypeError(`no devnet for family ${String(wire satisfies never)}`);
  }
}
