/** Peers that passed while too few had told their height: they are looked at again as soon as more have. */
import { isStale, type Heights } from "./height.ts";
import type { Network } from "../../schema/network.ts";
import type { PeerRecord } from "./record.ts";

/** Only heights told within this many seconds are compared; the chain moves on. */
const SAME_TIME_SECONDS = 60;

/** The most peers kept in view; beyond it the judgement at the handshake stands. */
const MAX_PROVISIONAL = 64;

interface Passed {
  readonly record: PeerRecord;
  readonly at: number;
}

export class Provisional {
  #passed: Passed[] = [];

  /** Notes that a peer passed at `now` (Unix seconds). */
  add(record: PeerRecord, now: number): void {
    if (this.#passed.length < MAX_PROVISIONAL) this.#passed.push({ record, at: now });
  }

  /** Takes out and returns those that turn out to be stuck, by what has been heard since. */
  takeStale(heights: Heights, network: Network, now: number): PeerRecord[] {
    if (this.#passed.length === 0) return [];
    const median = heights.median(now);
    const fresh = this.#passed.filter(({ record, at }) => now - at <= SAME_TIME_SECONDS && record.failures === 0);
    const stale = fresh.filter(({ record }) => isStale(record.evidence?.height ?? 0, network, median));
    this.#passed = heights.isSettled ? [] : fresh.filter((each) => !stale.includes(each));
    return stale.map(({ record }) => record);
  }
}
