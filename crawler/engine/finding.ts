/** What a completed handshake, and what the peer told after it, come to. */
import type { ProbeFailure } from "../../schema/report.ts";
import type { History } from "./history.ts";

export interface Finding {
  /** The peer's history before it. */
  readonly before: History;
  /** Why the peer is of no use; undefined where it passed. */
  failure: ProbeFailure | undefined;
  /** The peer has told its height since it was dialled. */
  isHeightTold: boolean;
}
