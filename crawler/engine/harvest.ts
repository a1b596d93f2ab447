/** Decides which peers are asked for addresses: each about once a day, and at once only while gossip still brings news. */
import type { CrawlPolicy } from "./policy.ts";
import type { PeerRecord } from "./record.ts";

/** Gossip is saturated when less than this share of it is new … */
const SATURATED_YIELD = 0.02;

/** … over this many entries: in a small network, asking everyone costs nothing. */
const JUDGED_ENTRIES = 20_000;

/** How much the latest answer counts in the running share of news. */
const LATEST = 0.05;

export class Harvest {
  readonly #policy: CrawlPolicy;
  readonly #random: () => number;
  #entries = 0;
  #yield = 1;

  constructor(policy: CrawlPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /** Whether the probe about to start shall ask for addresses. May put off a peer never asked to a random time within the day. */
  wanted(record: PeerRecord, now: number): boolean {
    if (now < record.harvestAt) return false;
    const saturated = this.#yield < SATURATED_YIELD && this.#entries >= JUDGED_ENTRIES;
    if (record.harvestAt === 0 && saturated && this.#random() >= this.#policy.saturatedHarvestShare) {
      record.harvestAt = Math.ceil(now + this.#random() * this.#policy.harvestSeconds);
      return false;
    }
    return true;
  }

  /**
   * Notes that a peer that was asked told `entries` addresses, of which `fresh` were new; none at all where it kept silent. A lone entry after the
   * answer does not make us ask again sooner.
   */
  note(record: PeerRecord, entries: number, fresh: number, now: number): void {
    const { harvestSeconds, harvestRetrySeconds } = this.#policy;
    const wait = entries > 1 ? harvestSeconds : Math.min(harvestRetrySeconds, harvestSeconds);
    record.harvestAt = Math.max(record.harvestAt, Math.ceil(now + wait));
    if (entries <= 1) return;
    this.#entries += entries;
    this.#yield += LATEST * (fresh / entries - this.#yield);
  }
}
