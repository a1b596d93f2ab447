/** How many connections there are: in all, and from one source. Kept in memory only, never logged. */
import { sourcePrefix } from "./source.ts";

export interface AdmissionLimits {
  readonly connections: number;
  readonly connectionsPerSource: number;
}

/** Counts connections in and out. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perSource = new Map<string, number>();
  #total = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** How many are in. */
  get total(): number {
    return this.#total;
  }

  /** Counts one in, by its IP address. Returns what counts it out again, or undefined where there is no room. */
  admit(address: string): (() => void) | undefined {
    const source = sourcePrefix(address);
    const count = (this.#perSource.get(source) ?? 0) + 1;
    if (this.#total >= this.#limits.connections || count > this.#limits.connectionsPerSource) return undefined;
    this.#total++;
    this.#perSource.set(source, count);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#total--;
      const left = (this.#perSource.get(source) ?? 1) - 1;
      if (left === 0) this.#perSource.delete(source);
      else this.#perSource.set(source, left);
    };
  }
}
