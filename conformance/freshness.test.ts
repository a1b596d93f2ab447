import { describe, expect, it } from "vitest";
import { freshnessOf } from "./freshness.ts";

const of = (headers: Record<string, string>) => freshnessOf({ headers: new Map(Object.entries(headers)) });

describe("the lifetime of a response", () => {
  it.each([
    ["max-age=60", 60],
    ["public, max-age=60", 60],
    ['Max-Age="60"', 60],
    ["max-age=60, s-maxage=90", 90],
    ["max-age=60, no-store", 0],
    ["no-cache", 0],
    ["max-age=-5", undefined],
    ["max-age=never", undefined],
    ["public", undefined],
    ["", undefined],
  ])("is, by cache-control: %s, %s", (cache, lifetime) => {
    expect(of({ "cache-control": cache }).lifetime).toBe(lifetime);
  });

  it("is what Expires and Date say where nothing else does", () => {
    const date = "Sat, 01 Nov 2025 00:00:00 GMT";
    const expires = "Sat, 01 Nov 2025 00:02:00 GMT";
    expect(of({ date, expires }).lifetime).toBe(120);
    expect(of({ date, expires, "cache-control": "max-age=5" }).lifetime).toBe(5);
    expect(of({ date: expires, expires: date }).lifetime).toBe(0);
    expect(of({ date, expires: "0" }).lifetime).toBe(0);
  });

  it("may be stretched by stale service, and kept from shared caches", () => {
    expect(of({ "cache-control": "max-age=1, stale-while-revalidate=5, stale-if-error=9" })).toEqual({
      lifetime: 1,
      stale: 9,
      isPrivate: false,
    });
    expect(of({ "cache-control": "private, max-age=1" }).isPrivate).toBe(true);
  });
});
