/**
 * Applying a push: read where the vantage stands and what it said about the same peers, work out the difference, and commit
 * it in one batch that fails as a whole unless the vantage still stands there.
 */
import { and, eq, gt, lte, sql, type SQL } from "drizzle-orm";
import type { Position, Push, PushReply } from "../../schema/api.ts";
import { PUSH_LIMITS } from "../../schema/api.ts";
import type { Network } from "../../schema/network.ts";
import { EMPTY_DIGEST } from "../../schema/report.ts";
import { reports, streams } from "../../schema/tables.ts";
import { commit, RolledBackError, stored, type Database, type Spend } from "./database.ts";
import { difference, printAll, type Held } from "./difference.ts";
import { badRequest, RefusalError, replayed, tooLarge } from "./refusal.ts";
import { deleteReports, putReports } from "./report-rows.ts";
import { screen, type Screened } from "./screen.ts";

type Stream = typeof streams.$inferSelect;

/** The position of a vantage that has never pushed. */
export const START: Position = { seq: 0, digest: EMPTY_DIGEST };

export interface PushRequest {
  readonly network: Network;
  readonly vantage: string;
  readonly push: Push;
  readonly spend: Spend;
  /** Unix seconds. */
  readonly now: number;
}

/** Applies a push as schema/api.ts says, or refuses it and changes nothing. Throws `RefusalError` and `StoreError`. */
export async function applyPush(db: Database, request: PushRequest): Promise<PushReply> {
  const { network, vantage, push, spend, now } = request;
  checkPage(push);
  const screened = screen(push.changes, network);
  const { stream, held } = await readState(db, request, screened);
  const minute = Math.floor(now / 60);
  const pushes = stream.minute === minute ? stream.pushes + 1 : 1;
  if (pushes > PUSH_LIMITS.pushesPerMinute) throw tooOften(now);
  checkPosition(push, stream);
  const said = { put: await printAll(screened.put.values()), gone: screened.gone };
  const { put, remove, digest, good, lapsed } = difference(stream, said, held, push.full !== undefined);
  if (good + lapsed > PUSH_LIMITS.reportedPeers) {
    throw tooLarge("The reported set is too large", `At most ${PUSH_LIMITS.reportedPeers} peers`);
  }
  const complete = push.full === undefined || push.full.upto === null;
  if (complete && screened.refused.length === 0 && digest !== push.digest) throw outOfStep(stream);
  const revision = stream.revision + (put.length + remove.length > 0 ? 1 : 0);
  const { run, seq } = push;
  const next: Stream = { network: network.name, vantage, run, seq, digest, good, lapsed, pushed: now, revision, minute, pushes };
  const changes = [
    advance(db, stream, next),
    ...putReports(db, network.name, vantage, put),
    ...deleteReports(db, network.name, vantage, remove),
  ];
  try {
    if ((await commit(db, spend, changes)) === "replayed") throw replayed();
  } catch (error) {
    throw error instanceof RolledBackError ? await explain(db, stream, error) : error;
  }
  return { seq, digest, applied: push.changes.length - screened.refused.length, refused: screened.refused };
}

/** Addresses in a page's bounds are ASCII, so that code-unit order and SQLite's octet order are one. */
const BOUND = /^[\x21-\x7e]*$/;

function checkPage({ full, changes }: Push): void {
  if (full === undefined) return;
  const { after, upto } = full;
  if (!BOUND.test(after ?? "") || !BOUND.test(upto ?? "")) throw badRequest("full: a bound is not an address");
  if (after !== null && upto !== null && after >= upto) throw badRequest("full: after is not before upto");
  for (const { address } of changes) {
    if ((after !== null && address <= after) || (upto !== null && address > upto))
      throw badRequest("changes: an address is outside the page");
  }
}

async function readState(
  db: Database,
  { network, vantage, push }: PushRequest,
  { put, gone }: Screened,
): Promise<{ stream: Stream; held: Held[] }> {
  const own = and(eq(reports.network, network.name), eq(reports.vantage, vantage));
  const range = push.full === undefined ? among([...put.keys(), ...gone]) : within(push.full);
  const readStream = db
    .select()
    .from(streams)
    .where(and(eq(streams.network, network.name), eq(streams.vantage, vantage)));
  const readHeld = db.select({ address: reports.address, state: reports.state, print: reports.print }).from(reports).where(and(own, range));
  const [[stream], held] = await stored(db.batch([readStream, readHeld]));
  return { stream: stream ?? blank(network.name, vantage), held };
}

const among = (addresses: readonly string[]): SQL => sql`${reports.address} in (select value from json_each(${JSON.stringify(addresses)}))`;

const within = ({ after, upto }: NonNullable<Push["full"]>): SQL | undefined =>
  and(after === null ? undefined : gt(reports.address, after), upto === null ? undefined : lte(reports.address, upto));

const blank = (network: string, vantage: string): Stream => ({
  network,
  vantage,
  run: "",
  ...START,
  good: 0,
  lapsed: 0,
  pushed: 0,
  revision: 0,
  minute: 0,
  pushes: 0,
});

function checkPosition({ seq, base, full }: Push, stream: Stream): void {
  const follows = full === undefined ? seq === stream.seq + 1 && base === stream.digest : seq > stream.seq;
  if (!follows) throw outOfStep(stream);
}

/** Moves the stream on, unless it is no longer where it was read: then `seq` becomes null, which the table refuses, and the batch fails. */
function advance(db: Database, { seq, digest }: Position, next: Stream) {
  const guarded = sql`case when ${streams.seq} = ${seq} and ${streams.digest} = ${digest} then excluded.seq end`;
  const { network: _network, vantage: _vantage, ...set } = next;
  return db
    .insert(streams)
    .values(next)
    .onConflictDoUpdate({ target: [streams.network, streams.vantage], set: { ...set, seq: guarded } });
}

/** Why a batch was rolled back: another push was faster, or else the database failed. */
async function explain(db: Database, before: Stream, failure: RolledBackError): Promise<RefusalError | RolledBackError> {
  const own = and(eq(streams.network, before.network), eq(streams.vantage, before.vantage));
  const [now = before] = await stored(db.select().from(streams).where(own));
  return now.seq === before.seq && now.digest === before.digest ? failure : outOfStep(now);
}

const outOfStep = ({ seq, digest }: Position): RefusalError =>
  new RefusalError(409, "out-of-step", "The push does not build on where the registry stands; nothing was changed", {
    extensions: { seq, digest },
  });

const tooOften = (now: number): RefusalError =>
  new RefusalError(429, "too-many-pushes", "Too many pushes this minute", {
    detail: `At most ${PUSH_LIMITS.pushesPerMinute} a minute`,
    retryAfter: 60 - (now % 60),
  });
