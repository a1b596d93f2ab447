/** Tells an outage of ours from an outage of theirs: when nobody at all answers any more, it is we who are cut off. */
import type { ProbeFailure } from "../../schema/report.ts";

/** These may mean that no packet came back. Everything else, a refusal too, proves that the network is there. */
const SILENT: ReadonlySet<ProbeFailure> = new Set(["unreachable", "connect-timeout"]);

export class Uplink {
  readonly #outageProbes: number;
  #silent = 0;

  /** `outageProbes`: so many silent retests of good peers in a row mean an outage. */
  constructor(outageProbes: number) {
    this.#outageProbes = outageProbes;
  }

  /** True while failures say nothing about the peers. */
  get isDown(): boolean {
    return this.#silent >= this.#outageProbes;
  }

  /** Notes the outcome of a probe; `wasGood`: the peer was expected to answer. */
  note(failure: ProbeFailure | undefined, wasGood: boolean): void {
    if (failure === undefined || !SILENT.has(failure)) this.#silent = 0;
    else if (wasGood) this.#silent++;
  }

  /** True where the failure must not be held against the peer. */
  excuses(failure: ProbeFailure): boolean {
    return this.isDown && SILENT.has(failure);
  }
}
