/** What the passing of time does to a devnet: blocks are found, and some nodes come and go. No timers: everything is worked out when asked. */
import type { DevnetConfig } from "./config.ts";
import type { DevnetNode } from "./population.ts";
import { mix } from "./random.ts";

/** The chain's height at a time. `unixMs` and `startedMs` in Unix milliseconds; it never falls, even where the clock does. */
export function chainHeight({ startHeight, blockSeconds }: DevnetConfig, startedMs: number, unixMs: number): number {
  return startHeight + Math.max(0, Math.floor((unixMs - startedMs) / 1000 / blockSeconds));
}

/** The height that a node states where the chain is at `tip`. */
export function nodeHeight(node: DevnetNode, tip: number): number {
  return node.stuckAt ?? Math.max(0, tip - node.lag);
}

/** Whether a node is there at a time (Unix milliseconds). Only a churner ever is not: each goes at its own moment of the period. */
export function isPresent({ personality, index }: DevnetNode, { seed, churnSeconds, churnUptime }: DevnetConfig, unixMs: number): boolean {
  if (personality !== "churner") return true;
  const phase = (mix(seed, 9, index) / 0x1_0000_0000) * churnSeconds;
  return (unixMs / 1000 + phase) % churnSeconds < churnUptime * churnSeconds;
}
