/** `GET /v1/networks/{network}/snapshots`: a page of the chain of snapshots, newest first. */
import * as v from "valibot";
import { NetworkNameSchema } from "./network.ts";
import { SnapshotSealSchema } from "./snapshot.ts";

/** One link: enough to check the chain without any of the bodies. */
export const ChainLinkSchema = v.object({
  ...SnapshotSealSchema.entries,
  /** Unix seconds. */
  created: v.number(),
  /** Digest of the link before; null for the first. */
  previous: v.nullable(v.string()),
  peers: v.number(),
  /** Whether `/snapshots/{seq}` still has the exact bytes. */
  kept: v.boolean(),
});
export type ChainLink = v.InferOutput<typeof ChainLinkSchema>;

export const ChainPageSchema = v.object({
  network: NetworkNameSchema,
  snapshots: v.array(ChainLinkSchema),
  /** What to pass as `before` for the next page; null on the last. */
  next: v.nullable(v.number()),
});
export type ChainPage = v.InferOutput<typeof ChainPageSchema>;
