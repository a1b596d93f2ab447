import { describe, expect, it } from "vitest";
import { NETWORKS } from "../../schema/networks/index.ts";
import { createSession } from "./families.ts";

const context = {
  target: { family: "ipv4", host: "25.1.0.1", port: 1 },
  harvest: true,
  unixTime: 1_800_000_000,
  random: (length: number) => new Uint8Array(length).fill(7),
  userAgent: "/test/",
} as const;

describe.each(NETWORKS)("a session of $name", (network) => {
  it("speaks first, and waits for a while", () => {
    const { send, deadline } = createSession(network, context).open(1_000);
    expect(send).toHaveLength(1);
    expect(deadline).toBeGreaterThan(2_000);
  });

  it("has the operator's patience where he gives it any", () => {
    expect(createSession(network, { ...context, waits: { handshakeMs: 123 } }).open(1_000).deadline).toBe(1_123);
  });
});
