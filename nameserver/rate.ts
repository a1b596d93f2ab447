/** Response rate limiting: so that forged queries cannot aim this server at a victim. Kept in memory only, never logged. */
import { NAMESERVER_LIMITS } from "./limits.ts";

export interface RateLimits {
  readonly answersPerSecond: number;
  readonly answerBurst: number;
  readonly slip: number;
  readonly prefixes: number;
}

/** What to do with a query: answer it, answer it with an empty truncated message, or stay silent. */
export type RateDecision = "answer" | "truncate" | "drop";

interface Bucket {
  tokens: number;
  /** Milliseconds of the last refill. */
  filled: number;
  over: number;
}

/** A token bucket for each source prefix. The clock is a parameter. */
export class ResponseRate {
  readonly #limits: RateLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: RateLimits = NAMESERVER_LIMITS) {
    this.#limits = limits;
  }

  /** Counts one query from `prefix` at `nowMs`. */
  decide(prefix: string, nowMs: number): RateDecision {
    const { answersPerSecond, answerBurst, slip } = this.#limits;
    const bucket = this.#bucket(prefix, nowMs);
    bucket.tokens = Math.min(answerBurst, bucket.tokens + (Math.max(0, nowMs - bucket.filled) * answersPerSecond) / 1000);
    bucket.filled = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return "answer";
    }
    bucket.over = (bucket.over + 1) % slip;
    return bucket.over === 0 ? "truncate" : "drop";
  }

  #bucket(prefix: string, nowMs: number): Bucket {
    let bucket = this.#buckets.get(prefix);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#limits.prefixes) this.#buckets.clear();
      this.#buckets.set(prefix, (bucket = { tokens: this.#limits.answerBurst, filled: nowMs, over: 0 }));
    }
    return bucket;
  }
}
