/** Fake Chia full nodes. */
import type { NetworkOf } from "../../../schema/network.ts";
import { versionNumber } from "../../protocols/chia/handshake.ts";
import type { DevnetFamily } from "../families.ts";
import { statements, type Sayings } from "../statements.ts";
import { behave } from "./behave.ts";
import { createDoor, type Door } from "./door.ts";

const AGENTS = ["2.7.3", "2.7.1", "2.6.0", "2.5.6", "2.5.3-dev12"] as const;

/** Capabilities that nodes offer beyond the network's: block headers, rate limits, mempool updates, the second hard fork, … as service bits. */
const EXTRA_SERVICES = [0x0n, 0x6n, 0x16n, 0x36n] as const;

export function chiaFamily(network: NetworkOf<"chia">): DevnetFamily {
  const sayings: Sayings = {
    version: versionNumber(network.wire.protocolVersion),
    agents: AGENTS,
    extraServices: EXTRA_SERVICES,
    legacy: { version: network.minVersion, agent: "2.0.1" },
    oldAgent: "1.6.2",
  };
  let door: Door | undefined;
  return {
    statements: (personality, config, random) => statements(sayings, personality, config, network, random),
    prepare: async () => void (door ??= await createDoor()),
    behave: (visit) => {
      if (door === undefined) throw new TypeError("a family that was not prepared");
      behave({ ...visit, network, door });
    },
  };
}
