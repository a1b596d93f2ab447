/** Tells an outage of ours from an outage of theirs: when nobody at all answers any more, it is we who are cut off. */
import type { AddressFamily } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";

/** These may mean that no packet came back. Everything else, a refusal too, proves that the network is there. */
const SILENT: ReadonlySet<ProbeFailure> = new Set(["unreachable", "connect-timeout"]);

/** What can fail by itself: the internet, or one overlay while the internet is there. */
export type Way = "internet" | Exclude<AddressFamily, "ipv4" | "ipv6">;

const wayTo = (family: AddressFamily): Way => (family === "ipv4" || family === "ipv6" ? "internet" : family);

export class Uplink {
  readonly #outageProbes: number;
  /** Silent retests of good peers in a row, by way. */
  readonly #silent = new Map<Way, number>();

  /** `outageProbes`: so many silent retests of good peers in a row over one way mean an outage of it. */
  constructor(outageProbes: number) {
    this.#outageProbes = outageProbes;
  }

  /** The ways of which failures say nothing about the peers. */
  get down(): Way[] {
    return [...this.#silent].flatMap(([way, silent]) => (silent >= this.#outageProbes ? [way] : []));
  }

  /** Notes the outcome of a probe; `wasGood`: the peer was expected to answer. */
  note(family: AddressFamily, failure: ProbeFailure | undefined, wasGood: boolean): void {
    const way = wayTo(family);
    if (failure === undefined || !SILENT.has(failure)) this.#silent.delete(way);
    else if (wasGood) this.#silent.set(way, (this.#silent.get(way) ?? 0) + 1);
  }

  /** True where the failure must not be held against the peer. */
  excuses(family: AddressFamily, failure: ProbeFailure): boolean {
    return (this.#silent.get(wayTo(family)) ?? 0) >= this.#outageProbes && SILENT.has(failure);
  }
}
