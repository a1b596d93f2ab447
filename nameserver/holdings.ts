/** What all connections hold in memory together. Where it is too much, the one that holds most has to go: never one that holds little. */

/** Counts octets by holder. */
export class Holdings<Holder> {
  readonly #most: number;
  readonly #cut: (holder: Holder) => void;
  readonly #octets = new Map<Holder, number>();
  #total = 0;

  /** At most `most` octets; `cut` ends a holder that is told of no more. */
  constructor(most: number, cut: (holder: Holder) => void) {
    this.#most = most;
    this.#cut = cut;
  }

  get total(): number {
    return this.#total;
  }

  /** Says what a holder holds now, 0 where nothing. */
  note(holder: Holder, octets: number): void {
    this.#total += octets - (this.#octets.get(holder) ?? 0);
    if (octets === 0) this.#octets.delete(holder);
    else this.#octets.set(holder, octets);
    while (this.#total > this.#most) this.#cutLargest();
  }

  #cutLargest(): void {
    const [holder] = Array.from(this.#octets).reduce((largest, each) => (each[1] > largest[1] ? each : largest));
    this.note(holder, 0);
    this.#cut(holder);
  }
}
