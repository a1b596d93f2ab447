/** Fake nodes of the Bitcoin family. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { DevnetFamily } from "../families.ts";
import { behave } from "./behave.ts";
import { statements } from "./statements.ts";

export const bitcoinFamily = (network: NetworkOf<"bitcoin">): DevnetFamily => ({
  statements: (personality, config, random) => statements(personality, config, network, random),
  behave: (visit) => behave({ ...visit, network }),
});
