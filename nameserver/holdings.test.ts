import { expect, it } from "vitest";
import { Holdings } from "./holdings.ts";

it("cuts the largest holders until the rest is within the limit", () => {
  const cut: string[] = [];
  const holdings = new Holdings<string>(100, (holder) => cut.push(holder));
  holdings.note("a", 40);
  holdings.note("b", 50);
  holdings.note("c", 10);
  expect([holdings.total, cut]).toEqual([100, []]);
  holdings.note("c", 11);
  expect([holdings.total, cut]).toEqual([51, ["b"]]);
  holdings.note("a", 0);
  holdings.note("d", 101);
  expect([holdings.total, cut]).toEqual([11, ["b", "d"]]);
});
