import { expect, it } from "vitest";
import { sourcePrefix } from "./source.ts";

it("takes /24 and /56 as one source", () => {
  expect(sourcePrefix("192.0.2.7")).toBe(sourcePrefix("192.0.2.200"));
  expect(sourcePrefix("192.0.2.7")).not.toBe(sourcePrefix("192.0.3.7"));
  expect(sourcePrefix("::ffff:192.0.2.7")).toBe(sourcePrefix("192.0.2.7"));
  expect(sourcePrefix("2001:db8:0:1::1")).toBe(sourcePrefix("2001:db8:0:ff::9"));
  expect(sourcePrefix("2001:db8:0:100::1")).not.toBe(sourcePrefix("2001:db8:0:1::1"));
  expect(sourcePrefix("fe80::1%eth0")).toBe(sourcePrefix("fe80::2"));
});
