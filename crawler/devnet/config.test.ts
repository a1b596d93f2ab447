import { describe, expect, it } from "vitest";
import { DevnetConfigError, MAX_DEVNET_NODES, MAX_ODD_PORTS, parseDevnetConfig } from "./config.ts";

describe("parseDevnetConfig", () => {
  it("fills in every default", () => {
    expect(parseDevnetConfig({})).toMatchObject({ nodes: 300, alive: 0.6, entries: 3, layout: "auto", ipv4Prefix: "127.0.0.0/8" });
  });

  it("begins with a preset, and lets given fields go first", () => {
    expect(parseDevnetConfig({ preset: "bench" })).toMatchObject({ nodes: 20_000, alive: 0.25, habits: { liar: 0, churner: 0 } });
    expect(parseDevnetConfig({ preset: "bench", nodes: 50 })).toMatchObject({ nodes: 50, alive: 0.25 });
    expect(parseDevnetConfig({ preset: "small" }).nodes).toBe(300);
  });

  it("gives no share to a kind that is not named beside others", () => {
    expect(parseDevnetConfig({ faults: { silent: 1 } }).faults).toMatchObject({ silent: 1, absent: 0, garbage: 0 });
  });

  it.each([
    ["nodes", { nodes: 0 }],
    ["nodes", { nodes: MAX_DEVNET_NODES + 1 }],
    ["nodes", { nodes: 1.5 }],
    ["oddPorts", { oddPorts: MAX_ODD_PORTS + 1 }],
    ["alive", { alive: 1.1 }],
    ["habits", { habits: { slow: 0.6, liar: 0.5 } }],
    ["habits.slow", { habits: { slow: -0.1 } }],
    ["faults.faithful", { faults: { faithful: 0.1 } }],
    ["preset", { preset: "huge" }],
    ["preset", { preset: "__proto__" }],
    ["ipv4Prefix", { ipv4Prefix: "127.0.0.0/9" }],
    ["ipv4Prefix", { ipv4Prefix: "127.0.0.1/8" }],
    ["ipv4Prefix", { ipv4Prefix: "2a01:4f8::/32" }],
    ["ipv6Prefix", { ipv6Prefix: "2a01:4f8::/32" }],
    ["ipv6Prefix", { ipv4Prefix: "25.0.0.0/8", ipv6Prefix: "26.0.0.0/8" }],
    ["ipv6Prefix", { ipv4Prefix: "25.0.0.0/8", ipv6Prefix: "hello" }],
    ["blockSeconds", { blockSeconds: 0 }],
    ["blocks", { blocks: 1 }],
    ["configuration", null],
    ["configuration", "small"],
  ])("names the bad field %s", (field, value) => {
    expect(() => parseDevnetConfig(value)).toThrow(DevnetConfigError);
    expect(() => parseDevnetConfig(value)).toThrow(`devnet: ${field}: `);
  });
});
