/**
 * A snapshot: an immutable, numbered, signed list of a network's servable peers, chained to the one before.
 * Its exact bytes are the truth: digest and signature are over them, mirrors pass them on unchanged.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import * as v from "valibot";
import { NetworkNameSchema, ServicesSchema } from "./network.ts";

export const SNAPSHOT_FORMAT = "seedcast-snapshot-1";

/** The most peers in one snapshot: 100,000 rows are about 8 MB, a third of KV's value limit. */
export const MAX_SNAPSHOT_PEERS = 100_000;

/** The columns of a peer row, in order. Readers ignore columns they do not know. */
export const SNAPSHOT_COLUMNS = ["address", "services", "version", "agent", "asn", "country"] as const;

const PeerRowSchema = v.strictTuple([v.string(), ServicesSchema, v.number(), v.string(), v.nullable(v.number()), v.nullable(v.string())]);
export type PeerRow = v.InferOutput<typeof PeerRowSchema>;

const SecondsSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

export const SnapshotSchema = v.strictObject({
  format: v.literal(SNAPSHOT_FORMAT),
  network: NetworkNameSchema,
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** SHA-256 of the bytes of snapshot `seq` - 1 as hex; null for the first. */
  previous: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  /** When it was made, Unix seconds. */
  generated: SecondsSchema,
  /** Fresh before this time; from then on answers are stale. */
  stale: SecondsSchema,
  /** Not to be used from this time on. */
  expires: SecondsSchema,
  columns: v.array(v.string()),
  /** Sorted by address (code units), so that equal sets give equal bytes. */
  peers: v.pipe(v.array(PeerRowSchema), v.maxLength(MAX_SNAPSHOT_PEERS)),
});
export type Snapshot = Readonly<v.InferOutput<typeof SnapshotSchema>>;

/** As `SnapshotSchema`, with rows that are checked by hand: an isolate decodes 10,000 of them while queries wait. */
const QuickSchema = v.strictObject({ ...SnapshotSchema.entries, peers: v.custom<PeerRow[]>(arePeerRows) });

/** What travels beside the bytes: in KV metadata, in response headers and at `/snapshot.sig`. */
export const SnapshotSealSchema = v.strictObject({
  seq: v.number(),
  /** SHA-256 of the bytes, hex. */
  digest: v.string(),
  /** Id of the signing key: the RFC 7638 thumbprint of its public JWK. */
  keyid: v.string(),
  /** Ed25519 over the exact bytes, base64url without padding. */
  signature: v.string(),
});
export type SnapshotSeal = v.InferOutput<typeof SnapshotSealSchema>;

/** The KV key that holds a network's current snapshot: value the exact bytes, metadata the seal. */
export const snapshotKey = (network: string): string => `snapshot:${network}`;

/** Bytes that are not a snapshot; the message names the field. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
}

/** The exact text to sign and serve. One line, no white space, fields in the schema's order. */
export function encodeSnapshot(snapshot: Snapshot): string {
  const { format, network, seq, previous, generated, stale, expires, columns, peers } = snapshot;
  return JSON.stringify({ format, network, seq, previous, generated, stale, expires, columns, peers });
}

/** True only where the schema accepts all rows. */
function arePeerRows(rows: unknown): boolean {
  if (!Array.isArray(rows) || rows.length > MAX_SNAPSHOT_PEERS) return false;
  const masks = new Set<unknown>(); // a network knows few
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row) || row.length !== SNAPSHOT_COLUMNS.length) return false;
    const services: unknown = row[1];
    if (typeof row[0] !== "string" || typeof row[2] !== "number" || typeof row[3] !== "string") return false;
    if (row[4] !== null && typeof row[4] !== "number") return false;
    if (row[5] !== null && typeof row[5] !== "string") return false;
    if (masks.has(services)) continue;
    if (!v.is(ServicesSchema, services)) return false;
    masks.add(services);
  }
  return true;
}

/** Parses and checks a snapshot's text. Throws `SnapshotError`. */
export function decodeSnapshot(text: string): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SnapshotError("snapshot is not JSON");
  }
  const quick = v.safeParse(QuickSchema, value, { abortEarly: true });
  if (quick.success) return quick.output;
  // The schema is the judge, and says what is wrong where.
  const result = v.safeParse(SnapshotSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new SnapshotError(`snapshot: ${v.getDotPath(issue) ?? "document"}: ${issue.message}`);
}

/** SHA-256 of a snapshot's exact bytes, as hex. */
export const snapshotDigest = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));
