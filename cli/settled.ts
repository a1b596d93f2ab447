/** When a crawl that should end has nothing left to do. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Crawl } from "../crawler/crawl.ts";

/** How often to look, milliseconds. */
const LOOK_MS = 100;
/** So many looks in a row must find nothing due and nothing under way: longer than an address waits after we ran out of sockets. */
const CALM_LOOKS = 15;

/**
 * Resolves when every address known has been probed, no input is about to name more and nothing is under way, or when the signal is aborted.
 */
export async function untilSettled(crawl: Crawl, signal: AbortSignal): Promise<void> {
  let calm = 0;
  while (!signal.aborted && calm < CALM_LOOKS) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    const { due, inFlight, asking } = crawl.progress();
    calm = !asking && due + inFlight === 0 ? calm + 1 : 0;
  }
}
