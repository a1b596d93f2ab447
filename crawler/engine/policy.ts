/** Every number by which a crawl decides, in one place. All times are seconds. */

export interface CrawlPolicy {
  /** A good peer is tested again after this long. At most an hour, or new peers turn unreliable between tests. */
  readonly retestSeconds: number;
  /** Retests are spread by up to this share earlier or later, so that nobody can foresee the order of a crawl. */
  readonly retestJitter: number;
  /** Etiquette: the least time between two attempts at one address (sipa 1000 s, Chia 600 s). Backoff starts here. */
  readonly minRetrySeconds: number;
  /** How long one success keeps a peer good. Several retests fit in it: one late retest does not make the list flap. */
  readonly goodWindowSeconds: number;
  /** Each further failure in a row multiplies the wait by this. */
  readonly backoffFactor: number;
  /** Longest wait for a peer that was verified once. Short, so that it is found again soon after it comes back. */
  readonly lapsedRetrySeconds: number;
  /** Longest wait for an address that never was verified. */
  readonly hearsayRetrySeconds: number;
  /** A peer not verified for this long is gone: forgotten, and no longer reported. */
  readonly goneSeconds: number;
  /** An address never verified is dropped after so many failures in a row … */
  readonly dropFailures: number;
  /** … unless someone spoke of it within this time: forgetting it would only have it probed afresh. */
  readonly dropUnheardSeconds: number;
  /** A peer is asked for addresses once in this time. Core caches its answer for about a day (bitcoin#18991). */
  readonly harvestSeconds: number;
  /** A peer that had no addresses to tell is asked again after this time: young networks grow by the hour. */
  readonly harvestRetrySeconds: number;
  /** Where gossip tells almost nothing new, only this share of newly found peers is asked at once; the rest within a day. */
  readonly saturatedHarvestShare: number;
  /** Most addresses known at a time. Beyond it a new address displaces one never verified. */
  readonly maxKnown: number;
  /** Most new addresses taken from one host or input in a day; a full `getaddr` answer has 1000. */
  readonly sourceQuota: number;
  /** Most addresses known on one public host (IPv6: one /64), or gossip could have us scan the ports of a victim. One more on the network's own port. */
  readonly maxPerHost: number;
  /** Gossip about addresses last seen longer ago is ignored (sipa: 7 days). */
  readonly maxHearsayAgeSeconds: number;
  /** While retests are due, this share of the picks still goes to addresses never verified. */
  readonly explorationShare: number;
  /** Only heights told within this time make the median. */
  readonly heightWindowSeconds: number;
  /** So many retests of good peers in a row without a sign of life from anyone mean that we are cut off, not they. */
  readonly outageProbes: number;
  /** With fewer good peers than this the inputs (DNS seeds, introducers and the like) are asked again. */
  readonly enoughGood: number;
  /** An input that gave addresses is not asked again for this long (sipa: 30 min) … */
  readonly seedSeconds: number;
  /** … and one that gave none for this long at first, then twice as long each time, up to `seedSeconds`. */
  readonly seedRetrySeconds: number;
  /** After some inputs gave new addresses, the next are left alone for this long: these may suffice (Core: 11 s). */
  readonly seedPauseSeconds: number;
  /** Inputs are not asked before the good peers of the last run were verified again, or this time has passed. */
  readonly warmUpSeconds: number;
}

export const DEFAULT_POLICY: CrawlPolicy = {
  retestSeconds: 1_200,
  retestJitter: 0.1,
  minRetrySeconds: 600,
  goodWindowSeconds: 3_600,
  backoffFactor: 2,
  lapsedRetrySeconds: 4 * 3_600,
  hearsayRetrySeconds: 86_400,
  goneSeconds: 7 * 86_400,
  dropFailures: 5,
  dropUnheardSeconds: 86_400,
  harvestSeconds: 86_400,
  harvestRetrySeconds: 3_600,
  saturatedHarvestShare: 0.125,
  maxKnown: 500_000,
  sourceQuota: 2_500,
  maxPerHost: 8,
  maxHearsayAgeSeconds: 7 * 86_400,
  explorationShare: 0.125,
  heightWindowSeconds: 7_200,
  outageProbes: 20,
  enoughGood: 25,
  seedSeconds: 1_800,
  seedRetrySeconds: 60,
  seedPauseSeconds: 11,
  warmUpSeconds: 60,
};

/** A policy that contradicts itself; the message names the field. */
export class PolicyError extends Error {
  override name = "PolicyError";
}

/** The default policy with some numbers replaced. Throws `PolicyError` where they cannot work together. */
export function crawlPolicy(overrides: Partial<CrawlPolicy> = {}): CrawlPolicy {
  const policy = { ...DEFAULT_POLICY, ...overrides };
  for (const [field, value] of Object.entries(policy)) {
    if (!(value >= 0 && value < Infinity)) throw new PolicyError(`${field} must be a number from 0 up`);
  }
  const { retestSeconds, retestJitter, minRetrySeconds, goodWindowSeconds } = policy;
  if (policy.backoffFactor < 1) throw new PolicyError("backoffFactor must be at least 1");
  if (retestJitter >= 1) throw new PolicyError("retestJitter must be below 1");
  if (minRetrySeconds > retestSeconds * (1 - retestJitter)) {
    throw new PolicyError("minRetrySeconds must not exceed the earliest retest");
  }
  if (goodWindowSeconds < 2 * retestSeconds) {
    throw new PolicyError("goodWindowSeconds must be at least twice retestSeconds, or good peers lapse before their retest");
  }
  return policy;
}
