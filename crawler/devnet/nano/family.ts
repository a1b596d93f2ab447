/** Fake Nano nodes: what each personality means in this family. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { DevnetFamily } from "../families.ts";
import { dead, garbage, silent } from "../faults.ts";
import type { Personality } from "../personalities.ts";
import { statements, type Sayings } from "../statements.ts";
import { unixSeconds } from "../visit.ts";
import { converse } from "./honest.ts";
import type { NanoVisit } from "./visit.ts";

const BEHAVIOURS: Readonly<Record<Personality, (visit: NanoVisit) => void>> = {
  faithful: (visit) => converse(visit),
  slow: (visit) => converse(visit, { delayMs: visit.world.config.slowMs }),
  legacy: (visit) => converse(visit, { isV1: true }),
  announcer: (visit) => converse(visit, { lonelyMs: visit.world.config.announceMs }),
  liar: (visit) => converse(visit, { tell: (most) => lies(visit, most) }),
  flooder: (visit) => converse(visit, { floods: true }),
  churner: (visit) => converse(visit),
  dead,
  absent: dead, // where a node must have a listener all the same
  silent,
  "wrong-magic": (visit) => converse(visit, { networkId: inverted(visit.network.wire.networkId) }),
  "old-version": (visit) => converse(visit),
  "missing-services": (visit) => converse(visit, { genesis: inverted(visit.network.wire.genesis) }), // there are none: another ledger
  stuck: (visit) => converse(visit, { forges: true }), // heights prove nothing here: not the node that it says it is
  dripper: (visit) => converse(visit, { drips: true }),
  garbage,
};

/** The version stands in every header, agent and height only in telemetry. Nobody has services. */
export function nanoFamily(network: NetworkOf<"nano">): DevnetFamily {
  const sayings: Sayings = {
    version: network.wire.versionUsing,
    agents: ["Nano 28.2.0", "Nano 28.1.0", "Nano 28.0.0", "Nano 27.1.0"],
    extraServices: [0n],
    legacy: { version: network.minVersion, agent: "Nano 26.1.0" },
    oldAgent: "Nano 25.1.0",
  };
  return {
    statements: (personality, config, random) => statements(sayings, personality, config, network, random),
    behave: (visit) => BEHAVIOURS[visit.node.personality]({ ...visit, network }),
  };
}

const lies = ({ node, world }: NanoVisit, most: number) =>
  world.gossip
    .lie(node, unixSeconds(world))
    .slice(0, most)
    .map(({ address }) => address);

/** Hex with every bit turned: the mark of another network. */
const inverted = (hex: string): string => Array.from(hex, (digit) => (15 - Number.parseInt(digit, 16)).toString(16)).join("");
