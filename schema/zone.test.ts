import { describe, expect, it } from "vitest";
import { findEnclosing } from "./zone.ts";

describe("findEnclosing", () => {
  const zones = new Map([
    ["seed.example.org.", "outer"],
    ["test.seed.example.org.", "inner"],
  ]);

  it.each([
    ["seed.example.org.", "outer"],
    ["x9.seed.example.org.", "outer"],
    ["x9.test.seed.example.org.", "inner"],
    ["test.seed.example.org.", "inner"],
    ["example.org.", undefined],
    ["myseed.example.org.", undefined],
    [".", undefined],
    ["", undefined],
    ["x\\.test.seed.example.org.", "outer"],
    ["x\\.seed.example.org.", undefined],
    ["x\\\\.seed.example.org.", "outer"],
  ])("%s is in %s", (name, zone) => {
    expect(findEnclosing(zones, name)).toBe(zone);
  });
});
