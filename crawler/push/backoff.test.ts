import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BACKOFF, backoffDelay, parseRetryAfter } from "./backoff.ts";

describe("backoffDelay", () => {
  it("grows from half the base and never passes the cap", () => {
    expect([1, 2, 3].map((failures) => backoffDelay(failures, () => 0))).toEqual([500, 1_000, 2_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const delay = backoffDelay(failures, () => random);
        expect(delay).toBeGreaterThanOrEqual(BACKOFF.base / 2);
        expect(delay).toBeLessThanOrEqual(BACKOFF.cap);
      }),
    );
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("Sun, 06 Nov 1994 08:49:37 GMT");
  it.each([
    [null, undefined],
    ["soon", undefined],
    ["0", 0],
    ["120", 120_000],
    ["99999999", BACKOFF.cap],
    ["Sun, 06 Nov 1994 08:49:47 GMT", 10_000],
    ["Sun, 06 Nov 1994 08:49:27 GMT", 0],
  ])("reads %j", (header, wait) => {
    expect(parseRetryAfter(header, now)).toBe(wait);
  });
});
