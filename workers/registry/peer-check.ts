/** "Check my node": what the registry knows about one peer, and what it makes of it. */
import { and, eq } from "drizzle-orm";
import { AddressError, formatAddress, parseAddress, type PeerAddress } from "../../schema/address.ts";
import type { PeerCheck } from "../../schema/check.ts";
import { reports } from "../../schema/tables.ts";
import type { ServedNetwork } from "../config.ts";
import { enabledStreams, membersQuery } from "./members.ts";
import { stored, type Database } from "./database.ts";
import { counts, judge } from "./judge.ts";
import { badRequest } from "./refusal.ts";
import { reportOf } from "./report-rows.ts";

/** Judges one peer now, as publishing would. */
export async function checkPeer(db: Database, { network, zone }: ServedNetwork, address: PeerAddress, now: number): Promise<PeerCheck> {
  const text = formatAddress(address);
  const rowsQuery = db
    .select()
    .from(reports)
    .where(and(eq(reports.network, network.name), eq(reports.address, text)));
  const [rows, members] = await stored(db.batch([rowsQuery, membersQuery(db, network.name)]));
  const streams = enabledStreams(members, network.name);
  const context = { streams, zone, now };
  const verdict = judge({ address, reports: rows, network, ...context });
  const evidence = members.flatMap(({ id, name, pushed }) => {
    const row = rows.find(({ vantage }) => vantage === id);
    return row === undefined ? [] : [{ vantage: name, pushed, counts: counts(id, context), report: reportOf(row) }];
  });
  const counting = evidence.filter((each) => each.counts);
  const good = counting.some(({ report }) => report.state === "good");
  return {
    network: network.name,
    address: text,
    checked: now,
    state: counting.length === 0 ? "unknown" : good ? "good" : "lapsed",
    verdict: verdict.servable ? "servable" : "refused",
    reason: verdict.servable ? null : verdict.reason,
    evidence,
  };
}

/** The address in a path. Throws `RefusalError` 400. */
export function addressParameter(text: string): PeerAddress {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) throw badRequest(error.message);
    throw error;
  }
}
