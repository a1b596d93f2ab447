/** Reports as rows: written many at a time through one JSON parameter, read a page at a time. */
import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Position, ReportedPage } from "../../schema/api.ts";
import { ReportSchema, type Report } from "../../schema/report.ts";
import { reports, streams } from "../../schema/tables.ts";
import * as v from "valibot";
import { stored, type Database, type Statement } from "./database.ts";
import type { Printed } from "./difference.ts";

/**
 * The longest JSON parameter of one statement, in UTF-16 code units: at most 1.8 MB as UTF-8, and D1 takes 2 MB. 5,000 reports
 * with ordinary user agents need two statements.
 */
export const JSON_PARAMETER_LENGTH = 600_000;

/** Reports in one page of `GET …/reports`. */
export const REPORTED_PAGE = 2_000;

type Row = typeof reports.$inferSelect;

/** Items as texts of JSON arrays, each short enough for one parameter. */
export function* jsonParameters(items: Iterable<unknown>): Iterable<string> {
  let parts: string[] = [];
  let length = 0;
  for (const item of items) {
    const part = JSON.stringify(item);
    if (length + part.length + 2 > JSON_PARAMETER_LENGTH) {
      yield `[${parts.join(",")}]`;
      [parts, length] = [[], 0];
    }
    parts.push(part);
    length += part.length + 1;
  }
  if (parts.length > 0) yield `[${parts.join(",")}]`;
}

/** Statements that put reports in place. A row that is already so is not written. */
export function putReports(db: Database, network: string, vantage: string, printed: readonly Printed[]): Statement[] {
  const rows = printed.map(({ report: r, print }) => [
    r.address,
    ...REPLACED.map((name) => (name === "print" ? print : (r[name] ?? null))),
  ]);
  const values = REPLACED.map((_, i) => sql.raw(`value ->> ${i + 1}`));
  return [...jsonParameters(rows)].map((json) =>
    db
      .insert(reports)
      .select(sql`select ${network}, value ->> 0, ${vantage}, ${sql.join(values, sql`, `)} from json_each(${json}) where true`)
      .onConflictDoUpdate({
        target: [reports.network, reports.address, reports.vantage],
        set: Object.fromEntries(REPLACED.map((name) => [name, sql.raw(`excluded.${name}`)])),
        setWhere: sql`excluded.print <> ${reports.print}`,
      }),
  );
}

/** Everything of a row that is not its key, in the table's order. */
const REPLACED = [
  "state",
  "reason",
  "services",
  "version",
  "agent",
  "height",
  "since",
  "seen",
  "reliability",
  "print",
  "asn",
  "country",
  "coordinates",
  "uptime",
] as const;

/** Statements that delete reports by address. */
export function deleteReports(db: Database, network: string, vantage: string, addresses: readonly string[]): Statement[] {
  return [...jsonParameters(addresses)].map((json) =>
    db
      .delete(reports)
      .where(
        and(eq(reports.network, network), eq(reports.vantage, vantage), sql`${reports.address} in (select value from json_each(${json}))`),
      ),
  );
}

/** What a report may lack, and a row has as null. */
const OPTIONAL = ["reason", "asn", "country", "coordinates", "uptime"] as const;

/** A row as the report that it came from, to the same fingerprint. */
export function reportOf(row: Omit<Row, "network" | "vantage" | "print">): Report {
  const { address, state, services, version, agent, height, since, seen } = row;
  const reliability: unknown = JSON.parse(row.reliability);
  const said = OPTIONAL.flatMap((name) => (row[name] === null ? [] : [[name, row[name]] as const]));
  return v.parse(ReportSchema, { address, state, services, version, agent, height, since, seen, reliability, ...Object.fromEntries(said) });
}

/** A page of a vantage's own reported set, in address order, with the position that it belongs to. */
export async function readReported(
  db: Database,
  network: string,
  vantage: string,
  after: string | undefined,
  start: Position,
): Promise<ReportedPage> {
  const readStream = db
    .select({ seq: streams.seq, digest: streams.digest })
    .from(streams)
    .where(and(eq(streams.network, network), eq(streams.vantage, vantage)));
  const own = and(eq(reports.network, network), eq(reports.vantage, vantage), after === undefined ? undefined : gt(reports.address, after));
  const readRows = db
    .select()
    .from(reports)
    .where(own)
    .orderBy(asc(reports.address))
    .limit(REPORTED_PAGE + 1);
  const [[position = start], rows] = await stored(db.batch([readStream, readRows]));
  const page = rows.slice(0, REPORTED_PAGE);
  return { ...position, reports: page.map(reportOf), next: rows.length > page.length ? page.at(-1)!.address : null };
}
