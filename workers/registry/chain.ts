/** The chain of snapshots in D1: small rows for good, the exact text of the last few in parts. */
import { and, asc, desc, eq, gte, lt, lte, sql } from "drizzle-orm";
import { snapshotParts, snapshots } from "../../schema/tables.ts";
import { stored, StoreError, type Database } from "./database.ts";

export type Link = typeof snapshots.$inferSelect;

/** How many snapshots' texts are kept. At 20,000 peers one is about 1.6 MB. */
export const SNAPSHOT_TEXTS_KEPT = 32;

/** The longest part of a text, in UTF-16 code units: at most 1.8 MB as UTF-8, and a D1 row holds 2 MB. */
export const SNAPSHOT_PART_LENGTH = 600_000;

/** The query for a network's latest link. */
export const latestQuery = (db: Database, network: string) =>
  db.select().from(snapshots).where(eq(snapshots.network, network)).orderBy(desc(snapshots.seq)).limit(1);

/** Cuts text into parts, never between the halves of a surrogate pair. */
export function* textParts(text: string, length = SNAPSHOT_PART_LENGTH): Iterable<string> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + length, text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!)) end--;
    yield text.slice(start, end);
    start = end;
  }
}

/**
 * Adds a link with its text and forgets the oldest text. False where another publisher added that number first; a commit whose
 * answer was lost counts as ours. Rejects with `StoreError`.
 */
export async function appendLink(db: Database, link: Link, text: string): Promise<boolean> {
  const { network, seq } = link;
  try {
    await db.batch([
      db.insert(snapshots).values(link),
      ...Array.from(textParts(text), (part, i) => db.insert(snapshotParts).values({ network, seq, part: i, text: part })),
      db.delete(snapshotParts).where(and(eq(snapshotParts.network, network), lte(snapshotParts.seq, seq - SNAPSHOT_TEXTS_KEPT))),
    ]);
    return true;
  } catch (cause) {
    const there = await readLink(db, network, seq);
    if (there === undefined) throw new StoreError("the registry's database did not take a snapshot", { cause });
    return there.digest === link.digest;
  }
}

export async function readLink(db: Database, network: string, seq: number): Promise<Link | undefined> {
  const [link] = await stored(
    db
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.network, network), eq(snapshots.seq, seq))),
  );
  return link;
}

/** A page of links before number `before`, newest first. */
export async function readLinks(db: Database, network: string, before: number | undefined, limit: number): Promise<Link[]> {
  const older = before === undefined ? undefined : lt(snapshots.seq, before);
  return stored(
    db
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.network, network), older))
      .orderBy(desc(snapshots.seq))
      .limit(limit),
  );
}

/** The exact text of a snapshot, or undefined where it is no longer kept. */
export async function readText(db: Database, network: string, seq: number): Promise<string | undefined> {
  const parts = await stored(
    db
      .select({ text: snapshotParts.text })
      .from(snapshotParts)
      .where(and(eq(snapshotParts.network, network), eq(snapshotParts.seq, seq)))
      .orderBy(asc(snapshotParts.part)),
  );
  return parts.length === 0 ? undefined : parts.map(({ text }) => text).join("");
}

/**
 * Notes that KV has it. Where a later one was added meanwhile, KV may now hold this one in its place: then that one is due to be put
 * again.
 */
export async function markPut(db: Database, network: string, seq: number, now: number): Promise<void> {
  await stored(
    db
      .update(snapshots)
      .set({ put: sql`case when ${snapshots.seq} = ${seq} then ${now} end` })
      .where(and(eq(snapshots.network, network), gte(snapshots.seq, seq))),
  );
}
