/** Fake Chia full nodes. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { DevnetFamily } from "../families.ts";
import { behave } from "./behave.ts";
import { createDoor, type Door } from "./door.ts";
import { statements } from "./statements.ts";

export function chiaFamily(network: NetworkOf<"chia">): DevnetFamily {
  let door: Door | undefined;
  return {
    statements: (personality, config, random) => statements(personality, config, network, random),
    prepare: async () => void (door ??= await createDoor()),
    behave: (visit) => {
      if (door === undefined) throw new TypeError("a family that was not prepared");
      behave({ ...visit, network, door });
    },
  };
}
