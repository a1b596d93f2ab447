/** What to tell the registry: the difference between what a vantage says now and what it last said. Pure. */
import { PUSH_LIMITS, type Change, type Push } from "../../schema/api.ts";
import { foldDigest, type Report } from "../../schema/report.ts";

/** A push as it is kept until its fate is known; the run's id is added when it is sent. */
export type Draft = Omit<Push, "run">;

/** How much one push may hold. */
export interface PageLimits {
  readonly changes: number;
  /** Octets of the body. */
  readonly bodyBytes: number;
}

/** Octets set aside for everything in a push but its changes. */
const ENVELOPE_BYTES = 1_024;

/**
 * True where a report must be told again. Height, reliability, uptime and the time of the probe alone are no news: they change at every probe, and
 * ride along when something else does. So do coordinates, which every edition of a table moves a little, and that AS or country are no longer known.
 */
export function isNews(before: Report, now: Report): boolean {
  return (
    before.state !== now.state ||
    before.reason !== now.reason ||
    before.services !== now.services ||
    before.version !== now.version ||
    before.agent !== now.agent ||
    before.since !== now.since ||
    (now.asn !== undefined && before.asn !== now.asn) ||
    (now.country !== undefined && before.country !== now.country)
  );
}

/** The changes that turn `reported` into `wanted`, sorted by address. */
export function diffReports(wanted: ReadonlyMap<string, Report>, reported: ReadonlyMap<string, Report>): Change[] {
  const changes: Change[] = [];
  for (const [address, report] of wanted) {
    const before = reported.get(address);
    if (before === undefined || isNews(before, report)) changes.push(report);
  }
  for (const address of reported.keys()) if (!wanted.has(address)) changes.push({ address, state: "gone" });
  return changes.sort(byAddress);
}

/** The reports as a map, cut to what a registry takes of one vantage; beyond that the lapsed are left out first. */
export function limitReports(reports: Iterable<Report>, limit: number): Map<string, Report> {
  const all = new Map<string, Report>();
  for (const report of reports) all.set(report.address, report);
  if (all.size <= limit) return all;
  const sorted = [...all.values()].sort((a, b) => Number(a.state === "lapsed") - Number(b.state === "lapsed") || byAddress(a, b));
  return new Map(sorted.slice(0, limit).map((report) => [report.address, report]));
}

/** Code-unit order, as the registry sorts. */
const byAddress = (a: { readonly address: string }, b: { readonly address: string }): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;

/** The first changes that fit one push; at least one where there is any. */
export function takePage<C extends Change>(changes: readonly C[], limits: PageLimits): C[] {
  let bytes = ENVELOPE_BYTES;
  let count = 0;
  for (const change of changes.slice(0, limits.changes)) {
    bytes += Buffer.byteLength(JSON.stringify(change)) + 1;
    if (bytes > limits.bodyBytes && count > 0) break;
    count++;
  }
  return changes.slice(0, count);
}

/** A delta with the first changes that fit; no changes make a heartbeat. */
export function draftDelta(
  position: { seq: number; digest: string },
  changes: readonly Change[],
  reported: ReadonlyMap<string, Report>,
  limits: PageLimits,
): Draft {
  const page = takePage(changes, limits);
  const draft = { seq: position.seq + 1, base: position.digest, changes: page, digest: position.digest };
  return { ...draft, digest: digestAfter(draft, reported) };
}

/** The page of a full set that follows `after` (an address, or null for the first page). `upto` is null on the last page. */
export function draftFullPage(
  position: { seq: number; digest: string },
  after: string | null,
  wanted: ReadonlyMap<string, Report>,
  reported: ReadonlyMap<string, Report>,
  limits: PageLimits,
): Draft {
  const rest = [...wanted.values()].filter(({ address }) => after === null || address > after).sort(byAddress);
  const page = takePage(rest as Change[], limits);
  const upto = page.length < rest.length ? page.at(-1)!.address : null;
  const draft = { seq: position.seq + 1, base: position.digest, full: { after, upto }, changes: page, digest: position.digest };
  return { ...draft, digest: digestAfter(draft, reported) };
}

/** What a push does to a reported set, the refused addresses left out. */
export function effectOf(
  draft: Pick<Draft, "changes" | "full">,
  reported: ReadonlyMap<string, Report>,
  refused: ReadonlySet<string> = new Set(),
): { removed: Report[]; added: Report[] } {
  const removed: Report[] = [];
  const added: Report[] = [];
  const { full } = draft;
  if (full !== undefined) {
    for (const report of reported.values()) {
      if ((full.after === null || report.address > full.after) && (full.upto === null || report.address <= full.upto)) removed.push(report);
    }
  }
  for (const change of draft.changes) {
    if (refused.has(change.address)) continue;
    const before = full === undefined ? reported.get(change.address) : undefined;
    if (before !== undefined) removed.push(before);
    if (change.state !== "gone") added.push(change);
  }
  return { removed, added };
}

/** The digest of the reported set once a push is applied. `base` of the draft must be the digest of `reported`. */
export function digestAfter(
  draft: Pick<Draft, "changes" | "full" | "base">,
  reported: ReadonlyMap<string, Report>,
  refused?: ReadonlySet<string>,
): string {
  const { removed, added } = effectOf(draft, reported, refused);
  return foldDigest(draft.base, removed, added);
}

/** The largest page the contract allows. */
export const FULL_PAGE_LIMITS: PageLimits = { changes: PUSH_LIMITS.changes, bodyBytes: PUSH_LIMITS.bodyBytes };
