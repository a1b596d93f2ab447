import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasServices } from "../../schema/network.ts";
import { FAMILIES, type Pool } from "./pool.ts";
import { crowd, poolOf, spread } from "./test-pool.ts";
import { MAX_VIEW_POOLS, MAX_VIEWS, viewOf, type Buckets } from "./view.ts";

const maskArbitrary = fc.constantFrom(
  "0",
  "1",
  "9",
  "409",
  "40d",
  "8000000000000001",
  "ffffffff",
  "ffffffffffffffff",
  "100000000",
  "80000000",
);
const hostArbitrary = fc.constantFrom(
  "1.2.0.1",
  "1.2.0.2",
  "3.4.0.1",
  "[2a01:1::1]",
  "[2a01:2::1]",
  "[fc00::1]",
  `${"a".repeat(56)}.onion`,
);
const peerArbitrary = fc.record({
  text: fc.tuple(hostArbitrary, fc.constantFrom(8333, 8334)).map(([host, port]) => `${host}:${port}`),
  services: maskArbitrary,
  version: fc.constantFrom(209, 70_001, 70_016),
  asn: fc.constantFrom(null, 1, 2),
});
const selectionArbitrary = fc.record(
  {
    family: fc.constantFrom(...FAMILIES),
    services: maskArbitrary,
    minVersion: fc.constantFrom(0, 70_001, 70_016, 70_017),
    port: fc.constantFrom(8333, 8334, 1),
  },
  { requiredKeys: [] },
);

function bucketsOf({ rows, starts }: Buckets): number[][] {
  return Array.from({ length: starts.length - 1 }, (_, i) => [...rows.subarray(starts[i], starts[i + 1])]);
}

const viewRows = (pool: Pool): number => [...pool.views.values()].reduce((sum, { byGroup }) => sum + byGroup.rows.length, 0);

describe("viewOf", () => {
  it("lets through exactly the peers that the selection asks for, in buckets of one group and of one operator", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(peerArbitrary, { selector: ({ text }) => text, maxLength: 14 }),
        selectionArbitrary,
        (peers, selection) => {
          const pool = poolOf(peers);
          const { byGroup, byOperator } = viewOf(pool, selection);
          const expected = peers.flatMap(({ services, version, text }, row) => {
            if (selection.family !== undefined && FAMILIES[pool.families[row]!] !== selection.family) return [];
            if (selection.services !== undefined && !hasServices(services, selection.services)) return [];
            if (version < (selection.minVersion ?? 0)) return [];
            return selection.port === undefined || text.endsWith(`:${selection.port}`) ? [row] : [];
          });
          for (const [buckets, ids] of [
            [byGroup, pool.groups],
            [byOperator, pool.operators],
          ] as const) {
            expect([...buckets.rows].sort((a, b) => a - b)).toEqual(expected);
            const seen = bucketsOf(buckets).map((rows) => new Set(rows.map((row) => ids[row])));
            for (const each of seen) expect(each.size).toBe(1);
            expect(new Set(seen.flatMap((each) => Array.from(each))).size).toBe(seen.length);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("makes a view once", () => {
    const pool = poolOf(spread(10));
    expect(viewOf(pool, { family: "ipv4", services: "1" })).toBe(viewOf(pool, { services: "1", family: "ipv4" }));
    expect(viewOf(pool, { family: "ipv4" })).not.toBe(viewOf(pool, { services: "1", family: "ipv4" }));
  });

  it("keeps a bounded number of views, those used last", () => {
    const pool = poolOf(spread(10));
    const kept = viewOf(pool, { minVersion: 1 });
    for (let port = 1; port <= 3 * MAX_VIEWS; port++) {
      viewOf(pool, { port });
      expect(pool.views.size).toBeLessThanOrEqual(MAX_VIEWS);
      expect(viewOf(pool, { minVersion: 1 })).toBe(kept);
    }
    expect(pool.views.size).toBe(MAX_VIEWS);
  });

  it("keeps a bounded number of rows", () => {
    const pool = poolOf(crowd(100));
    for (let minVersion = 1; minVersion <= MAX_VIEWS; minVersion++) {
      viewOf(pool, { minVersion });
      expect(viewRows(pool)).toBeLessThanOrEqual(MAX_VIEW_POOLS * pool.size);
    }
    expect(viewRows(pool)).toBe(MAX_VIEW_POOLS * pool.size);
  });
});
