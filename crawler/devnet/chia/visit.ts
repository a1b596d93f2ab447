/** A call to a fake Chia node. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { Visit } from "../visit.ts";
import type { Door } from "./door.ts";

/** A call, the network whose parameters the node follows, and how it takes calls. */
export interface ChiaVisit extends Visit {
  readonly network: NetworkOf<"chia">;
  readonly door: Door;
}
