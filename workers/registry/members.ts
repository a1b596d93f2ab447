/** Which vantages there are for a network, and what of their reports is in the database. */
import { and, asc, eq, sql } from "drizzle-orm";
import type { Network } from "../../schema/network.ts";
import { reports, streams, vantages } from "../../schema/tables.ts";
import { stored, type Database } from "./database.ts";
import type { Streams, Testimony } from "./judge.ts";

/** A vantage that has pushed for this network. Times are Unix seconds. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly run: string;
  readonly pushed: number;
  readonly good: number;
  readonly lapsed: number;
  readonly revision: number;
  readonly disabled: number | null;
  /** Names of networks, a JSON array. */
  readonly networks: string;
}

/** The query for a network's members. */
export const membersQuery = (db: Database, network: string) =>
  db
    .select({
      id: vantages.id,
      name: vantages.name,
      run: streams.run,
      pushed: streams.pushed,
      good: streams.good,
      lapsed: streams.lapsed,
      revision: streams.revision,
      disabled: vantages.disabled,
      networks: vantages.networks,
    })
    .from(streams)
    .innerJoin(vantages, eq(vantages.id, streams.vantage))
    .where(eq(streams.network, network))
    .orderBy(asc(vantages.name));

/** The members who may speak at all: enabled, and still limited to networks of which this is one. */
export function enabledStreams(members: readonly Member[], network: string): Streams {
  const enabled = members.filter(({ disabled, networks }) => {
    const allowed: unknown = JSON.parse(networks);
    return disabled === null && Array.isArray(allowed) && allowed.includes(network);
  });
  return new Map(enabled.map((member) => [member.id, member]));
}

/** Rows read at once. A page of 5,000 is about 1 MB. */
const PAGE = 5_000;

/** Every reported address of the network with what each vantage says, in address order. */
export async function* readTestimonies(db: Database, network: Network): AsyncGenerator<{ address: string; reports: Testimony[] }> {
  const columns = {
    address: reports.address,
    vantage: reports.vantage,
    state: reports.state,
    services: reports.services,
    version: reports.version,
    agent: reports.agent,
    height: reports.height,
    since: reports.since,
    seen: reports.seen,
    asn: reports.asn,
    country: reports.country,
  };
  let current: { address: string; reports: Testimony[] } | undefined;
  let last = { address: "", vantage: "" };
  for (;;) {
    const beyond = sql`(${reports.address}, ${reports.vantage}) > (${last.address}, ${last.vantage})`;
    const rows = await stored(
      db
        .select(columns)
        .from(reports)
        .where(and(eq(reports.network, network.name), beyond))
        .orderBy(asc(reports.address), asc(reports.vantage))
        .limit(PAGE),
    );
    for (const row of rows) {
      if (current?.address !== row.address) {
        if (current !== undefined) yield current;
        current = { address: row.address, reports: [] };
      }
      current.reports.push(row);
    }
    if (rows.length < PAGE) break;
    last = rows.at(-1)!;
  }
  if (current !== undefined) yield current;
}
