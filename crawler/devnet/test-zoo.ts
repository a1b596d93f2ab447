/** A devnet with about as many nodes of each personality, for tests of what each does to a caller. */
import type { DevnetConfigInput } from "./config.ts";

const ALL_ALIKE = 1 / 8;

/** A clock for it that stands. Unix milliseconds. */
export const ZOO_MS = 1_800_000_000_000;

export const ZOO = {
  nodes: 200,
  alive: 0.5,
  habits: { slow: ALL_ALIKE, legacy: ALL_ALIKE, announcer: ALL_ALIKE, liar: ALL_ALIKE, flooder: ALL_ALIKE },
  faults: {
    absent: ALL_ALIKE,
    silent: ALL_ALIKE,
    "wrong-magic": ALL_ALIKE,
    "old-version": ALL_ALIKE,
    "missing-services": ALL_ALIKE,
    stuck: ALL_ALIKE,
    dripper: ALL_ALIKE,
    garbage: ALL_ALIKE / 2,
  },
  slowMs: 20,
  announceMs: 20,
  legacyMeanMs: 20,
  dripMs: 1,
} satisfies DevnetConfigInput;
