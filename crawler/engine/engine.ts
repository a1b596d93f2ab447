/**
 * The crawler's mind, pure: what is known, what to probe next, what follows from an outcome, and what to report. Time is a parameter
 * (Unix seconds, never running backwards), chance is an option, and nothing here touches a socket, a disk or a clock.
 */
import { formatAddress, type AddressFamily, type PeerAddress, parseAddress } from "../../schema/address.ts";
import { NOWHERE, type Locate } from "../../schema/location.ts";
import type { Network } from "../../schema/network.ts";
import type { ProbeFailure, Report } from "../../schema/report.ts";
import type { Evidence, Hearsay } from "../protocols/session.ts";
import { Frontier } from "./frontier.ts";
import { Harvest } from "./harvest.ts";
import { isSpent, recall } from "./history.ts";
import { Ledger, type Changes } from "./ledger.ts";
import { Outcomes } from "./outcomes.ts";
import type { Pick } from "./pick.ts";
import type { CrawlPolicy } from "./policy.ts";
import { newRecord, type PeerRecord } from "./record.ts";
import { Scheduler } from "./scheduler.ts";
import type { Way } from "./uplink.ts";

export interface EngineOptions {
  readonly network: Network;
  readonly policy: CrawlPolicy;
  /** From 0 up to but excluding 1. */
  readonly random: () => number;
  /** When this crawler began, Unix seconds. */
  readonly startedAt: number;
  /** Families that can be dialled. */
  readonly families: ReadonlySet<AddressFamily>;
  /** Where an address is; asked once for each peer that is reported. Without it reports do not tell. */
  readonly locate?: Locate | undefined;
}

export type { Pick };

export interface EngineStats {
  readonly known: number;
  readonly due: number;
  readonly inFlight: number;
  /** Peers whose last probe passed and whose history is good enough. */
  readonly good: number;
  /** Peers that were good in the last run and were not probed since. Most of them still count as good. */
  readonly unconfirmed: number;
  /** Over these ways nothing answers: it is we who are taken to be cut off. */
  readonly down: readonly Way[];
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #frontier: Frontier;
  readonly #scheduler: Scheduler;
  readonly #harvest: Harvest;
  readonly #ledger: Ledger;
  readonly #outcomes: Outcomes;

  constructor(options: EngineOptions) {
    const { policy, random } = options;
    this.#options = options;
    this.#ledger = new Ledger(policy, options.startedAt, options.locate ?? (() => NOWHERE));
    this.#scheduler = new Scheduler(policy, random);
    this.#frontier = new Frontier({ ...options, release: (record) => this.#displace(record) });
    this.#harvest = new Harvest(policy, random);
    this.#outcomes = new Outcomes({ ...options, ledger: this.#ledger, frontier: this.#frontier });
  }

  /** Grows whenever a report would read differently, but for height, reliability and time. */
  get revision(): number {
    return this.#ledger.revision;
  }

