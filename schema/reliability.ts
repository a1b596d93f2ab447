/**
 * How reliably a peer has answered, in five windows that forget exponentially. The formulas are those of sipa's
 * bitcoin-seeder (`db.h`, CAddrStat::Update and CAddrInfo::IsGood) with the holes of its many copies closed:
 * ages are made sane, one test never speaks for more than a day, and a short history is judged on what was observed.
 */

/** The windows' time constants in seconds: 2 h, 8 h, 1 d, 7 d, 30 d. */
export const WINDOW_SECONDS = [7_200, 28_800, 86_400, 604_800, 2_592_000] as const;

/** The age given to the first test of a peer, which has no earlier test to measure from (sipa: 1000 s). */
export const FIRST_TEST_AGE_SECONDS = 1_000;

/** A test tells nothing about the time more than this before it. Older memory fades, and nothing takes its place. */
export const MAX_CREDIT_SECONDS = 86_400;

/** A peer seen failing for longer than this starts its tenure anew: long enough for maintenance, short for a move. */
export const OUTAGE_GRACE_SECONDS = 6 * 3_600;

/** A peer nobody looked at for longer than this starts anew. Longer, because not looking is our fault and not the peer's. */
export const UNSEEN_GRACE_SECONDS = 7 * 86_400;

/** What one window remembers. `reliability <= weight <= 1`. */
export interface Window {
  /** Share of the window in which the peer was good; unobserved time counts as bad. */
  readonly reliability: number;
  /** Number of tests, faded. */
  readonly count: number;
  /** Share of the window that was observed at all. */
  readonly weight: number;
}

/**
 * The five windows, flat: reliability, count and weight of the first window, then of the second, …
 * A flat array of numbers costs a third of what fifteen fields in six objects would, and a crawler keeps very many.
 */
export type Windows = readonly number[];

const FIELDS = 3;

/** The windows of a peer never tested. */
export const EMPTY_WINDOWS: Windows = Array.from({ length: FIELDS * WINDOW_SECONDS.length }, () => 0);

/** One of the five windows, by index. */
export function windowAt(windows: Windows, index: number): Window {
  const at = FIELDS * index;
  return { reliability: windows[at] ?? 0, count: windows[at + 1] ?? 0, weight: windows[at + 2] ?? 0 };
}

/**
 * The windows after one more test. `ageSeconds` is the time since the test before; it is ignored for the first test.
 * An age below zero or not a number (a clock set back) counts as no time passed.
 */
export function updateWindows(windows: Windows, success: boolean, ageSeconds: number): Windows {
  const first = !(windows[1]! > 0);
  const age = first ? FIRST_TEST_AGE_SECONDS : Math.max(0, Number.isNaN(ageSeconds) ? 0 : ageSeconds);
  const credited = Math.min(age, MAX_CREDIT_SECONDS);
  const next = EMPTY_WINDOWS.slice();
  for (let i = 0; i < WINDOW_SECONDS.length; i++) {
    const at = FIELDS * i;
    const fade = Math.exp(-age / WINDOW_SECONDS[i]!);
    const share = -Math.expm1(-credited / WINDOW_SECONDS[i]!);
    next[at] = Math.min(1, windows[at]! * fade + (success ? share : 0));
    next[at + 1] = windows[at + 1]! * fade + 1;
    next[at + 2] = Math.min(1, windows[at + 2]! * fade + share);
  }
  return next;
}

/** Windows read back from storage, or undefined where they cannot be windows. */
export function restoreWindows(values: readonly number[]): Windows | undefined {
  if (values.length !== EMPTY_WINDOWS.length) return undefined;
  for (let at = 0; at < values.length; at += FIELDS) {
    const [reliability, count, weight] = [values[at]!, values[at + 1]!, values[at + 2]!];
    const sane = reliability >= 0 && reliability <= weight + 1e-9 && weight <= 1 && count >= 0 && count < Infinity;
    if (!sane) return undefined;
  }
  return values;
}

/** A window counts as reliable above this reliability, given more than so many (faded) tests; sipa's IsGood. */
export const RELIABLE_ABOVE = [
  { reliability: 0.85, count: 2 },
  { reliability: 0.7, count: 4 },
  { reliability: 0.55, count: 8 },
  { reliability: 0.45, count: 16 },
  { reliability: 0.35, count: 32 },
] as const;

/** Up to so many tests, half of them passed is enough: a young network has no history to show. */
export const YOUNG_TESTS = 3;

/** How often a peer was tested and how often it passed, over its whole life. */
export interface Tests {
  readonly total: number;
  readonly successes: number;
}

/**
 * Whether a history is good enough to serve the peer. Any window suffices. The shortest window is judged on its observed
 * share: with tests twenty minutes apart, sipa's form would call every new peer good three times, bad for three hours,
 * and then good again. The long windows are not, so that a day of flapping does not pass for a month of service.
 */
export function isReliable(windows: Windows, tests: Tests): boolean {
  if (tests.total > 0 && tests.total <= YOUNG_TESTS && tests.successes * 2 >= tests.total) return true;
  return RELIABLE_ABOVE.some((above, i) => {
    const { reliability, count, weight } = windowAt(windows, i);
    const needed = i === 0 ? above.reliability * weight : above.reliability;
    return count > above.count && reliability > needed;
  });
}

/** The five reliabilities in whole thousandths, as a report carries them. */
export function reliabilityThousandths(windows: Windows): number[] {
  return WINDOW_SECONDS.map((_, i) => Math.round(1_000 * windowAt(windows, i).reliability));
}

/** What tenure depends on. Unix seconds; undefined where it never happened. */
export interface Service {
  /** Start of the tenure so far. */
  readonly since: number | undefined;
  readonly lastSuccess: number | undefined;
  /** The first failure after `lastSuccess`. */
  readonly failingSince: number | undefined;
}

/** The start of a peer's tenure, given that it passed a test at `now`. Never later than `now`. */
export function tenureSince({ since, lastSuccess, failingSince }: Service, now: number): number {
  if (since === undefined || lastSuccess === undefined || since > now) return now;
  if (now - lastSuccess > UNSEEN_GRACE_SECONDS) return now;
  if (failingSince !== undefined && now - failingSince > OUTAGE_GRACE_SECONDS) return now;
  return since;
}
