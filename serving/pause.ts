/** Waiting between two rounds. */
import { setTimeout as sleep } from "node:timers/promises";

/** Sleeps, or returns at once when the signal says so. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
