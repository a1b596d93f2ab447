/** Unix time that never runs backwards, and how long a timer may be. */

/** The longest timer that Node takes, in milliseconds. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A clock in Unix seconds, with fractions. It runs with the monotonic clock and follows the wall clock forward (a correction, a
 * machine that slept), never back: a crawl must not stop for an hour because someone set the clock back by one.
 */
export function steadyClock(wall: () => number = Date.now, monotonic: () => number = () => performance.now()): () => number {
  let offset = wall() - monotonic();
  return () => {
    const steady = monotonic();
    offset = Math.max(offset, wall() - steady);
    return (steady + offset) / 1_000;
  };
}
