/** Unpredictable chance for the engine: whoever could foresee it could foresee the crawl. */
import { randomFillSync } from "node:crypto";

const WORDS = 1_024;

/** Numbers from 0 up to but excluding 1, with 32 random bits each, drawn from the system in blocks. */
export function secureRandom(): () => number {
  const words = new Uint32Array(WORDS);
  let next = WORDS;
  return () => {
    if (next === WORDS) {
      randomFillSync(words);
      next = 0;
    }
    return words[next++]! / 2 ** 32;
  };
}
