import { expect, it } from "vitest";
import { steadyClock } from "./clock.ts";
import { Rate } from "./rate.ts";
import { secureRandom } from "./random.ts";

it("steadyClock follows the wall forward and never back", () => {
  let [wall, monotonic] = [1_000_000, 50];
  const clock = steadyClock(
    () => wall,
    () => monotonic,
  );
  expect(clock()).toBe(1_000);
  [wall, monotonic] = [1_500_000, 1_050]; // the machine slept
  expect(clock()).toBe(1_500);
  [wall, monotonic] = [900_000, 2_050]; // the clock was set back
  expect(clock()).toBe(1_501);
});

it("Rate is the mean of the last ten whole seconds", () => {
  const rate = new Rate();
  for (let n = 0; n < 50; n++) rate.note(100 + n / 50);
  expect(rate.perSecond(100.99)).toBe(50); // the first second is all there is
  for (let n = 0; n < 10; n++) rate.note(101.5);
  expect(rate.perSecond(102)).toBe(30);
  expect(rate.perSecond(111.9)).toBe(1);
  expect(rate.perSecond(112.5)).toBe(0);
  expect(rate.perSecond(1e6)).toBe(0);
});

it("secureRandom is uniform on [0, 1)", () => {
  const random = secureRandom();
  const buckets = Array.from({ length: 16 }, () => 0);
  for (let n = 0; n < 32_000; n++) buckets[Math.floor(random() * 16)]!++;
  const chiSquare = buckets.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
  expect(chiSquare).toBeLessThan(50); // 15 degrees of freedom: p < 0.00002
});
