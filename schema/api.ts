/** The contracts of the authenticated API, as both sides import them: crawler and CLI write, the registry reads. */
import * as v from "valibot";
import { MAX_ADDRESS_LENGTH } from "./address.ts";
import { PublicKeySchema } from "./key.ts";
import { NetworkNameSchema } from "./network.ts";
import { ReportSchema } from "./report.ts";

/** The limits of the write surface. Each is documented in docs/operations.md and answered with 413 or 429. */
export const PUSH_LIMITS = {
  /** Largest body in octets. 5,000 reports are about 1.6 MB. */
  bodyBytes: 4 * 1024 * 1024,
  /** Most changes in one push: one JSON parameter for D1 stays well below its 2 MB row limit. */
  changes: 5_000,
  /** Most pushes a minute from one vantage for one network; full pages count. */
  pushesPerMinute: 120,
  /** Most peers in one vantage's reported set of one network. */
  reportedPeers: 100_000,
} as const;

/** How a signed request proves itself (RFC 9421): the covered components, and how old `created` may be. */
export const SIGNATURE_PROFILE = {
  /** Covered components, in this order. `content-digest` (RFC 9530, sha-256) binds the body; absent only on GET. */
  components: ["@method", "@target-uri", "content-digest"],
  componentsWithoutBody: ["@method", "@target-uri"],
  algorithm: "ed25519",
  /** Largest difference in seconds between `created` and the registry's clock, either way. */
  maxSkewSeconds: 300,
  /** Length limits of `nonce` in characters. */
  minNonceLength: 16,
  maxNonceLength: 64,
} as const;

const DigestSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, "expected 16 octets as hex"));
const AddressTextSchema = v.pipe(v.string(), v.maxLength(MAX_ADDRESS_LENGTH));
const SequenceSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

/** One change of a reported set: a report to put in place, or an address that is gone. */
export const ChangeSchema = v.variant("state", [ReportSchema, v.strictObject({ address: AddressTextSchema, state: v.literal("gone") })]);
export type Change = v.InferOutput<typeof ChangeSchema>;

/**
 * `POST /v1/networks/{network}/reports`.
 * A delta states the position it builds on (`seq` is the last accepted + 1, `base` the digest before) and the digest after.
 * A page of a full set carries `full`: it replaces every report whose address is > `after` and <= `upto` (code-unit order; null is open-ended)
 * by `changes`, whatever was there; `base` is then ignored and `seq` may be anything above the last accepted one. The digest is checked on the last page
 * (`upto` null). No changes is a heartbeat: "still so".
 */
export const PushSchema = v.strictObject({
  /** Random id of the crawler process, for the operator's eyes. */
  run: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,40}$/, "expected a run id")),
  seq: SequenceSchema,
  base: DigestSchema,
  full: v.optional(v.strictObject({ after: v.nullable(AddressTextSchema), upto: v.nullable(AddressTextSchema) })),
  changes: v.pipe(v.array(ChangeSchema), v.maxLength(PUSH_LIMITS.changes)),
  digest: DigestSchema,
});
export type Push = v.InferOutput<typeof PushSchema>;

/** Why a single change was left out. The rest of the push is applied; the digest excludes refused changes. */
export const REFUSALS = ["address-malformed", "address-not-canonical", "address-not-routable", "address-duplicate"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** `200`: the position after the push. `digest` is the registry's own; where refusals made it differ, the vantage adopts it. */
export const PushReplySchema = v.object({
  seq: SequenceSchema,
  digest: DigestSchema,
  applied: v.number(),
  refused: v.array(v.object({ address: v.string(), refusal: v.picklist(REFUSALS) })),
});
export type PushReply = v.InferOutput<typeof PushReplySchema>;

/** `409`: where the registry stands; nothing was changed. The vantage re-sends its full set from `seq` + 1. */
export const PositionSchema = v.object({ seq: SequenceSchema, digest: DigestSchema });
export type Position = v.InferOutput<typeof PositionSchema>;

/** `GET /v1/networks/{network}/reports?after=`: a page of the caller's own reported set, by address. `next` is null on the last. */
export const ReportedPageSchema = v.object({
  ...PositionSchema.entries,
  reports: v.array(ReportSchema),
  next: v.nullable(AddressTextSchema),
});
export type ReportedPage = v.InferOutput<typeof ReportedPageSchema>;

/** `POST /v1/operator/vantages`: enrols a key, limited to some networks. The key's id is its RFC 7638 JWK thumbprint. */
export const VantageSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected a vantage name: a-z, 0-9 and dashes")),
  publicKey: PublicKeySchema,
  networks: v.pipe(v.array(NetworkNameSchema), v.minLength(1), v.maxLength(100)),
});
export type Vantage = v.InferOutput<typeof VantageSchema>;

/** An RFC 9457 problem, the body of every error of the JSON API. `type` is stable and relative to the edge. */
export interface Problem {
  readonly type: `/problems/${string}`;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
}
