/**
 * The registry's tables in D1. Times are Unix seconds. Column names are the property names, so that a raw row reads like a typed one.
 * The migrations add `STRICT` and, where a table has a natural key, `WITHOUT ROWID`, which halves the rows written; Drizzle cannot say either.
 */
import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** A crawler's key and what it may report. */
export const vantages = sqliteTable(
  "vantages",
  {
    /** RFC 7638 thumbprint of the public key. */
    id: text().primaryKey(),
    name: text().notNull(),
    /** Raw Ed25519 public key, base64url. */
    key: text().notNull(),
    /** Names of the networks it may report, a JSON array. */
    networks: text().notNull(),
    enrolled: integer().notNull(),
    /** When it was disabled; null while it counts. */
    disabled: integer(),
  },
  (table) => [uniqueIndex("vantages_name").on(table.name)],
);

/** Where a vantage stands in reporting one network: the position that every push builds on. */
export const streams = sqliteTable(
  "streams",
  {
    network: text().notNull(),
    vantage: text().notNull(),
    /** Id of the crawler process that pushed last. */
    run: text().notNull(),
    seq: integer().notNull(),
    /** Digest of the reported set, as in schema/report.ts. */
    digest: text().notNull(),
    good: integer().notNull(),
    lapsed: integer().notNull(),
    /** When it pushed last, heartbeats included. */
    pushed: integer().notNull(),
    /** How many pushes changed the set: tells a publisher whether there is anything new to judge. */
    revision: integer().notNull(),
    /** The minute (Unix seconds / 60) that `pushes` counts, for the rate limit. */
    minute: integer().notNull(),
    pushes: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.network, table.vantage] })],
);

/** What each vantage says about each peer. No second index: a changed peer costs one written row. */
export const reports = sqliteTable(
  "reports",
  {
    network: text().notNull(),
    /** Canonical text form. */
    address: text().notNull(),
    vantage: text().notNull(),
    state: text({ enum: ["good", "lapsed"] }).notNull(),
    reason: text(),
    services: text().notNull(),
    version: integer().notNull(),
    agent: text().notNull(),
    height: integer().notNull(),
    since: integer().notNull(),
    seen: integer().notNull(),
    /** Five thousandths, a JSON array. */
    reliability: text().notNull(),
    /** The report's fingerprint as hex: what the digest folds, and how an unchanged report is recognised. */
    print: text().notNull(),
    /** As in the report; null where it says nothing. */
    asn: integer(),
    country: text(),
    coordinates: text(),
    uptime: integer(),
  },
  (table) => [primaryKey({ columns: [table.network, table.address, table.vantage] })],
);

/** The chain of snapshots: one small row each, kept for good. */
export const snapshots = sqliteTable(
  "snapshots",
  {
    network: text().notNull(),
    seq: integer().notNull(),
    created: integer().notNull(),
    /** SHA-256 of the exact bytes, hex. */
    digest: text().notNull(),
    previous: text(),
    peers: integer().notNull(),
    keyid: text().notNull(),
    signature: text().notNull(),
    /** Sum of the streams' revisions that it judged. */
    basis: integer().notNull(),
    /** When to judge again though nothing was pushed. */
    due: integer().notNull(),
    /** When KV took it; null while the edge may still serve an earlier one. */
    put: integer(),
  },
  (table) => [primaryKey({ columns: [table.network, table.seq] })],
);

/** The text of the last few snapshots, in parts, because one D1 row holds at most 2 MB. */
export const snapshotParts = sqliteTable(
  "snapshot_parts",
  {
    network: text().notNull(),
    seq: integer().notNull(),
    part: integer().notNull(),
    text: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.network, table.seq, table.part] })],
);

/** Nonces of accepted requests, until their signatures are too old to be accepted anyway. */
export const nonces = sqliteTable(
  "nonces",
  {
    key: text().notNull(),
    nonce: text().notNull(),
    expires: integer().notNull(),
    /** Random id of the attempt that spent it: tells a lost answer from a replay. */
    attempt: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.nonce] })],
);

/** Who changed what, and when. */
export const audit = sqliteTable("audit", {
  id: integer().primaryKey(),
  at: integer().notNull(),
  /** Id of the operator's key. */
  actor: text().notNull(),
  /** `vantage.enrol`, `vantage.limit`, `vantage.disable`, `vantage.enable`. */
  action: text().notNull(),
  /** What it was done to: a vantage's id. */
  subject: text().notNull(),
  /** The values that were set, a JSON object. */
  detail: text().notNull(),
});
