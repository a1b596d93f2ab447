import { describe, expect, it } from "vitest";
import { createGuard } from "./guard.ts";

describe("createGuard", () => {
  const guard = createGuard({ ipv4Prefix: "127.0.0.0/8" });

  it("admits loopback at both ends", () => {
    expect(guard("127.9.8.7", "127.0.0.1")).toBe(true);
    expect(guard("::1", "::1")).toBe(true);
  });

  it.each([
    ["192.168.1.5", "192.168.1.5"],
    ["127.0.0.1", "192.168.1.5"],
    ["192.168.1.5", "127.0.0.1"],
    ["127.0.0.1", "128.0.0.1"],
    ["::1", "2a01:4f8::1"],
    ["fe80::1%eth0", "fe80::2%eth0"],
    ["127.0.0.1", undefined],
    [undefined, "127.0.0.1"],
  ])("refuses %s called by %s", (local, remote) => {
    expect(guard(local, remote)).toBe(false);
  });

  it("admits the prefixes of a namespace, and no more", () => {
    const wide = createGuard({ ipv4Prefix: "25.0.0.0/8", ipv6Prefix: "2a01:4f8::/32" });
    expect(wide("25.1.2.3", "25.200.0.1")).toBe(true);
    expect(wide("2a01:4f8::5", "2a01:4f8::9")).toBe(true);
    expect(wide("25.1.2.3", "26.0.0.1")).toBe(false);
    expect(wide("2a01:4f8::5", "2a01:4f9::5")).toBe(false);
  });
});
