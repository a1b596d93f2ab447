/** Token buckets by key: who may do something how often. The clock is a parameter. */

export interface BucketLimits {
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Tokens that a bucket holds. */
  readonly burst: number;
  /** Buckets remembered; beyond, the memory starts afresh. */
  readonly keys: number;
}

interface Bucket {
  tokens: number;
  /** Milliseconds of the last refill. */
  filled: number;
  refused: number;
}

/** A token bucket for each key. */
export class Buckets {
  readonly #limits: BucketLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: BucketLimits) {
    this.#limits = limits;
  }

  /** Takes a token of `key` at `nowMs`. Returns 0, or where there is none, the how manyth time in this bucket's life that is. */
  take(key: string, nowMs: number): number {
    const { perSecond, burst } = this.#limits;
    const bucket = this.#bucket(key, nowMs);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.filled) * perSecond) / 1000);
    bucket.filled = nowMs;
    if (bucket.tokens < 1) return ++bucket.refused;
    bucket.tokens--;
    return 0;
  }

  #bucket(key: string, nowMs: number): Bucket {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#limits.keys) this.#buckets.clear();
      this.#buckets.set(key, (bucket = { tokens: this.#limits.burst, filled: nowMs, refused: 0 }));
    }
    return bucket;
  }
}
