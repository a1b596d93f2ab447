/** Spreads events evenly in time: at most so many a second, however many are wanted. */

export class Pace {
  readonly #gapMs: number;
  #next = -Infinity;

  /** `perSecond` may be Infinity: then nothing waits. Throws `RangeError` where it is not above 0. */
  constructor(perSecond: number) {
    if (!(perSecond > 0)) throw new RangeError("a pace is above 0");
    this.#gapMs = 1_000 / perSecond;
  }

  /** Milliseconds from `now` (monotonic milliseconds) until the next event may happen: 0 where it may now. */
  wait(now: number): number {
    return Math.max(0, this.#next - now);
  }

  /** Notes an event. Time that passed without one is not made up for: a pause is followed by no burst. */
  note(now: number): void {
    this.#next = Math.max(now, this.#next) + this.#gapMs;
  }
}
