import { describe, expect, it } from "vitest";
import { formatSpan } from "./terminal.ts";

describe("a span of time", () => {
  it.each([
    [0, "0 s"],
    [59, "59 s"],
    [60, "1 min"],
    [3_599, "59 min"],
    [3_600, "1 h"],
    [86_399, "23 h"],
    [86_400, "1 d"],
    [0xffff_ffff, "49710 d"],
  ])("of %d seconds is %s", (seconds, text) => {
    expect(formatSpan(seconds)).toBe(text);
  });
});
