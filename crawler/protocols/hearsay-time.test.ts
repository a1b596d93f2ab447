import { expect, it } from "vitest";
import { clampTime } from "./hearsay-time.ts";

const NOW = 1_700_000_000;
const FIVE_DAYS_AGO = NOW - 432_000;

it.each([
  [0, FIVE_DAYS_AGO],
  [100_000_000, FIVE_DAYS_AGO],
  [100_000_001, 100_000_001],
  [NOW + 600, NOW + 600],
  [NOW + 601, FIVE_DAYS_AGO],
  [0xffff_ffff, FIVE_DAYS_AGO],
])("makes %i %i", (time, clamped) => {
  expect(clampTime(time, NOW)).toBe(clamped);
});

it("stays whole seconds, and never before 1970", () => {
  expect(clampTime(0, NOW + 0.5)).toBe(FIVE_DAYS_AGO);
  expect(clampTime(0, 5)).toBe(0);
});
