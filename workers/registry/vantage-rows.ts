/** Enrolled vantages and the audit trail as rows. Every change and its audit entry are one commit. */
import { and, asc, desc, eq, isNotNull, isNull, lt } from "drizzle-orm";
import type { Vantage } from "../../schema/api.ts";
import { keyId } from "../../schema/key.ts";
import {
  AuditPageSchema,
  EnrolledVantageSchema,
  type AuditAction,
  type AuditPage,
  type EnrolledVantage,
  type VantageList,
} from "../../schema/operator.ts";
import { audit, streams, vantages } from "../../schema/tables.ts";
import * as v from "valibot";
import { spendAlone } from "./authority.ts";
import { commit, stored, type Database, type Spend, type Statement } from "./database.ts";
import { RefusalError, replayed } from "./refusal.ts";

type Row = typeof vantages.$inferSelect;

/** Entries in one page of the audit trail. */
export const AUDIT_PAGE = 200;

/** A change by an operator: `spend.key` is who, `now` (Unix seconds) is when. */
export interface Act {
  readonly spend: Spend;
  readonly now: number;
}

/** Enrols a key, or gives an enrolled one another name and other networks. Throws `RefusalError` 409 where the name is another key's. */
export async function enrol(
  db: Database,
  act: Act,
  { name, publicKey, networks }: Vantage,
): Promise<{ vantage: EnrolledVantage; created: boolean }> {
  const id = keyId(publicKey);
  const limits = { name, networks: JSON.stringify(networks) };
  const before = await find(db, id);
  const [namesake] = await stored(db.select({ id: vantages.id }).from(vantages).where(eq(vantages.name, name)));
  if (namesake !== undefined && namesake.id !== id) throw new RefusalError(409, "name-taken", "Another vantage has this name");
  const row: Row = { id, key: publicKey, enrolled: before?.enrolled ?? act.now, disabled: before?.disabled ?? null, ...limits };
  const write = db.insert(vantages).values(row).onConflictDoUpdate({ target: vantages.id, set: limits });
  await record(db, act, before === undefined ? "vantage.enrol" : "vantage.limit", id, { name, networks }, write);
  return { vantage: enrolledOf(row), created: before === undefined };
}

/** Disables or enables a vantage; one that is so already stays as it is, and nothing is noted. Throws `RefusalError` 404. */
export async function setDisabled(db: Database, act: Act, id: string, disable: boolean): Promise<EnrolledVantage> {
  const before = await find(db, id);
  if (before === undefined) throw new RefusalError(404, "unknown-vantage", "No vantage has this id");
  if ((before.disabled !== null) === disable) {
    await spendAlone(db, act.spend); // or it could be replayed once the vantage is not so any more
    return enrolledOf(before);
  }
  const disabled = disable ? act.now : null;
  const still = disable ? isNull(vantages.disabled) : isNotNull(vantages.disabled);
  const write = db
    .update(vantages)
    .set({ disabled })
    .where(and(eq(vantages.id, id), still));
  await record(db, act, disable ? "vantage.disable" : "vantage.enable", id, {}, write);
  return enrolledOf({ ...before, disabled });
}

async function record(
  db: Database,
  { spend, now }: Act,
  action: AuditAction,
  subject: string,
  detail: object,
  write: Statement,
): Promise<void> {
  const entry = db.insert(audit).values({ at: now, actor: spend.key, action, subject, detail: JSON.stringify(detail) });
  if ((await commit(db, spend, [write, entry])) === "replayed") throw replayed();
}

async function find(db: Database, id: string): Promise<Row | undefined> {
  const [row] = await stored(db.select().from(vantages).where(eq(vantages.id, id)));
  return row;
}

function enrolledOf({ id, name, key, networks, enrolled, disabled }: Row): EnrolledVantage {
  return v.parse(EnrolledVantageSchema, { id, name, publicKey: key, networks: JSON.parse(networks), enrolled, disabled });
}

/** Every vantage by name, with where it stands in each network. */
export async function listVantages(db: Database): Promise<VantageList> {
  const [rows, positions] = await stored(
    db.batch([db.select().from(vantages).orderBy(asc(vantages.name)), db.select().from(streams).orderBy(asc(streams.network))]),
  );
  const list = rows.map((row) => {
    const { id, name, publicKey, networks, enrolled, disabled } = enrolledOf(row);
    const own = positions
      .filter(({ vantage }) => vantage === id)
      .map(({ network, run, seq, digest, good, lapsed, pushed }) => ({ network, run, seq, digest, good, lapsed, pushed }));
    return { id, name, publicKey, networks, enrolled, disabled, streams: own };
  });
  return { vantages: list };
}

/** A page of the audit trail before entry `before`, newest first. */
export async function readAudit(db: Database, before: number | undefined): Promise<AuditPage> {
  const older = before === undefined ? undefined : lt(audit.id, before);
  const rows = await stored(
    db
      .select()
      .from(audit)
      .where(older)
      .orderBy(desc(audit.id))
      .limit(AUDIT_PAGE + 1),
  );
  const page = rows.slice(0, AUDIT_PAGE);
  const entries = page.map((row): unknown => ({ ...row, detail: JSON.parse(row.detail) as unknown }));
  return v.parse(AuditPageSchema, { entries, next: rows.length > page.length ? page.at(-1)!.id : null });
}
