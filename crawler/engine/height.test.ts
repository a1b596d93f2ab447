import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heights, isStale, MAX_HEIGHT_GROUPS, MIN_HEIGHT_GROUPS } from "./height.ts";
import { NOW, PUBLIC_NETWORK } from "./test-kit.ts";

describe("Heights", () => {
  it("says nothing before enough groups spoke", () => {
    const heights = new Heights(100);
    for (let n = 0; n < MIN_HEIGHT_GROUPS; n++) {
      expect(heights.median(NOW)).toBeUndefined();
      heights.add(`group ${n}`, 500, NOW);
    }
    expect(heights.median(NOW)).toBe(500);
  });

  it("gives a group one voice, however loud", () => {
    const heights = new Heights(100);
    for (const group of ["a", "b", "c"]) heights.add(group, 500, NOW);
    for (let n = 0; n < 1_000; n++) heights.add("liar", 1_000_000 + n, NOW);
    expect(heights.median(NOW)).toBe(500);
  });

  it("lies within the honest heights while liars are fewer than half", () => {
    const voices = fc.record({
      honest: fc.array(fc.integer({ min: 1_000, max: 1_010 }), { minLength: 3, maxLength: 60 }),
      lies: fc.array(fc.nat(2 ** 31 - 1), { maxLength: 59 }),
    });
    fc.assert(
      fc.property(voices, ({ honest, lies }) => {
        const heights = new Heights(100);
        for (const [n, height] of lies.slice(0, honest.length - 1).entries()) heights.add(`liar ${n}`, height, NOW);
        for (const [n, height] of honest.entries()) heights.add(`honest ${n}`, height, NOW);
        const median = heights.median(NOW + 10)!;
        expect(median).toBeGreaterThanOrEqual(1_000);
        expect(median).toBeLessThanOrEqual(1_010);
      }),
    );
  });

  it("forgets what was said before its window, and follows the chain", () => {
    const heights = new Heights(100);
    for (const group of ["a", "b", "c"]) heights.add(group, 500, NOW);
    for (const group of ["d", "e", "f"]) heights.add(group, 700, NOW + 90);
    expect(heights.median(NOW + 90)).toBe(500);
    expect(heights.median(NOW + 110)).toBe(700);
    expect(heights.median(NOW + 300)).toBeUndefined();
  });

  it("keeps a bounded number of groups", () => {
    const heights = new Heights(1e6);
    for (let n = 0; n < MAX_HEIGHT_GROUPS; n++) heights.add(`old ${n}`, 1, NOW);
    for (let n = 0; n < MAX_HEIGHT_GROUPS; n++) heights.add(`new ${n}`, 2, NOW + 1);
    heights.add("one more", 3, NOW + 100);
    expect(heights.median(NOW + 100)).toBe(2);
  });
});

describe("isStale", () => {
  const network = { ...PUBLIC_NETWORK, minHeight: 50, maxHeightLag: 10 };

  it("is below the floor, or too far behind the median", () => {
    expect(isStale(49, network, undefined)).toBe(true);
    expect(isStale(50, network, undefined)).toBe(false);
    expect(isStale(89, network, 100)).toBe(true);
    expect(isStale(90, network, 100)).toBe(false);
    expect(isStale(1e6, network, 100)).toBe(false);
  });
});
