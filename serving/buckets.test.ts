import { describe, expect, it } from "vitest";
import { Buckets } from "./buckets.ts";

const take = (buckets: Buckets, key: string, at: number, times: number) => Array.from({ length: times }, () => buckets.take(key, at));

describe("token buckets", () => {
  const limits = { perSecond: 2, burst: 3, keys: 3 };

  it("gives a burst, counts refusals, and fills again with time but never above the burst", () => {
    const buckets = new Buckets(limits);
    expect(take(buckets, "a", 0, 5)).toEqual([0, 0, 0, 1, 2]);
    expect(take(buckets, "b", 0, 1)).toEqual([0]);
    expect(take(buckets, "a", 500, 2)).toEqual([0, 3]);
    expect(take(buckets, "a", 100, 1)).toEqual([4]); // a clock that goes back gives nothing
    expect(take(buckets, "a", 60_000, 4)).toEqual([0, 0, 0, 5]);
  });

  it("remembers no more keys than its limit", () => {
    const buckets = new Buckets(limits);
    take(buckets, "a", 0, 4);
    for (const key of ["b", "c", "d"]) buckets.take(key, 0);
    expect(buckets.take("a", 0)).toBe(0);
  });
});
