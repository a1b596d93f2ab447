/** Records that are due, drawn in uniformly random order: add, remove and draw are O(1). */
import type { PeerRecord, Place } from "./record.ts";

export class Pool {
  readonly #place: Place;
  readonly #records: PeerRecord[] = [];

  /** `place` is what members carry in their `place` field. */
  constructor(place: Place) {
    this.#place = place;
  }

  get size(): number {
    return this.#records.length;
  }

  add(record: PeerRecord): void {
    record.place = this.#place;
    record.slot = this.#records.length;
    this.#records.push(record);
  }

  remove(record: PeerRecord): void {
    const last = this.#records.pop()!;
    if (last !== record) {
      this.#records[record.slot] = last;
      last.slot = record.slot;
    }
    record.place = "none";
    record.slot = -1;
  }

  /** Removes and returns a random member. `random` returns a number from 0 up to but excluding 1. */
  draw(random: () => number): PeerRecord | undefined {
    const record = this.#records[Math.floor(random() * this.#records.length)];
    if (record !== undefined) this.remove(record);
    return record;
  }
}
