/** What follows from a probe: whether it counts as a success, what that makes of the peer's history, and when the address is due again. */
import { netgroup } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import type { Evidence } from "../protocols/session.ts";
import type { Frontier } from "./frontier.ts";
import { Heights, isStale } from "./height.ts";
import { historyOf, nextDue, recordFailure, recordOutcome } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { Pick } from "./pick.ts";
import type { CrawlPolicy } from "./policy.ts";
import { Provisional } from "./provisional.ts";
import type { PeerRecord } from "./record.ts";
import { passesHistory, shortfallOf } from "./standing.ts";
import { Uplink, type Way } from "./uplink.ts";
import type { Finding } from "./finding.ts";

export interface OutcomesOptions {
  readonly network: Network;
  readonly policy: CrawlPolicy;
  /** From 0 up to but excluding 1. */
  readonly random: () => number;
  readonly ledger: Ledger;
  readonly frontier: Frontier;
}

export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #heights: Heights;
  readonly #provisional = new Provisional();
  readonly #uplink: Uplink;
  /** What was found out of the peers in flight that completed the handshake. */
  readonly #findings = new Map<PeerRecord, Finding>();
  readonly #unconfirmed = new Set<PeerRecord>();

  constructor(options: OutcomesOptions) {
    this.#options = options;
    this.#heights = new Heights(options.policy.heightWindowSeconds);
    this.#uplink = new Uplink(options.policy.outageProbes);
  }

  /** Peers that were expected and have had no outcome since. */
  get unconfirmed(): number {
    return this.#unconfirmed.size;
  }

  /** Over these ways nothing answers: it is we who are taken to be cut off. */
  get down(): Way[] {
    return this.#uplink.down;
  }

  /** Notes a peer that was good in the last run. */
  expect(record: PeerRecord): void {
    this.#unconfirmed.add(record);
  }

  /** The handshake is complete. Returns why the peer is of no use all the same, or undefined where it passed. */
  verified(pick: Pick, evidence: Evidence, now: number): ProbeFailure | undefined {
    const { record } = pick;
    const { height } = evidence;
    const failure = shortfallOf(evidence, record, this.#options.network, this.#heights.median(now));
    const finding: Finding = { before: historyOf(record), failure, isHeightTold: height !== undefined };
    this.#findings.set(record, finding);
    this.#provisional.forget(record);
    if ((failure ?? "height-stale") === "height-stale") this.#hearHeight(pick, height, now);
    this.#uplink.note(pick.address.family, undefined, true);
    this.#change(record, now, () => {
      record.evidence = { ...record.evidence, ...evidence };
      this.#record(record, finding, now);
    });
    this.#watch(record, finding, now);
    return failure;
  }

  /**
   * A verified peer in flight told more of itself. The first height that it tells makes a failure of a success or, where it had told none before, a
   * success of a failure; a later one can only show it stuck.
   */
  learned(pick: Pick, told: Partial<Evidence>, now: number): void {
    const { record } = pick;
    const finding = this.#findings.get(record);
    if (finding === undefined || record.evidence === undefined) return;
    const evidence = { ...record.evidence, ...told };
    this.#options.ledger.change(record, now, () => (record.evidence = evidence));
    const { height } = told;
    const isOpen = finding.failure === undefined || (finding.failure === "height-stale" && !finding.isHeightTold);
    if (height === undefined || !isOpen) return;
    const failure = isStale(height, this.#options.network, this.#heights.median(now)) ? "height-stale" : undefined;
    this.#hearHeight(pick, height, now);
    finding.isHeightTold = true;
    // It tells its height only to who stays to be told addresses: whether it is still stuck is to be seen at the next visit, not at the next harvest.
    if (failure !== undefined) record.harvestAt = Math.min(record.harvestAt, Math.floor(now));
    if (failure !== finding.failure) this.#correct(record, finding, failure, now);
    this.#watch(record, finding, now);
  }

  /** The probe failed before the handshake was complete. `evidence` is what the peer told before, unverified. */
  failed(pick: Pick, failure: ProbeFailure, now: number, evidence?: Evidence): void {
    const { record } = pick;
    this.#uplink.note(pick.address.family, failure, record.lastSuccess > 0 && record.failures === 0);
    if (this.#uplink.excuses(pick.address.family, failure)) {
      record.due = now; // once the minimum retry is over
      return;
    }
    this.#change(record, now, () => {
      if (evidence !== undefined) record.evidence = { ...record.evidence, ...evidence };
      recordFailure(record, failure, Math.floor(now));
    });
  }

  /** The record is in flight no more: nothing further will be learned. */
  end(record: PeerRecord): void {
    this.#findings.delete(record);
  }

  #record(record: PeerRecord, { before, failure }: Finding, now: number): void {
    recordOutcome(record, before, failure, Math.floor(now));
    record.everGood ||= failure === undefined && passesHistory(record);
  }

  /** A probe comes to something else than it seemed to. */
  #correct(record: PeerRecord, finding: Finding, failure: ProbeFailure | undefined, now: number): void {
    finding.failure = failure;
    this.#change(record, now, () => this.#record(record, finding, now));
  }

  #change(record: PeerRecord, now: number, action: () => void): void {
    const { ledger, frontier, policy, random } = this.#options;
    this.#unconfirmed.delete(record);
    ledger.change(record, now, action);
    frontier.settle(record);
    // Of one that waits again the scheduler knows the time already.
    if (record.place === "in-flight") record.due = nextDue(record, policy, now, random);
  }

  #hearHeight({ address, record }: Pick, height: number | undefined, now: number): void {
    const { scope, minHeight } = this.#options.network;
    if (height === undefined || height < minHeight) return;
    this.#heights.add(scope === "public" ? netgroup(address) : record.key, height, now);
  }

  /** Keeps a peer in view that passed while too few had told their height, and corrects those that turn out to be stuck by what has been heard since. */
  #watch(record: PeerRecord, finding: Finding, now: number): void {
    if (finding.failure === undefined && finding.isHeightTold && !this.#heights.isSettled) this.#provisional.add(record, finding, now);
    for (const stale of this.#provisional.takeStale(this.#heights, this.#options.network, now)) {
      this.#correct(stale.record, stale.finding, "height-stale", now);
    }
  }
}
