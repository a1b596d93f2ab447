/** Which block height the network is at, by the median of what peers said lately, and who is stuck behind it. */
import type { Network } from "../../schema/network.ts";

/** Fewer independent voices make no median: with two, either could be the liar. */
export const MIN_HEIGHT_GROUPS = 3;

/** With more voices than this, one more moves the median so little that sorting anew can wait a moment. */
const FEW_GROUPS = 32;

/** How long it can wait, in seconds. */
const SORT_INTERVAL_SECONDS = 5;

/** Most groups whose heights are kept; beyond it the one heard longest ago makes way. */
export const MAX_HEIGHT_GROUPS = 1_024;

interface Said {
  readonly height: number;
  readonly time: number;
}

/**
 * The heights of peers that completed a handshake, one a netgroup: an operator with a thousand nodes in one network
 * has one voice. Stuck peers have a voice too, or the first few liars would silence everyone after them.
 */
export class Heights {
  readonly #windowSeconds: number;
  readonly #said = new Map<string, Said>();
  #sorted: readonly number[] = [];
  #sortedAt = -Infinity;
  #changed = false;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /** Notes a height told by a peer of `group` at `now` (Unix seconds). */
  add(group: string, height: number, now: number): void {
    this.#changed ||= this.#said.get(group)?.height !== height;
    this.#said.delete(group); // so that the map stays ordered by time
    this.#said.set(group, { height, time: now });
    if (this.#said.size <= MAX_HEIGHT_GROUPS) return;
    const [oldest] = this.#said.keys();
    this.#said.delete(oldest!);
  }

  /** Enough groups spoke for the median to mean something against a few liars or stuck peers that came first. */
  get isSettled(): boolean {
    return this.#said.size >= FEW_GROUPS;
  }

  /** The lower median of the heights told within the window, or undefined where too few spoke. */
  median(now: number): number | undefined {
    this.#forget(now - this.#windowSeconds);
    if (this.#changed && (this.#said.size <= FEW_GROUPS || now - this.#sortedAt >= SORT_INTERVAL_SECONDS)) {
      this.#sorted = Array.from(this.#said.values(), ({ height }) => height).sort((a, b) => a - b);
      this.#sortedAt = now;
      this.#changed = false;
    }
    const count = this.#sorted.length;
    return count < MIN_HEIGHT_GROUPS ? undefined : this.#sorted[(count - 1) >> 1];
  }

  #forget(before: number): void {
    for (const [group, { time }] of this.#said) {
      if (time >= before) return;
      this.#said.delete(group);
      this.#changed = true;
    }
  }
}

/** Whether a peer at `height` is stuck: below the network's floor, or too far behind the median. */
export function isStale(height: number, network: Network, median: number | undefined): boolean {
  return height < network.minHeight || (median !== undefined && height < median - network.maxHeightLag);
}
