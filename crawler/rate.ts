/** Events a second, over the last ten. */
const SECONDS = 10;

export class Rate {
  readonly #counts: number[] = Array.from({ length: SECONDS + 1 }, () => 0);
  #second = 0;
  #since: number | undefined;

  /** Notes one event at `now`, in seconds. */
  note(now: number): void {
    this.#advance(now);
    this.#counts[this.#second % this.#counts.length]!++;
  }

  /** The mean over the last ten whole seconds, or over what there is. */
  perSecond(now: number): number {
    this.#advance(now);
    const whole = Math.min(SECONDS, this.#second - (this.#since ?? this.#second));
    if (whole === 0) return this.#counts[this.#second % this.#counts.length]!;
    let sum = 0;
    for (let i = 1; i <= whole; i++) sum += this.#counts[(this.#second - i) % this.#counts.length]!;
    return sum / whole;
  }

  #advance(now: number): void {
    const second = Math.floor(now);
    this.#since ??= second;
    if (second - this.#second >= this.#counts.length) this.#counts.fill(0);
    else for (let s = this.#second + 1; s <= second; s++) this.#counts[s % this.#counts.length] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
