/** Unbiased integers from cryptographic words. The source of randomness is a parameter: this folder knows no platform. */

/** A uniform integer from 0 to `below` - 1. `below` is an integer from 1 to 2^32. */
export type RandomInt = (below: number) => number;

/** Words fetched at a time, 8 KB: a sample of 25 needs about 50, and a call to the source takes longer than drawing a sample. */
export const RANDOM_BUFFER_WORDS = 2_048;

const WORDS = 2 ** 32;

/**
 * A `RandomInt` over a source that overwrites an array with random words (`crypto.getRandomValues`). Words that would favour
 * small results are thrown away, so that every value is equally likely. Throws `RangeError` for a bound outside 1 to 2^32.
 */
export function randomInt(fill: (words: Uint32Array<ArrayBuffer>) => void): RandomInt {
  const words = new Uint32Array(RANDOM_BUFFER_WORDS);
  let next = words.length;
  return (below) => {
    if (!Number.isInteger(below) || below < 1 || below > WORDS) throw new RangeError("a random integer needs a bound from 1 to 2^32");
    if (below === 1) return 0;
    for (;;) {
      if (next === words.length) {
        fill(words);
        next = 0;
      }
      const word = words[next++]!;
      // The remainder of 2^32 takes as long as drawing a peer: it is under `below`, so few words need it.
      if (word < WORDS - below || word < WORDS - (WORDS % below)) return word % below;
    }
  };
}
