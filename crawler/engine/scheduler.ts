/**
 * Decides what is probed next; nothing else does. Records wait in a heap until they are due, then lie in a pool from which
 * they are drawn in uniformly random order: nobody can foresee or steer the order of a crawl (arXiv 2601.16560).
 */
import { DueHeap } from "./due-heap.ts";
import type { CrawlPolicy } from "./policy.ts";
import { Pool } from "./pool.ts";
import type { PeerRecord } from "./record.ts";

export class Scheduler {
  readonly #policy: CrawlPolicy;
  readonly #random: () => number;
  readonly #waiting = new DueHeap();
  /** Due peers that answered once; they go first, or a flood of hearsay would make good peers lapse. */
  readonly #retest = new Pool("retest");
  readonly #explore = new Pool("explore");
  /** Hosts being probed, with the due records that wait for them. */
  readonly #busy = new Map<string, PeerRecord[]>();
  /** Until every stored peer that answered once was drawn, exploration has no share. */
  #warming = true;
  #parked = 0;

  constructor(policy: CrawlPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /** Records that could be probed now. As of the last `next`. */
  get due(): number {
    return this.#retest.size + this.#explore.size + this.#parked;
  }

  get inFlight(): number {
    return this.#busy.size;
  }

  /** When the earliest waiting record becomes due, Unix seconds; undefined where none waits. */
  get nextDue(): number | undefined {
    return this.#waiting.peek()?.due;
  }

  /** Takes a record under schedule, to be probed from `due` on. */
  add(record: PeerRecord, due: number): void {
    record.due = due;
    this.#waiting.add(record);
  }

  /** Forgets a record. One in flight cannot be forgotten before `finish`; then this returns false. */
  remove(record: PeerRecord): boolean {
    switch (record.place) {
      case "in-flight":
        return false;
      case "waiting":
        this.#waiting.remove(record);
        break;
      case "retest":
        this.#retest.remove(record);
        break;
      case "explore":
        this.#explore.remove(record);
        break;
      case "parked":
        this.#unpark(record);
        break;
      case "none":
    }
    return true;
  }

  /** The next record to probe, now in flight, or undefined where nothing can be probed. */
  next(now: number): PeerRecord | undefined {
    this.#wake(now);
    for (let record = this.#draw(); record !== undefined; record = this.#draw()) {
      const queue = this.#busy.get(record.host);
      if (queue === undefined) {
        this.#busy.set(record.host, []);
        record.place = "in-flight";
        return record;
      }
      record.place = "parked";
      queue.push(record);
      this.#parked++;
    }
    return undefined;
  }

  /** The probe is over and its socket closed. With `due` the record is scheduled again, without it is forgotten. */
  finish(record: PeerRecord, due: number | undefined): void {
    const queue = this.#busy.get(record.host) ?? [];
    this.#busy.delete(record.host);
    record.place = "none";
    this.#parked -= queue.length;
    for (const waiting of queue) this.#admit(waiting);
    if (due !== undefined) this.add(record, due);
  }

  #wake(now: number): void {
    for (let record = this.#waiting.peek(); record !== undefined && record.due <= now; record = this.#waiting.peek()) {
      this.#waiting.remove(record);
      this.#admit(record);
    }
  }

  #admit(record: PeerRecord): void {
    (record.lastSuccess > 0 ? this.#retest : this.#explore).add(record);
  }

  #draw(): PeerRecord | undefined {
    if (this.#retest.size === 0) this.#warming = false;
    const exploring = !this.#warming && this.#random() < this.#policy.explorationShare;
    const [first, second] = exploring ? [this.#explore, this.#retest] : [this.#retest, this.#explore];
    return first.draw(this.#random) ?? second.draw(this.#random);
  }

  #unpark(record: PeerRecord): void {
    const queue = this.#busy.get(record.host)!;
    queue.splice(queue.indexOf(record), 1);
    record.place = "none";
    this.#parked--;
  }
}