  get stats(): EngineStats {
    const { due, inFlight } = this.#scheduler;
    const { unconfirmed, down } = this.#outcomes;
    return { known: this.#frontier.size, due, inFlight, good: this.#ledger.good, unconfirmed, down };
  }

  /** When something waiting becomes due, Unix seconds, or undefined. */
  get nextDue(): number | undefined {
    return this.#scheduler.nextDue;
  }

  /** Whether the address can be a peer of this network that we can dial. */
  accepts(address: PeerAddress): boolean {
    return this.#frontier.accepts(address);
  }

  /** Whether the last probe of the address passed. */
  passes(address: PeerAddress): boolean {
    const record = this.#frontier.get(formatAddress(address));
    return record !== undefined && record.lastSuccess > 0 && record.failures === 0;
  }

  /**
   * Takes records from the store. Good ones are due at once, to be verified before anything else, but never sooner than the
   * minimum retry after their last attempt. Addresses that the network's rules no longer allow are dropped.
   */
  restore(records: Iterable<PeerRecord>, now: number): void {
    const { minRetrySeconds, hearsayRetrySeconds, harvestSeconds } = this.#options.policy;
    for (const record of records) {
      if (this.#frontier.get(record.key) !== undefined) continue;
      if (!this.#frontier.accepts(parseAddress(record.key))) {
        this.#ledger.drop(record);
        continue;
      }
      record.harvestAt = Math.min(record.harvestAt, Math.ceil(now + harvestSeconds)); // from a clock that was ahead
      this.#frontier.insert(record);
      this.#ledger.enter(record, now);
      const earliest = record.lastAttempt + minRetrySeconds;
      const wasGood = record.everGood && record.failures === 0;
      if (wasGood && earliest <= now) this.#outcomes.expect(record);
      this.#scheduler.add(record, Math.max(earliest, wasGood ? now : Math.min(record.due, now + hearsayRetrySeconds)));
    }
  }

  /**
   * Takes over what the registry remembers of a vantage whose disk is new. The peers are tested first; nothing is reported of them
   * until then, and their tenure goes on, also for those that were tested before the registry answered.
   */
  adopt(reports: Iterable<Report>, now: number): void {
    const { network, policy } = this.#options;
    for (const report of reports) {
      const address = parseAddress(report.address);
      if (!this.#frontier.accepts(address)) continue;
      const known = this.#frontier.get(report.address);
      const record = known ?? newRecord(address, network.scope, now);
      this.#ledger.change(record, now, () => recall(record, report, Math.floor(now)));
      if (known !== undefined) this.#frontier.settle(record);
      else {
        this.#frontier.insert(record);
        this.#scheduler.add(record, Math.max(now, record.lastAttempt + policy.minRetrySeconds));
      }
    }
  }

  /** Takes addresses from the operator or the network's parameters: kept whatever gossip says. Returns how many were new. */
  seed(addresses: Iterable<PeerAddress>, now: number): number {
    let fresh = 0;
    for (const address of addresses) {
      if (!this.#frontier.accepts(address)) continue;
      const record = newRecord(address, this.#options.network.scope, now);
      const known = this.#frontier.get(record.key);
      if (known === undefined) {
        this.#frontier.insert(record);
        this.#scheduler.add(record, now);
        this.#ledger.touch(record);
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
    for (const { address, time } of entries) if (time >= oldest && this.#register(address, pick.record.host, now)) fresh++;
    if (pick.harvest) this.#harvest.note(pick.record, entries.length, fresh, now);
    return fresh;
  }

  /** Registers addresses that `source` (a host key, or an input's name) named, within the bounds of gossip. Returns how many were new. */
  suggest(addresses: Iterable<PeerAddress>, source: string, now: number): number {
    let fresh = 0;
    for (const address of addresses) if (this.#register(address, source, now)) fresh++;
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
    const failure = this.#outcomes.verified(pick, evidence, now);
    if (failure === undefined && pick.harvest) this.#harvest.note(pick.record, 0, 0, now);
    return failure;
  }

  /** A verified peer in flight told more of itself: see `Outcomes`. */
  learned(pick: Pick, told: Partial<Evidence>, now: number): void {
    this.#outcomes.learned(pick, told, now);
  }

  /** The probe failed before the handshake was complete. `evidence` is what the peer told before, unverified. */
  failed(pick: Pick, failure: ProbeFailure, now: number, evidence?: Evidence): void {
    this.#outcomes.failed(pick, failure, now, evidence);
  }

  /** The connection is closed: the address is scheduled again, or dropped where it is not worth keeping. */
  release(pick: Pick, now: number): void {
    const { record } = pick;
    const { policy } = this.#options;
    this.#outcomes.end(record);
    const spent = isSpent(record, policy, now);
    this.#scheduler.finish(record, spent ? undefined : Math.max(record.due, now + policy.minRetrySeconds));
    if (!spent) return;
    this.#frontier.forget(record);
    this.#ledger.drop(record);
  }

  /** The probe was broken off by us and says nothing; the address may be picked again from `due` on. */
  abandon(pick: Pick, due: number): void {
    this.#outcomes.end(pick.record);
    this.#scheduler.finish(pick.record, due);
  }

  /** What is to be said of every peer that was good once and is not gone. */
  reports(now: number): Iterable<Report> {
    return this.#ledger.reports(now);
  }

  /** What changed since the last call, for the store. */
  takeChanges(): Changes {
    return this.#ledger.takeChanges();
  }

  /** Returns whether the address is new. */
  #register(address: PeerAddress, source: string, now: number): boolean {
    const record = this.#frontier.hear(address, source, now);
    if (record === undefined) return false;
    this.#ledger.touch(record);
    if (record.place !== "none") return false; // known, and heard of again after long
    this.#scheduler.add(record, now);
    return true;
  }

  #displace(record: PeerRecord): boolean {
    if (!this.#scheduler.remove(record)) return false;
    this.#ledger.drop(record);
    return true;
  }
}
