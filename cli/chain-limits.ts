/** What auditing strangers' chains may cost: they may be endless, huge or slow. */
import { fetchAnswer, type Answer } from "./edge.ts";
import { CliError } from "./errors.ts";

export const CHAIN_LIMITS = {
  /** Octets of all answers together: 64 snapshots of the largest kind. */
  octets: 512 * 1024 * 1024,
  /** Octets of one answer: 100,000 peers are about 8 MB, a page of links 35 kB. */
  answerOctets: 32 * 1024 * 1024,
  /** From the first question to the last answer, seconds. */
  seconds: 600,
} as const;

export type ChainLimits = { readonly [limit in keyof typeof CHAIN_LIMITS]: number };

/** GETs a URL within what is left of the limits. Rejects with `CliError`. */
export type LimitedFetch = (url: URL) => Promise<Answer>;

/** Starts counting. */
export function limitedFetch(signal: AbortSignal, limits: ChainLimits = CHAIN_LIMITS): LimitedFetch {
  const deadline = AbortSignal.timeout(limits.seconds * 1_000);
  let left = limits.octets;
  return async (url) => {
    if (left <= 0) throw new CliError(`${url.origin}: gave up after ${limits.octets} octets`);
    try {
      const answer = await fetchAnswer(url, "application/json", AbortSignal.any([signal, deadline]), Math.min(left, limits.answerOctets));
      left -= answer.bytes.length;
      return answer;
    } catch (error) {
      if (deadline.aborted && !signal.aborted) throw new CliError(`${url.origin}: gave up after ${limits.seconds} s`, { cause: error });
      throw error;
    }
  };
}
