import { expect, it } from "vitest";
import { cleanAgent, MAX_USER_AGENT } from "./agent.ts";

it("keeps printable ASCII only, and not too much of it", () => {
  expect(cleanAgent("/Sat\u0000oshi:\u001b[31m1.0\u007f/\u00e9\n<b>")).toBe("/Satoshi:[31m1.0/<b>");
  expect(cleanAgent("y".repeat(MAX_USER_AGENT + 1))).toBe("y".repeat(MAX_USER_AGENT));
});
