/** What the registry tells the resolver about a network beside the snapshot: why peers are not servable, and who reports. */
import * as v from "valibot";
import { NetworkNameSchema } from "./network.ts";
import { VERDICT_REASONS } from "./verdict.ts";

export const StatusSchema = v.object({
  network: NetworkNameSchema,
  /** Unix seconds. */
  generated: v.number(),
  servable: v.number(),
  /** Peers not servable, by reason; reasons without peers are left out. */
  refused: v.record(v.picklist(VERDICT_REASONS), v.optional(v.number())),
  vantages: v.array(v.object({ name: v.string(), run: v.string(), pushed: v.number(), good: v.number(), lapsed: v.number() })),
});
export type Status = v.InferOutput<typeof StatusSchema>;

/** The KV key of a network's status; written beside its snapshot. */
export const statusKey = (network: string): string => `status:${network}`;
