/**
 * The crawler's mind, pure: what is known, what to probe next, what follows from an outcome, and what to report. Time is a parameter
 * (Unix seconds, never running backwards), chance is an option, and nothing here touches a socket, a disk or a clock.
 */
import { netgroup, type AddressFamily, type PeerAddress, parseAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import type { ProbeFailure, Report } from "../../schema/report.ts";
import type { Evidence, Hearsay } from "../protocols/session.ts";
import { Frontier } from "./frontier.ts";
import { Harvest } from "./harvest.ts";
import { Heights } from "./height.ts";
import { isSpent, nextDue, recordFailure, recordSuccess } from "./history.ts";
import type { CrawlPolicy } from "./policy.ts";
import { newRecord, type PeerRecord } from "./record.ts";
import { Scheduler } from "./scheduler.ts";
import { assess, judge, passesHistory, reportOf, type Standing } from "./standing.ts";
import { Uplink } from "./uplink.ts";

export interface EngineOptions {
  readonly network: Network;
  readonly policy: CrawlPolicy;
  /** From 0 up to but excluding 1. */
  readonly random: () => number;
  /** When this crawler began, Unix seconds. */
  readonly startedAt: number;
  /** Families that can be dialled. */
  readonly families: ReadonlySet<AddressFamily>;
}

/** An address the scheduler chose. It stays in flight until `release` or `abandon`. */
export interface Pick {
  readonly record: PeerRecord;
  readonly address: PeerAddress;
  /** Ask for addresses after the handshake. */
  readonly harvest: boolean;
}

/** What must be written to disk. */
export interface Changes {
  readonly saved: ReadonlySet<PeerRecord>;
  readonly dropped: ReadonlySet<string>;
}

export interface EngineStats {
  readonly known: number;
  readonly due: number;
  readonly inFlight: number;
  /** Peers whose last probe passed and whose history is good enough. */
  readonly good: number;
  /** Nothing answers: our own uplink is taken to be down. */
  readonly uplinkDown: boolean;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #frontier: Frontier;
  readonly #scheduler: Scheduler;
  readonly #harvest: Harvest;
  readonly #heights: Heights;
  readonly #uplink: Uplink;
  /** Peers that were good once, so that reporting costs nothing for the many that never were. */
  readonly #reported = new Set<PeerRecord>();
  readonly #good = new Set<PeerRecord>();
  #saved = new Set<PeerRecord>();
  #dropped = new Set<string>();
  #revision = 0;

  constructor(options: EngineOptions) {
    const { policy, random } = options;
    this.#options = options;
    this.#scheduler = new Scheduler(policy, random);
    this.#frontier = new Frontier({ ...options, release: (record) => this.#displace(record) });
    this.#harvest = new Harvest(policy, random);
    this.#heights = new Heights(policy.heightWindowSeconds);
    this.#uplink = new Uplink(policy.outageProbes);
  }

  /** Grows whenever a report would read differently, but for height, reliability and time. */
  get revision(): number {
    return this.#revision;
  }

  get stats(): EngineStats {
    const { due, inFlight } = this.#scheduler;
    return { known: this.#frontier.size, due, inFlight, good: this.#good.size, uplinkDown: this.#uplink.isDown };
  }

  /** When something waiting becomes due, Unix seconds, or undefined. */
  get nextDue(): number | undefined {
    return this.#scheduler.nextDue;
  }

  /**
   * Takes records from the store. Good ones are due at once, to be verified before anything else, but never sooner than the
   * minimum retry after their last attempt. Addresses that the network's rules no longer allow are dropped.
   */
  restore(records: Iterable<PeerRecord>, now: number): void {
    const { minRetrySeconds } = this.#options.policy;
    for (const record of records) {
      if (this.#frontier.get(record.key) !== undefined) continue;
      if (!this.#frontier.accepts(parseAddress(record.key))) {
        this.#dropped.add(record.key);
        continue;
      }
      this.#frontier.insert(record);
      this.#settle(record);
      this.#count(record, now);
      const earliest = record.lastAttempt + minRetrySeconds;
      const due = record.everGood && record.failures === 0 ? Math.min(record.due, now) : record.due;
      this.#scheduler.add(record, Math.max(earliest, due));
    }
  }

  /**
   * Takes over what the registry remembers of a vantage whose disk is new. The peers are tested first; nothing is reported of them
   * until then, and their tenure goes on.
   */
  adopt(reports: Iterable<Report>, now: number): void {
    const { network, policy } = this.#options;
    for (const report of reports) {
      const address = parseAddress(report.address);
      if (this.#frontier.get(report.address) !== undefined || !this.#frontier.accepts(address)) continue;
      const record = newRecord(address, network.scope, now);
      const { services, version, agent, height } = report;
      const seen = Math.min(report.seen, Math.floor(now));
      record.everGood = true;
      record.evidence = { services, version, agent, height };
      record.since = Math.min(report.since, seen);
      record.lastAttempt = seen;
      record.lastSuccess = seen;
      if (report.state === "lapsed") record.failingSince = seen;
      this.#frontier.insert(record);
      this.#settle(record);
      this.#touch(record);
      this.#scheduler.add(record, Math.max(now, seen + policy.minRetrySeconds));
    }
  }

  /** Takes addresses from the operator or the network's seeds: kept whatever gossip says. Returns how many were new. */
  seed(addresses: Iterable<PeerAddress>, now: number): number {
    let fresh = 0;
    for (const address of addresses) {
      if (!this.#frontier.accepts(address)) continue;
      const record = newRecord(address, this.#options.network.scope, now);
      const known = this.#frontier.get(record.key);
      if (known === undefined) {
        this.#frontier.insert(record);
        this.#scheduler.add(record, now);
        this.#touch(record);
        fresh++;
      }
      const kept = known ?? record;
      kept.pinned = true;
      this.#frontier.settle(kept);
    }
    return fresh;
  }

  /** Notes what a peer in flight said of others. Registers hearsay and nothing more. Returns how many addresses were new. */
  hear(pick: Pick, entries: readonly Hearsay[], now: number): number {
    const oldest = now - this.#options.policy.maxHearsayAgeSeconds;
    let fresh = 0;
    for (const { address, time } of entries) {
      if (time < oldest) continue;
      const record = this.#frontier.hear(address, pick.record.host, now);
      if (record === undefined) continue;
      this.#touch(record);
      if (record.place !== "none") continue;
      this.#scheduler.add(record, now);
      fresh++;
    }
    if (pick.harvest) this.#harvest.note(pick.record, entries.length, fresh, now);
    return fresh;
  }

  /** The next address to probe, or undefined where none is due. */
  next(now: number): Pick | undefined {
    const record = this.#scheduler.next(now);
    if (record === undefined) return undefined;
    return { record, address: parseAddress(record.key), harvest: this.#harvest.wanted(record, now) };
  }

  /** The handshake is complete. Returns why the peer is of no use all the same, or undefined where it passed. */
  verified(pick: Pick, evidence: Evidence, now: number): ProbeFailure | undefined {
    const { record, address } = pick;
    const { network } = this.#options;
    const before = this.#news(record, now);
    const useless = judge(evidence, network, this.#heights.median(now));
    if ((useless ?? "height-stale") === "height-stale") this.#hearHeight(address, record, evidence.height, now);
    record.evidence = evidence;
    this.#uplink.note(undefined, true);
    if (useless === undefined) {
      recordSuccess(record, Math.floor(now));
      if (pick.harvest) this.#harvest.note(record, 0, 0, now);
      record.everGood ||= passesHistory(record);
    } else {
      recordFailure(record, useless, Math.floor(now));
    }
    this.#conclude(record, before, now);
    return useless;
  }

  /** The probe failed before the handshake was complete. `evidence` is what the peer told before, unverified. */
  failed(pick: Pick, failure: ProbeFailure, now: number, evidence?: Evidence): void {
    const { record } = pick;
    this.#uplink.note(failure, record.lastSuccess > 0 && record.failures === 0);
    if (this.#uplink.excuses(failure)) {
      record.due = now + this.#options.policy.minRetrySeconds;
      return;
    }
    const before = this.#news(record, now);
    if (evidence !== undefined) record.evidence = evidence;
    recordFailure(record, failure, Math.floor(now));
    this.#conclude(record, before, now);
  }

  /** The connection is closed: the address is scheduled again, or dropped where it is not worth keeping. */
  release(pick: Pick, now: number): void {
    const { record } = pick;
    const spent = isSpent(record, this.#options.policy, now);
    this.#scheduler.finish(record, spent ? undefined : record.due);
    if (!spent) return;
    this.#frontier.forget(record);
    this.#forget(record);
  }

  /** The probe was broken off by us and says nothing; the address may be picked again from `due` on. */
  abandon(pick: Pick, due: number): void {
    this.#scheduler.finish(pick.record, due);
  }

  /** What is to be said of every peer that was good once and is not gone. */
  *reports(now: number): Generator<Report, void, undefined> {
    for (const record of this.#reported) {
      const standing = this.#standing(record, now);
      if (standing !== undefined && record.evidence !== undefined) yield reportOf(record, standing, record.evidence);
    }
  }

  /** What changed since the last call, for the store. */
  takeChanges(): Changes {
    const changes = { saved: this.#saved, dropped: this.#dropped };
    this.#saved = new Set();
    this.#dropped = new Set();
    return changes;
  }

  #conclude(record: PeerRecord, before: string, now: number): void {
    const { policy, random } = this.#options;
    record.due = nextDue(record, policy, now, random);
    this.#settle(record);
    this.#touch(record);
    this.#count(record, now);
    if (this.#news(record, now) !== before) this.#revision++;
  }

  #standing(record: PeerRecord, now: number): Standing {
    return assess(record, this.#options.policy, now, this.#options.startedAt);
  }

  /** Whatever is worth telling the registry, as text to compare. */
  #news(record: PeerRecord, now: number): string {
    const standing = this.#standing(record, now);
    if (standing === undefined) return "";
    const { services, version, agent } = record.evidence ?? {};
    return [standing.state, standing.state === "lapsed" && standing.reason, record.since, services, version, agent].join(" ");
  }

  #hearHeight(address: PeerAddress, record: PeerRecord, height: number, now: number): void {
    const { scope, minHeight } = this.#options.network;
    if (height >= minHeight) this.#heights.add(scope === "public" ? netgroup(address) : record.key, height, now);
  }

  #settle(record: PeerRecord): void {
    this.#frontier.settle(record);
    if (record.everGood) this.#reported.add(record);
  }

  #count(record: PeerRecord, now: number): void {
    if (this.#standing(record, now)?.state === "good") this.#good.add(record);
    else this.#good.delete(record);
  }

  #touch(record: PeerRecord): void {
    this.#saved.add(record);
    this.#dropped.delete(record.key);
  }

  #displace(record: PeerRecord): boolean {
    if (!this.#scheduler.remove(record)) return false;
    this.#forget(record);
    return true;
  }

  #forget(record: PeerRecord): void {
    if (this.#reported.delete(record)) this.#revision++;
    this.#good.delete(record);
    this.#saved.delete(record);
    this.#dropped.add(record.key);
  }
}
