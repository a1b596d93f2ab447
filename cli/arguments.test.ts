import { expect, it } from "vitest";
import { keyIdsLast } from "./arguments.ts";

const ID = `-V${"x".repeat(41)}`;

it("has a key id that looks like an option taken for what it is", () => {
  expect(keyIdsLast(["vantage", "enable", ID, "--edge", "https://x"])).toEqual(["vantage", "enable", "--edge", "https://x", "--", ID]);
});

it("leaves everything else where it is", () => {
  for (const args of [[], ["--public-key", ID], ["vantage", "enable", "--", ID], ["-V"], ["crawl", "--once", "-n", "navio"]]) {
    expect(keyIdsLast(args)).toEqual(args);
  }
});
