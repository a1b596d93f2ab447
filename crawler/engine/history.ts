/** How the outcome of a probe changes a record, and when the address is tried again. */
import { EMPTY_WINDOWS, tenureSince, UNSEEN_GRACE_SECONDS, updateWindows } from "../../schema/reliability.ts";
import type { ProbeFailure, Report } from "../../schema/report.ts";
import type { CrawlPolicy } from "./policy.ts";
import type { PeerRecord } from "./record.ts";

/** Notes a success at `now` (Unix seconds). */
export function recordSuccess(record: PeerRecord, now: number): void {
  if (record.lastSuccess > 0 && now - record.lastSuccess > UNSEEN_GRACE_SECONDS) forgetHistory(record);
  record.since = tenureSince(
    { since: record.since || undefined, lastSuccess: record.lastSuccess || undefined, failingSince: record.failingSince || undefined },
    now,
  );
  record.windows = updateWindows(record.windows ?? EMPTY_WINDOWS, true, now - record.lastAttempt);
  record.attempts++;
  record.successes++;
  record.failures = 0;
  record.failure = undefined;
  record.failingSince = 0;
  record.lastAttempt = now;
  record.lastSuccess = now;
}

/** Notes a failure at `now` (Unix seconds). */
export function recordFailure(record: PeerRecord, failure: ProbeFailure, now: number): void {
  if (record.windows !== undefined) record.windows = updateWindows(record.windows, false, now - record.lastAttempt);
  record.attempts++;
  record.failures++;
  record.failure = failure;
  record.failingSince ||= now;
  record.lastAttempt = now;
}

/** All of a record that an outcome changes. */
export type History = Readonly<
  Pick<
    PeerRecord,
    "everGood" | "attempts" | "successes" | "failures" | "lastAttempt" | "lastSuccess" | "failingSince" | "since" | "failure" | "windows"
  >
>;

/** The history so far; a copy. */
export function historyOf(record: PeerRecord): History {
  const { everGood, attempts, successes, failures, lastAttempt, lastSuccess, failingSince, since, failure, windows } = record;
  return { everGood, attempts, successes, failures, lastAttempt, lastSuccess, failingSince, since, failure, windows };
}

/** Notes an outcome at `now`, undefined for a success, in place of whatever was noted since `before`. */
export function recordOutcome(record: PeerRecord, before: History, failure: ProbeFailure | undefined, now: number): void {
  Object.assign(record, before);
  if (failure === undefined) recordSuccess(record, now);
  else recordFailure(record, failure, now);
}

/** Takes into a record what a report remembers of the peer, without touching what was found out since. */
export function recall(record: PeerRecord, report: Report, now: number): void {
  const seen = Math.min(report.seen, now);
  const before = { since: Math.min(report.since, seen), lastSuccess: seen, failingSince: report.state === "lapsed" ? seen : undefined };
  if (record.attempts > 0) {
    if (record.since > 0) record.since = Math.min(record.since, tenureSince(before, record.since));
    return;
  }
  const { services, version, agent, height } = report;
  record.everGood = true;
  record.evidence = { services, version, agent, height };
  record.since = before.since;
  record.lastAttempt = seen;
  record.lastSuccess = seen;
  record.failingSince = before.failingSince ?? 0;
}

/** What was known so long ago tells nothing now: the peer is as young as one never met. */
function forgetHistory(record: PeerRecord): void {
  record.attempts = 0;
  record.successes = 0;
  record.windows = undefined;
}

/** When the address may be tried again after a probe that ended at `now`. Never sooner than `minRetrySeconds`. */
export function nextDue(record: PeerRecord, policy: CrawlPolicy, now: number, random: () => number): number {
  const jitter = 1 + policy.retestJitter * (2 * random() - 1);
  if (record.failures === 0) return now + Math.max(policy.minRetrySeconds, policy.retestSeconds * jitter);
  const cap = record.lastSuccess > 0 ? policy.lapsedRetrySeconds : policy.hearsayRetrySeconds;
  const backoff = policy.minRetrySeconds * policy.backoffFactor ** Math.min(record.failures - 1, 64);
  return now + Math.max(policy.minRetrySeconds, Math.min(backoff, cap) * jitter);
}

/** Whether the address is not worth keeping: gone for long, or hearsay that nobody confirms. */
export function isSpent(record: PeerRecord, policy: CrawlPolicy, now: number): boolean {
  if (record.pinned || record.failures === 0) return false;
  if (record.lastSuccess > 0) return now - record.lastSuccess > policy.goneSeconds;
  return record.failures >= policy.dropFailures && now - record.heard > policy.dropUnheardSeconds;
}
