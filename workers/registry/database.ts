/** D1 as the registry uses it: Drizzle over the binding, every failure of the database one named error. */
import { and, eq, lt } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { nonces } from "../../schema/tables.ts";

/** What Drizzle needs of the binding. */
export type D1 = Pick<D1Database, "prepare" | "batch">;
export type Database = DrizzleD1Database;
export type Statement = BatchItem<"sqlite">;

/** D1 did not answer, or refused a statement. Nothing is known about what it did, unless the caller looks again. */
export class StoreError extends Error {
  override name = "StoreError";
}

/** Nothing of a commit was done, because a guard in it failed or the database did. */
export class RolledBackError extends StoreError {
  override name = "RolledBackError";
}

/** What failed and why, for the log: the platform's own words. Those of Drizzle in between would quote every parameter. */
export function reasonOf(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root === error ? String(error) : `${String(error)} (${String(root)})`;
}

// Drizzle's type names the whole binding; it calls these two methods only.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const openDatabase = (d1: D1): Database => drizzle(d1 as D1Database);

/** Awaits a query. Rejects with `StoreError` and nothing else. */
export async function stored<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (cause) {
    throw new StoreError("the registry's database failed", { cause });
  }
}

/** A nonce to be spent by what a signed request does. */
export interface Spend {
  /** Id of the key that signed. */
  readonly key: string;
  readonly nonce: string;
  /** Unix seconds; after it the signature is too old to be accepted anyway. */
  readonly expires: number;
}

/** What became of a commit. `replayed`: nothing was done, because another request spent the nonce. */
export type CommitOutcome = "committed" | "replayed";

/**
 * Does all of `statements` and spends the nonce, or nothing. When D1 reports a failure, it looks what is there, so that a commit
 * whose answer was lost counts as one. Rejects with `RolledBackError`, or with `StoreError` where it cannot even look.
 */
export async function commit(db: Database, spend: Spend, statements: readonly Statement[]): Promise<CommitOutcome> {
  const attempt = crypto.randomUUID();
  try {
    await db.batch([db.insert(nonces).values({ ...spend, attempt }), ...statements]);
    return "committed";
  } catch (cause) {
    const [spent] = await stored(
      db
        .select({ attempt: nonces.attempt })
        .from(nonces)
        .where(and(eq(nonces.key, spend.key), eq(nonces.nonce, spend.nonce))),
    );
    if (spent === undefined) throw new RolledBackError("the registry's database did not take a change", { cause });
    return spent.attempt === attempt ? "committed" : "replayed";
  }
}

/** Forgets nonces that no signature can use again. `now` in Unix seconds. */
export async function forgetNonces(db: Database, now: number): Promise<void> {
  await stored(db.delete(nonces).where(lt(nonces.expires, now)));
}
