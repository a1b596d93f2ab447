/** The one error that codecs throw: octets or values that do not fit the wire format. */
import type { ProbeFailure } from "../../schema/report.ts";

/** What a wire error says about the peer that sent the octets. */
export type WireFailure = Extract<ProbeFailure, "malformed" | "flooding" | "wrong-network">;

/** Bad octets from a peer, or a value that cannot be encoded. Names the field; never repeats what the peer sent. */
export class WireError extends Error {
  override name = "WireError";
  readonly field: string;
  readonly failure: WireFailure;

  constructor(field: string, problem: string, failure: WireFailure = "malformed") {
    super(`${field}: ${problem}`);
    this.field = field;
    this.failure = failure;
  }
}
