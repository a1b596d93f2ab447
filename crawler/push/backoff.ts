/** How long to wait before trying again. All times in milliseconds. */

export const BACKOFF = {
  /** The first wait. */
  base: 1_000,
  /** No wait is longer, however often it failed or whatever the registry asks for. */
  cap: 300_000,
} as const;

/** Exponential backoff with jitter: half of the wait is random, so that vantages do not come back together. `random` is in [0, 1). */
export function backoffDelay(failures: number, random: () => number): number {
  const ceiling = Math.min(BACKOFF.cap, BACKOFF.base * 2 ** Math.min(failures - 1, 30));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** The wait that a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or a date), within the cap; undefined where it is absent or unreadable. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d{1,10}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), BACKOFF.cap);
}
