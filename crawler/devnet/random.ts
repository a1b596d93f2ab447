/** Randomness that is a function of its keys, so that a devnet of the same seed is the same devnet. Not for secrets. */

/** A 32-bit hash of integers, evenly spread (the mixing steps of MurmurHash3, one round a key). */
export function mix(...keys: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    let k = Math.imul(key | 0, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    hash ^= k;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of numbers from 0 to below 1, the same for the same keys (mulberry32). */
export function seeded(...keys: readonly number[]): () => number {
  let state = mix(...keys);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** An integer from 0 to below `limit`. */
export const below = (limit: number, random: () => number): number => Math.floor(random() * limit);

/** One of the values, which must not be none. */
export const pick = <T>(values: readonly T[], random: () => number): T => values[below(values.length, random)]!;

/** Puts a random choice of `count` values in random order at the front of the array (Fisher-Yates, stopped early). */
export function shuffle(values: { [index: number]: number; readonly length: number }, count: number, random: () => number): void {
  const end = Math.min(count, values.length);
  for (let i = 0; i < end; i++) {
    const j = i + below(values.length - i, random);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
