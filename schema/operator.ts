/** What the operator API answers. What it takes is in api.ts. */
import * as v from "valibot";
import { NetworkNameSchema } from "./network.ts";

/** An enrolled vantage. Times are Unix seconds. */
export const EnrolledVantageSchema = v.object({
  /** RFC 7638 thumbprint of the public key. */
  id: v.string(),
  name: v.string(),
  publicKey: v.string(),
  networks: v.array(NetworkNameSchema),
  enrolled: v.number(),
  /** When it was disabled; null while it counts. */
  disabled: v.nullable(v.number()),
});
export type EnrolledVantage = v.InferOutput<typeof EnrolledVantageSchema>;

/** Where a vantage stands in reporting one network. */
export const StreamSchema = v.object({
  network: NetworkNameSchema,
  run: v.string(),
  seq: v.number(),
  digest: v.string(),
  good: v.number(),
  lapsed: v.number(),
  pushed: v.number(),
});

/** `GET /v1/operator/vantages`. */
export const VantageListSchema = v.object({
  vantages: v.array(v.object({ ...EnrolledVantageSchema.entries, streams: v.array(StreamSchema) })),
});
export type VantageList = v.InferOutput<typeof VantageListSchema>;

export const AUDIT_ACTIONS = ["vantage.enrol", "vantage.limit", "vantage.disable", "vantage.enable"] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** `GET /v1/operator/audit?before=`: newest first. */
export const AuditPageSchema = v.object({
  entries: v.array(
    v.object({
      id: v.number(),
      at: v.number(),
      /** Id of the operator's key. */
      actor: v.string(),
      action: v.picklist(AUDIT_ACTIONS),
      /** Id of the vantage. */
      subject: v.string(),
      /** The values that were set. */
      detail: v.unknown(),
    }),
  ),
  /** What to pass as `before` for the next page; null on the last. */
  next: v.nullable(v.number()),
});
export type AuditPage = v.InferOutput<typeof AuditPageSchema>;
