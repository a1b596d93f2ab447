/** What a Nano node has at hand when somebody calls. */
import type { NetworkOf } from "../../../schema/network.ts";
import { SECRET_LENGTH } from "../../protocols/nano/signature.ts";
import { below, seeded } from "../random.ts";
import type { Visit } from "../visit.ts";

/** A call to a Nano node. */
export interface NanoVisit extends Visit {
  readonly network: NetworkOf<"nano">;
}

/** Among the keys of `seeded`: secrets. */
const SECRET_KEY = 20;

/** The secret of the called node's id: the same whenever it is called, as for a real node until it is started anew. */
export function secretOf({ node, world }: NanoVisit): Uint8Array {
  const random = seeded(world.config.seed, SECRET_KEY, node.index);
  return randomOctets(SECRET_LENGTH, random);
}

export const randomOctets = (length: number, random: () => number): Uint8Array => Uint8Array.from({ length }, () => below(256, random));
