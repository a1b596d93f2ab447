import { describe, expect, it } from "vitest";
import { chainHeight, isPresent, nodeHeight } from "./clock.ts";
import { parseDevnetConfig } from "./config.ts";
import { createPopulation } from "./population.ts";

const HOUR_MS = 3_600_000;
const config = parseDevnetConfig({ nodes: 200, alive: 0.5, habits: { churner: 1 }, churnSeconds: 600, churnUptime: 0.6 });
const { nodes } = createPopulation(config);
const churners = nodes.filter(({ personality }) => personality === "churner");

describe("chainHeight", () => {
  it("grows by a block each interval and never falls below its start", () => {
    const chain = { ...config, startHeight: 1_000, blockSeconds: 30 };
    expect(chainHeight(chain, HOUR_MS, HOUR_MS)).toBe(1_000);
    expect(chainHeight(chain, HOUR_MS, HOUR_MS + 29_999)).toBe(1_000);
    expect(chainHeight(chain, HOUR_MS, HOUR_MS + 30_000)).toBe(1_001);
    expect(chainHeight(chain, HOUR_MS, 0)).toBe(1_000);
  });
});

describe("nodeHeight", () => {
  it("follows the tip at a small distance, but for stuck nodes", () => {
    const stuck = nodes.find(({ personality }) => personality === "stuck")!;
    expect(nodeHeight(stuck, 200_000)).toBe(nodeHeight(stuck, 100_000));
    for (const node of nodes.filter(({ stuckAt }) => stuckAt === undefined)) {
      expect(200_000 - nodeHeight(node, 200_000)).toBeLessThanOrEqual(2);
    }
  });
});

describe("isPresent", () => {
  it("has churners come and go with their uptime, each at its own moment", () => {
    expect(churners.length).toBeGreaterThan(90);
    const present = (unixMs: number) => churners.filter((node) => isPresent(node, config, unixMs));
    const share = present(HOUR_MS).length / churners.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.8);
    const [first] = churners;
    const seconds = Array.from({ length: 600 }, (_, i) => isPresent(first!, config, HOUR_MS + i * 1_000));
    expect(seconds.filter(Boolean).length).toBeCloseTo(360, -1);
    expect(seconds.filter((is, i) => i > 0 && is !== seconds[i - 1]).length).toBeLessThanOrEqual(2);
  });

  it("has everyone else there always", () => {
    for (const node of nodes.filter(({ personality }) => personality !== "churner")) {
      for (let i = 0; i < 600; i += 60) expect(isPresent(node, config, i * 1_000)).toBe(true);
    }
  });
});
