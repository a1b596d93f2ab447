/** Records waiting for their time, earliest first: a binary heap in which members know their place. */
import type { PeerRecord } from "./record.ts";

export class DueHeap {
  readonly #records: PeerRecord[] = [];

  get size(): number {
    return this.#records.length;
  }

  /** The earliest record, or undefined. */
  peek(): PeerRecord | undefined {
    return this.#records[0];
  }

  add(record: PeerRecord): void {
    record.place = "waiting";
    this.#records.push(record);
    this.#rise(record, this.#records.length - 1);
  }

  remove(record: PeerRecord): void {
    const at = record.slot;
    const last = this.#records.pop()!;
    record.place = "none";
    record.slot = -1;
    if (last === record) return;
    this.#rise(last, at);
    this.#sink(last, last.slot);
  }

  #rise(record: PeerRecord, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = this.#records[(at - 1) >> 1]!;
      if (parent.due <= record.due) break;
      this.#put(parent, at);
      at = (at - 1) >> 1;
    }
    this.#put(record, at);
  }

  #sink(record: PeerRecord, from: number): void {
    let at = from;
    for (;;) {
      const left = this.#records[2 * at + 1];
      const right = this.#records[2 * at + 2];
      const child = right !== undefined && right.due < left!.due ? right : left;
      if (child === undefined || child.due >= record.due) break;
      const next = child.slot;
      this.#put(child, at);
      at = next;
    }
    this.#put(record, at);
  }

  #put(record: PeerRecord, at: number): void {
    this.#records[at] = record;
    record.slot = at;
  }
}
