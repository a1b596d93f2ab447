/** A call to a node of the Bitcoin family. */
import { hash } from "node:crypto";
import type { NetworkOf } from "../../../schema/network.ts";
import type { Checksum } from "../../protocols/envelope/frame.ts";
import type { Visit } from "../visit.ts";

/** A call, and the network whose parameters the node follows. */
export interface BitcoinVisit extends Visit {
  readonly network: NetworkOf<"bitcoin">;
}

/** The checksum of Bitcoin and its descendants, by the platform's faster SHA-256. */
export const checksum: Checksum = (payload) => hash("sha256", hash("sha256", payload, "buffer"), "buffer").subarray(0, 4);
