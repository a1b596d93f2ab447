/** Response rate limiting: so that forged queries cannot aim this server at a victim. Kept in memory only, never logged. */
import { Buckets } from "../serving/buckets.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";

export interface RateLimits {
  readonly answersPerSecond: number;
  readonly answerBurst: number;
  readonly slip: number;
  readonly prefixes: number;
}

/** What to do with a query: answer it, answer it with an empty truncated message, or stay silent. */
export type RateDecision = "answer" | "truncate" | "drop";

/** Decides for each source prefix. The clock is a parameter. */
export class ResponseRate {
  readonly #slip: number;
  readonly #buckets: Buckets;

  constructor({ answersPerSecond, answerBurst, slip, prefixes }: RateLimits = NAMESERVER_LIMITS) {
    this.#slip = slip;
    this.#buckets = new Buckets({ perSecond: answersPerSecond, burst: answerBurst, keys: prefixes });
  }

  /** Counts one query from `prefix` at `nowMs`. */
  decide(prefix: string, nowMs: number): RateDecision {
    const refused = this.#buckets.take(prefix, nowMs);
    if (refused === 0) return "answer";
    return refused % this.#slip === 0 ? "truncate" : "drop";
  }
}
