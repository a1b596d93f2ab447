import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PUSH_LIMITS } from "../../schema/api.ts";
import { addresses, createTestRegistry, report } from "./test-registry.ts";

/** Rows that any push writes: the stream and the nonce. */
const FIXED_ROWS = 2;

/** Registries whose publishing writes nothing, so that only the push is counted: nobody is old enough. */
const ZONE = { tenure: 31_536_000, interval: 3_600, silence: 31_536_000, fresh: 31_536_000, expire: 31_536_000 };

describe("the rows that a push writes", () => {
  it("are one for each changed peer, none for an unchanged one", async () => {
    const registry = await createTestRegistry("rows", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([]); // publishes the empty snapshot
    const all = addresses(PUSH_LIMITS.changes);
    const measure = async (changes: Parameters<typeof vantage.push>[0]) => {
      registry.db.rowsWritten = 0;
      expect((await vantage.push(changes)).status).toBe(200);
      return registry.db.rowsWritten;
    };
    expect(await measure(all.map((address) => report(address)))).toBe(all.length + FIXED_ROWS);
    expect(await measure(all.map((address) => report(address, { height: 840_001 })))).toBe(all.length + FIXED_ROWS);
    expect(await measure(all.map((address) => report(address, { height: 840_001 })))).toBe(FIXED_ROWS);
    expect(await measure([])).toBe(FIXED_ROWS);
    expect(await measure(all.map((address) => ({ address, state: "gone" })))).toBe(all.length + FIXED_ROWS);
    const { results } = await env.DB.prepare("select 1 from reports where network = 'rows'").all();
    expect(results).toEqual([]);
  });

  it("are one for each peer that differs when a full set is sent again", async () => {
    const registry = await createTestRegistry("rows-again", ZONE);
    const vantage = await registry.enrol("v");
    const all = addresses(1_000).sort();
    await vantage.push(all.map((address) => report(address)));
    const changed = vantage.delta(all.slice(0, 10).map((address) => report(address, { version: 70017 })));
    const changes = all.map((address, i) => report(address, i < 10 ? { version: 70017 } : {}));
    registry.db.rowsWritten = 0;
    const response = await vantage.send({ ...changed, full: { after: null, upto: null }, changes });
    expect(response.status).toBe(200);
    expect(registry.db.rowsWritten).toBe(10 + FIXED_ROWS);
  });

  it("stay within one JSON parameter's limit at the longest user agents", async () => {
    const registry = await createTestRegistry("long-agents", ZONE);
    const vantage = await registry.enrol("v");
    const longest = "\u4e16".repeat(256);
    const all = addresses(3_000);
    let longestBound = 0;
    const real = registry.db.binding.prepare.bind(registry.db.binding);
    registry.env.DB.prepare = (sql) => {
      const statement = real(sql);
      const bind = statement.bind.bind(statement);
      statement.bind = (...values) => {
        for (const value of values) {
          if (typeof value === "string") longestBound = Math.max(longestBound, new TextEncoder().encode(value).length);
        }
        return bind(...values);
      };
      return statement;
    };
    expect((await vantage.push(all.map((address) => report(address, { agent: longest })))).status).toBe(200);
    expect(longestBound).toBeGreaterThan(1_000_000);
    expect(longestBound).toBeLessThan(2_000_000);
  });
});
