import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { heal, publish, type PublishBindings } from "./publish.ts";
import { tick } from "./routes.ts";
import { A, ZONE, attempt, broken, peersOf, served, withPut } from "./test-publication.ts";
import { createTestRegistry, newKey, NOW, report } from "./test-registry.ts";

describe("the minute tick", () => {
  it("forgets nonces that no signature can use again, and only those", async () => {
    const registry = await createTestRegistry("nonces", ZONE);
    const vantage = await registry.enrol("v");
    expect((await vantage.push([], { nonce: "the-earlier-nonce-1" })).status).toBe(200);
    registry.clock.now += 1;
    expect((await vantage.push([], { nonce: "the-later-nonce-2" })).status).toBe(200);
    await tick(registry.env, () => NOW + 301);
    const { results } = await env.DB.prepare("select nonce from nonces where key = ?").bind(vantage.id).all();
    expect(results).toEqual([{ nonce: "the-later-nonce-2" }]);
  });
});

describe("publishing while a store fails", () => {
  it("heals what KV did not take", async () => {
    const registry = await createTestRegistry("kv-away", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    await expect(attempt(registry, broken(registry))).rejects.toThrow("KV did not take");
    expect(await served(registry)).toMatchObject({ seq: 1 });
    await expect(tick(broken(registry), () => registry.clock.now)).rejects.toThrow(AggregateError);
    await tick(registry.env, () => registry.clock.now);
    expect(await served(registry)).toMatchObject({ seq: 2, generated: NOW + 300 });
    expect(await heal(registry.env, registry.served, registry.clock.now)).toBe(false);
  });

  it("heals what a slow publisher put over a later snapshot", async () => {
    const registry = await createTestRegistry("slow-put", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    const { SNAPSHOTS } = registry.env;
    let overtake: Promise<unknown> | undefined;
    const put: PublishBindings["SNAPSHOTS"]["put"] = async (key: string, ...rest: unknown[]) => {
      await (overtake ??= publish(registry.env, registry.served, registry.clock.now + 300));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- passed on as it came
      await SNAPSHOTS.put(...([key, ...rest] as Parameters<KVNamespace["put"]>));
    };
    expect(await attempt(registry, withPut(registry, put))).toBe("published");
    expect(await overtake).toBe("published");
    expect(await served(registry)).toMatchObject({ seq: 2 });
    await tick(registry.env, () => registry.clock.now);
    expect(await served(registry)).toMatchObject({ seq: 3 });
    expect(await heal(registry.env, registry.served, registry.clock.now)).toBe(false);
  });

  it("answers the push all the same, and the next tick publishes", async () => {
    const registry = await createTestRegistry("d1-away", ZONE);
    const vantage = await registry.enrol("v");
    let writes = 0;
    registry.db.fault = (kind) => (kind === "write" && ++writes === 2 ? "break" : undefined);
    expect((await vantage.push([report(A)])).status).toBe(200);
    expect(registry.background.at(-1)).toMatchObject({ status: "rejected" });
    expect(await served(registry)).toBeUndefined();
    await tick(registry.env, () => registry.clock.now);
    expect(await peersOf(registry)).toEqual([A]);
  });

  it("goes on where only D1's answer was lost", async () => {
    const registry = await createTestRegistry("d1-mute", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    let writes = 0;
    registry.db.fault = (kind) => (kind === "write" && ++writes === 1 ? "lose" : undefined);
    expect(await attempt(registry)).toBe("published");
    expect(await served(registry)).toMatchObject({ seq: 2 });
  });

  it("refuses a key that is none, without quoting it", async () => {
    const registry = await createTestRegistry("no-key", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    const bindings = { ...registry.env, SNAPSHOT_KEY: '{"d":"secret"}' };
    await expect(attempt(registry, bindings)).rejects.toThrow(/^(?!.*secret)private key is not/);
  });

  it("signs nothing by a key that no edge trusts, and keeps what is out", async () => {
    const registry = await createTestRegistry("foreign-key", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    const bindings = { ...registry.env, SNAPSHOT_KEY: JSON.stringify(await newKey()) };
    await expect(tick(bindings, () => registry.clock.now)).rejects.toThrow("ConfigError: SNAPSHOT_KEY");
    expect(await served(registry)).toMatchObject({ seq: 1 });
    expect(await attempt(registry)).toBe("published");
  });
});
