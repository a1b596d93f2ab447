/** A value kept in the isolate and renewed behind the answers. */
import { DeadlineError, within } from "./deadline.ts";
import { STORE_TIMEOUT_MS } from "./store.ts";

/** What keeps work alive behind an answer that was sent: the platform's context of one request. Never stored. */
export interface Background {
  waitUntil(work: Promise<unknown>): void;
}

/** A load that has not ended after this many seconds belongs to a request that was cut off: another may start. */
export const STUCK_SECONDS = 30;

/** While nothing usable is held, a failed load is tried again after this many seconds (or the interval, where that is shorter). */
export const RETRY_SECONDS = 5;

/** The longest in milliseconds that an answer waits for a load: the store's own limit, and time to check and decode. */
export const WAIT_MS = STORE_TIMEOUT_MS + 2_000;

/**
 * Single-flight renewal: one load at a time and at most one an interval, whatever the traffic. Holds no request's objects, only the
 * promise of the load in flight; times are Unix seconds. `load` must not reject: it reports its failures itself.
 */
export class Refreshed {
  readonly #interval: number;
  readonly #load: (now: number) => Promise<void>;
  #started = -Infinity;
  #flight: Promise<void> | undefined;

  constructor(intervalSeconds: number, load: (now: number) => Promise<void>) {
    this.#interval = intervalSeconds;
    this.#load = load;
  }

  /** Starts a load if one is due. `usable` tells whether what is held can be served; if not, a retry is due sooner. */
  touch(now: number, usable: boolean, background: Background): void {
    if (this.#flight !== undefined && now - this.#started < STUCK_SECONDS) return;
    const pause = usable ? this.#interval : Math.min(this.#interval, RETRY_SECONDS);
    if (now - this.#started < pause) return;
    this.#started = now;
    const flight = this.#load(now).finally(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    this.#flight = flight;
    background.waitUntil(flight);
  }

  /** Settles with the load in flight, at once where there is none, after `WAIT_MS` where its request was cut off. */
  async settled(): Promise<void> {
    if (this.#flight === undefined) return;
    try {
      await within(WAIT_MS, this.#flight);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
    }
  }
}
