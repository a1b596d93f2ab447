/** When a peer says that another was last seen. */

const ABSURDLY_OLD = 100_000_000;
const CLOCK_SKEW_SECONDS = 600;
const ABSURD_TIME_AGE_SECONDS = 5 * 86_400;

/** The time of a gossip entry, Unix seconds; an absurd one (before 1973 or in the future) counts as five days ago, as in Core, bcoin and sipa's seeder. */
export function clampTime(time: number, now: number): number {
  const isAbsurd = time <= ABSURDLY_OLD || time > now + CLOCK_SKEW_SECONDS;
  return isAbsurd ? Math.max(0, Math.floor(now) - ABSURD_TIME_AGE_SECONDS) : time;
}
