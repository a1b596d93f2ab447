import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { crawlPolicy, DEFAULT_POLICY } from "../crawler/engine/policy.ts";
import { findNetwork } from "../schema/networks/index.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { CliError } from "./errors.ts";
import { crawlOptions, knobOptions, overrideWire, type Knobs } from "./knobs.ts";

function knobs(...args: string[]): Knobs {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of knobOptions()) command.addOption(option);
  return command.parse(args, { from: "user" }).opts<Knobs>();
}

const navio = findNetwork("navio")!;

describe("knobs", () => {
  it("leave the defaults alone where none is turned", () => {
    const { policy, waits, ...rest } = crawlOptions(knobs(), navio);
    expect(crawlPolicy(policy)).toEqual(DEFAULT_POLICY);
    expect(waits).toEqual({});
    expect(rest).toEqual({ concurrency: 256, connectTimeoutMs: 5_000 });
  });

  it("reach the crawl", () => {
    const turned = knobs(
      "--concurrency=24",
      "--max-rate=50",
      "--connect-timeout=4000",
      "--handshake-timeout=4500",
      "--gossip-timeout=9000",
      "--harvest=3600",
      "--max-known=2000",
      "--gone=86400",
      "--enough=100",
      "--retest=2400",
    );
    const { policy, ...rest } = crawlOptions(turned, navio);
    expect(rest).toEqual({ concurrency: 24, maxRate: 50, connectTimeoutMs: 4_000, waits: { handshakeMs: 4_500, gossipMs: 9_000 } });
    expect(policy).toMatchObject({ harvestSeconds: 3_600, maxKnown: 2_000, goneSeconds: 86_400, enoughGood: 100, retestSeconds: 2_400 });
    expect(() => crawlPolicy(policy)).not.toThrow();
  });

  it("pull the retries along on a devnet, but call no stranger sooner than etiquette allows", () => {
    expect(crawlOptions(knobs("--retest=30"), DEVNET).policy).toMatchObject({ minRetrySeconds: 15, goodWindowSeconds: 90 });
    expect(() => crawlPolicy(crawlOptions(knobs("--retest=30"), navio).policy)).toThrow("minRetrySeconds");
  });

  it.each(["--concurrency=0", "--max-rate=x", "--connect-timeout=5", "--harvest=1", "--max-known=99999999"])("refuse %s", (arg) => {
    expect(() => knobs(arg)).toThrow("Expected a whole number");
  });

  it("come from the environment too", () => {
    for (const option of knobOptions()) expect(option.envVar).toMatch(/^SEEDCAST_[A-Z_]+$/);
  });
});

describe("overrideWire", () => {
  it("replaces magic and version, for a test network that was cut anew", () => {
    expect(overrideWire(navio, { magic: "2467D2C2", protocolVersion: 70_017 }).wire).toMatchObject({
      magic: "2467d2c2",
      protocolVersion: 70_017,
    });
    expect(overrideWire(navio, {})).toBe(navio);
  });

  it("knows what opens a message in each family", () => {
    expect(overrideWire(findNetwork("nano")!, { magic: "5241", protocolVersion: 22 }).wire).toMatchObject({
      networkId: "5241",
      versionUsing: 22,
    });
    expect(overrideWire(findNetwork("chia")!, { magic: "testnet12" }).wire).toMatchObject({ networkId: "testnet12" });
  });

  it.each([
    ["navio", { magic: "24" }],
    ["navio", { magic: "2467d2zz" }],
    ["nano", { protocolVersion: 300 }],
    ["chia", { protocolVersion: 1 }],
  ])("refuses what cannot be %s's: %j", (name, wire) => {
    expect(() => overrideWire(findNetwork(name)!, wire)).toThrow(CliError);
  });
});
