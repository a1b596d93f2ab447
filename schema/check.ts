/** `GET /v1/networks/{network}/peers/{ip:port}`: "check my node", what the registry knows about one peer and what it makes of it. */
import * as v from "valibot";
import { NetworkNameSchema } from "./network.ts";
import { ReportSchema } from "./report.ts";
import { VERDICT_REASONS } from "./verdict.ts";

export const PeerCheckSchema = v.object({
  network: NetworkNameSchema,
  /** Canonical text form, whatever was asked. */
  address: v.string(),
  /** When the registry looked, Unix seconds. */
  checked: v.number(),
  /** `good` where any vantage that counts says so, `lapsed` where others say something, `unknown` where none does. */
  state: v.picklist(["good", "lapsed", "unknown"]),
  verdict: v.picklist(["servable", "refused"]),
  /** Exactly one where it is refused; null where it is servable. */
  reason: v.nullable(v.picklist(VERDICT_REASONS)),
  /** What each vantage says, by its name. */
  evidence: v.array(
    v.object({
      vantage: v.string(),
      /** When the vantage pushed last, Unix seconds. */
      pushed: v.number(),
      /** Whether its word counts: enabled, and not silent for too long. */
      counts: v.boolean(),
      report: v.object(ReportSchema.entries),
    }),
  ),
});
export type PeerCheck = v.InferOutput<typeof PeerCheckSchema>;
