/** Peers that passed while too few had told their height: they are looked at again as soon as more have. */
import { isStale, type Heights } from "./height.ts";
import type { Network } from "../../schema/network.ts";
import type { PeerRecord } from "./record.ts";
import type { Finding } from "./finding.ts";

/** Only heights told within this many seconds are compared; the chain moves on. */
const SAME_TIME_SECONDS = 60;

/** The most peers kept in view; beyond it the judgement at the handshake stands. */
const MAX_PROVISIONAL = 64;

interface Passed {
  readonly record: PeerRecord;
  readonly finding: Finding;
  readonly at: number;
}

export class Provisional {
  #passed = new Map<PeerRecord, Passed>();

  /** Notes that a peer passed at `now` (Unix seconds), anew where it is in view already: nobody takes two places. */
  add(record: PeerRecord, finding: Finding, now: number): void {
    if (this.#passed.size < MAX_PROVISIONAL || this.#passed.has(record)) this.#passed.set(record, { record, finding, at: now });
  }

  /** The peer has a later outcome. */
  forget(record: PeerRecord): void {
    this.#passed.delete(record);
  }

  /** Takes out and returns those that turn out to be stuck, by what has been heard since. */
  takeStale(heights: Heights, network: Network, now: number): Passed[] {
    if (this.#passed.size === 0) return [];
    const median = heights.median(now);
    const fresh = Array.from(this.#passed.values()).filter(
      ({ finding, at }) => now - at <= SAME_TIME_SECONDS && finding.failure === undefined,
    );
    const isStuck = ({ record }: Passed): boolean => isStale(record.evidence?.height ?? 0, network, median);
    this.#passed = new Map(heights.isSettled ? [] : fresh.filter((each) => !isStuck(each)).map((each) => [each.record, each]));
    return fresh.filter(isStuck);
  }
}
