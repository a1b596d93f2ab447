/** Where a peer stands: whether a probe's evidence counts, whether the peer is good, and what is reported of it. */
import { NOWHERE } from "../../schema/location.ts";
import type { Network } from "../../schema/network.ts";
import { hasServices } from "../../schema/network.ts";
import { EMPTY_WINDOWS, isReliable, reliabilityThousandths } from "../../schema/reliability.ts";
import type { ProbeFailure, Report } from "../../schema/report.ts";
import type { Evidence } from "../protocols/session.ts";
import { isStale } from "./height.ts";
import type { CrawlPolicy } from "./policy.ts";
import type { PeerRecord } from "./record.ts";

/** `undefined`: never was good, or not tested by us yet, so nothing is said of it. An overdue peer lapses without a reason: nobody failed but us. */
export type Standing =
  | { readonly state: "good" }
  | { readonly state: "lapsed"; readonly reason: NonNullable<Report["reason"]> | undefined }
  | undefined;

/**
 * Why a peer that completed the handshake is of no use all the same, or undefined where it is. A peer that told no height this time (a full
 * node may hang up before that, another tells it later) is as high as it last said, but cannot be compared with others: it stays stuck where it was
 * found so last.
 */
export function shortfallOf(
  told: Evidence,
  { evidence, failure }: Pick<PeerRecord, "evidence" | "failure">,
  network: Network,
  medianHeight: number | undefined,
): ProbeFailure | undefined {
  if (told.version < network.minVersion) return "version-too-old";
  if (!hasServices(told.services, network.services)) return "services-missing";
  if (told.height !== undefined) return isStale(told.height, network, medianHeight) ? "height-stale" : undefined;
  return failure === "height-stale" || isStale(evidence?.height ?? 0, network, undefined) ? "height-stale" : undefined;
}

/** Whether the history alone makes the peer worth serving. */
export function passesHistory(record: PeerRecord): boolean {
  return isReliable(record.windows ?? EMPTY_WINDOWS, { total: record.attempts, successes: record.successes });
}

/**
 * Where the peer stands at `now`. `startedAt` is when this crawler began: for one retest interval after it, a peer is not called
 * overdue, or every restart would make the whole list lapse and come back.
 */
export function assess(record: PeerRecord, policy: CrawlPolicy, now: number, startedAt: number): Standing {
  if (!record.everGood || record.attempts === 0 || now - record.lastSuccess > policy.goneSeconds) return undefined;
  if (record.failures > 0) return { state: "lapsed", reason: record.failure };
  if (!passesHistory(record)) return { state: "lapsed", reason: "unreliable" };
  const overdue = now - record.lastSuccess > policy.goodWindowSeconds && now - startedAt > policy.retestSeconds;
  return overdue ? { state: "lapsed", reason: undefined } : { state: "good" };
}

/** The report of a peer that stands somewhere and was seen. */
export function reportOf(record: PeerRecord, standing: NonNullable<Standing>, evidence: Evidence): Report {
  const { state } = standing;
  return {
    address: record.key,
    state,
    ...(state === "lapsed" && standing.reason !== undefined && { reason: standing.reason }),
    services: evidence.services,
    version: evidence.version,
    agent: evidence.agent ?? "",
    height: evidence.height ?? 0,
    since: record.since,
    seen: record.lastAttempt,
    reliability: reliabilityThousandths(record.windows ?? EMPTY_WINDOWS),
    ...(record.location ?? NOWHERE),
    ...(evidence.uptime !== undefined && { uptime: evidence.uptime }),
  };
}
