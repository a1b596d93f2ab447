import { describe, expect, it } from "vitest";
import { Kept, MAX_KEPT, MAX_KEPT_OCTETS, OBJECT_OCTETS } from "./kept.ts";

describe("what is kept", () => {
  it("is there until it is replaced", () => {
    const kept = new Kept<number>();
    kept.put("a", 1, 1);
    kept.put("a", 2, 1);
    expect([kept.get("a"), kept.get("b")]).toEqual([2, undefined]);
  });

  it("is forgotten when there are too many of them, but for the newest", () => {
    const kept = new Kept<number>();
    for (let i = 0; i < MAX_KEPT; i++) kept.put(String(i), i, 1);
    expect([kept.get("0"), kept.get(String(MAX_KEPT - 1))]).toEqual([0, MAX_KEPT - 1]);
    kept.put("one more", -1, 1);
    expect([kept.get("0"), kept.get(String(MAX_KEPT - 1)), kept.get("one more")]).toEqual([undefined, undefined, -1]);
  });

  it("is forgotten when it takes too much room, keys, objects and what grew later included", () => {
    const kept = new Kept<number>();
    kept.put("a", 1, MAX_KEPT_OCTETS - 2 * OBJECT_OCTETS - 1);
    kept.grow(0);
    expect(kept.get("a")).toBe(1);
    kept.grow(0);
    expect(kept.get("a")).toBeUndefined();
    kept.put("x".repeat(MAX_KEPT_OCTETS), 1, 1);
    kept.put("b", 2, 1);
    expect(kept.get("b")).toBe(2);
  });
});
