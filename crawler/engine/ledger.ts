/** Who stands where, what of it is worth telling, and what must be written to disk. */
import { parseAddress } from "../../schema/address.ts";
import type { Locate } from "../../schema/location.ts";
import type { Report } from "../../schema/report.ts";
import type { CrawlPolicy } from "./policy.ts";
import type { PeerRecord } from "./record.ts";
import { assess, reportOf, type Standing } from "./standing.ts";

/** What must be written to disk. */
export interface Changes {
  readonly saved: ReadonlySet<PeerRecord>;
  readonly dropped: ReadonlySet<string>;
}

export class Ledger {
  readonly #policy: CrawlPolicy;
  readonly #startedAt: number;
  readonly #locate: Locate;
  /** Peers that were good once, so that reporting costs nothing for the many that never were. */
  readonly #reported = new Set<PeerRecord>();
  readonly #good = new Set<PeerRecord>();
  #saved = new Set<PeerRecord>();
  #dropped = new Set<string>();
  #revision = 0;

  /** `startedAt`: when this crawler began, Unix seconds. */
  constructor(policy: CrawlPolicy, startedAt: number, locate: Locate) {
    this.#policy = policy;
    this.#startedAt = startedAt;
    this.#locate = locate;
  }

  /** Grows whenever a report would read differently, but for height, reliability and time. */
  get revision(): number {
    return this.#revision;
  }

  /** Peers whose last probe passed and whose history is good enough. */
  get good(): number {
    return this.#good.size;
  }

  /** Takes in a record that was just loaded or changed by nothing worth telling. */
  enter(record: PeerRecord, now: number): void {
    if (record.everGood) this.#reported.add(record);
    else this.#reported.delete(record);
    if (this.#standing(record, now)?.state === "good") this.#good.add(record);
    else this.#good.delete(record);
  }

  /** Notes that a record must be written. */
  touch(record: PeerRecord): void {
    this.#saved.add(record);
    this.#dropped.delete(record.key);
  }

  /** Runs a change of a record, and notes what it meant. */
  change(record: PeerRecord, now: number, action: () => void): void {
    const before = this.#news(record, now);
    action();
    this.enter(record, now);
    this.touch(record);
    if (this.#news(record, now) !== before) this.#revision++;
  }

  /** Forgets a record, in memory and on disk. */
  drop(record: PeerRecord): void {
    if (this.#reported.delete(record)) this.#revision++;
    this.#good.delete(record);
    this.#saved.delete(record);
    this.#dropped.add(record.key);
  }

  /** What changed since the last call. */
  takeChanges(): Changes {
    const changes = { saved: this.#saved, dropped: this.#dropped };
    this.#saved = new Set();
    this.#dropped = new Set();
    return changes;
  }

  *reports(now: number): Generator<Report, void, undefined> {
    for (const record of this.#reported) {
      const standing = this.#standing(record, now);
      if (standing === undefined || record.evidence === undefined) continue;
      record.location ??= this.#locate(parseAddress(record.key));
      yield reportOf(record, standing, record.evidence);
    }
  }

  #standing(record: PeerRecord, now: number): Standing {
    return assess(record, this.#policy, now, this.#startedAt);
  }

  /** Whatever is worth telling the registry, as text to compare. */
  #news(record: PeerRecord, now: number): string {
    const standing = this.#standing(record, now);
    if (standing === undefined) return "";
    const { services, version, agent } = record.evidence ?? {};
    return [standing.state, standing.state === "lapsed" && standing.reason, record.since, services, version, agent].join(" ");
  }
}
