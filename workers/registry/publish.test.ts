import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { statusKey, StatusSchema } from "../../schema/status.ts";
import * as v from "valibot";
import { SNAPSHOT_TEXTS_KEPT, textParts } from "./chain.ts";
import { publish } from "./publish.ts";
import { tick } from "./routes.ts";
import { A, B, C, ZONE, attempt, peersOf, served } from "./test-publication.ts";
import { createTestRegistry, NOW, report } from "./test-registry.ts";

describe("publishing", () => {
  it("puts servable peers out, signed, with the status beside them", async () => {
    const registry = await createTestRegistry("published", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([
      report(B),
      report(A, { services: "9", agent: "/é/" }),
      report(C, { since: NOW }),
      report("20.1.1.1:8333", { state: "lapsed" }),
    ]);
    expect(await served(registry)).toMatchObject({
      seq: 1,
      previous: null,
      generated: NOW,
      stale: NOW + 900,
      peers: [
        [A, "9", 70016, "/é/", null, null],
        [B, "409", 70016, "/Satoshi:27.0.0/", null, null],
      ],
    });
    const status = v.parse(StatusSchema, await env.SNAPSHOTS.get(statusKey("published"), "json"));
    expect(status).toEqual({
      network: "published",
      generated: NOW,
      servable: 2,
      refused: { "tenure-too-short": 1, lapsed: 1 },
      vantages: [{ name: vantage.name, run: "test", pushed: NOW, good: 3, lapsed: 1 }],
    });
    expect(registry.background.every(({ status: outcome }) => outcome === "fulfilled")).toBe(true);
  });

  it("happens at most once an interval, and then chains on", async () => {
    const registry = await createTestRegistry("interval", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    const first = await served(registry);
    registry.clock.now += 59;
    await vantage.push([report(B)]);
    expect(await peersOf(registry)).toEqual([A]);
    registry.clock.now += 1;
    expect(await attempt(registry)).toBe("published");
    const second = await served(registry);
    expect(second).toMatchObject({ seq: 2, peers: [[A], [B]].map(([address]) => expect.arrayContaining([address])) });
    const chain: { snapshots: { seq: number; digest: string; previous: string | null }[] } = await (
      await registry.fetch("/v1/networks/interval/snapshots")
    ).json();
    expect(chain.snapshots.map(({ seq }) => seq)).toEqual([2, 1]);
    expect(second?.previous).toBe(chain.snapshots[1]?.digest);
    expect(chain.snapshots[0]?.previous).toBe(chain.snapshots[1]?.digest);
    expect(first?.seq).toBe(1);
    expect(await attempt(registry)).toBe("current");
  });

  it("does not make the first servable peer wait, nor an empty network publish with every push", async () => {
    const registry = await createTestRegistry("first-peer", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A, { since: NOW })]);
    expect(await served(registry)).toMatchObject({ seq: 1, peers: [] });
    registry.clock.now += 5;
    await vantage.push([report(A, { since: NOW, height: 840_001 })]);
    expect(await served(registry)).toMatchObject({ seq: 1 });
    registry.clock.now += 5;
    await vantage.push([report(B)]);
    expect(await served(registry)).toMatchObject({ seq: 2, peers: [expect.arrayContaining([B])] });
  });

  it("follows a peer that comes of age with no push at all", async () => {
    const registry = await createTestRegistry("of-age", { ...ZONE, fresh: 900_000, expire: 1_000_000, silence: 100_000 });
    const vantage = await registry.enrol("v");
    await vantage.push([report(A), report(B, { since: NOW - 3_000 })]);
    expect(await peersOf(registry)).toEqual([A]);
    registry.clock.now = NOW + 599;
    expect(await attempt(registry)).toBe("current");
    registry.clock.now = NOW + 600;
    expect(await attempt(registry)).toBe("published");
    expect(await peersOf(registry)).toEqual([A, B]);
  });

  it("renews what nothing changed, as long as a vantage is alive", async () => {
    const registry = await createTestRegistry("renewal", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 299;
    await vantage.push([]);
    expect(await served(registry)).toMatchObject({ seq: 1 });
    registry.clock.now += 1;
    await tick(registry.env, () => registry.clock.now);
    expect(await served(registry)).toMatchObject({ seq: 2, generated: NOW + 300 });
    registry.clock.now += 900;
    expect(await attempt(registry)).toBe("silent");
    expect(await served(registry)).toMatchObject({ seq: 2, stale: NOW + 1_200 });
    await vantage.push([]);
    expect(await served(registry)).toMatchObject({ seq: 3, generated: NOW + 1_200 });
  });

  it("drops what only a silent vantage said, once another one is there to judge by", async () => {
    const registry = await createTestRegistry("one-silent", ZONE);
    const [one, two] = [await registry.enrol("one"), await registry.enrol("two")];
    await one.push([report(A)]);
    await two.push([report(B)]);
    registry.clock.now += 901;
    await two.push([]);
    expect(await peersOf(registry)).toEqual([B]);
  });

  it("takes a disabled vantage's peers out at once, even when nobody else speaks", async () => {
    const registry = await createTestRegistry("disabled", ZONE);
    const [one, two] = [await registry.enrol("one"), await registry.enrol("two")];
    await one.push([report(A)]);
    registry.clock.now += 60;
    await two.push([report(B)]);
    expect(await peersOf(registry)).toEqual([A, B]);
    registry.clock.now += 2_000;
    expect(await attempt(registry)).toBe("silent");
    await registry.signed(registry.operator, "POST", `/v1/operator/vantages/${one.id}/disable`);
    expect(await served(registry)).toMatchObject({ peers: [expect.arrayContaining([B])], stale: registry.clock.now });
    registry.clock.now += 1; // times are whole seconds: what was disabled in the second of a snapshot is taken out once more
    expect(await attempt(registry)).toBe("published");
    registry.clock.now += 1;
    expect(await attempt(registry)).toBe("silent");
  });

  it("waits for a quorum", async () => {
    const registry = await createTestRegistry("quorum", { ...ZONE, quorum: 2 });
    const [one, two] = [await registry.enrol("one"), await registry.enrol("two")];
    await one.push([report(A), report(B)]);
    await two.push([report(B), report(C)]);
    expect(await peersOf(registry)).toEqual([B]);
  });

  it("never signs what is not canonical and dialable, whatever stands in the table", async () => {
    const registry = await createTestRegistry("corrupt", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A), report(B), report(C)]);
    for (const [from, to] of [
      [B, "10.0.0.1:8333"],
      [C, "[::ffff:8.8.8.8]:8333"],
    ] as const) {
      await env.DB.prepare("update reports set address = ? where network = 'corrupt' and address = ?").bind(to, from).run();
    }
    registry.clock.now += 300;
    expect(await attempt(registry)).toBe("published");
    expect(await peersOf(registry)).toEqual([A]);
  });

  it("is done by one of several at the same time", async () => {
    const registry = await createTestRegistry("rivals", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => attempt(registry)));
    // Rivals of the same second make the same bytes, so they may both be right; nobody makes a second one.
    expect(outcomes).toContain("published");
    expect(await served(registry)).toMatchObject({ seq: 2 });
  });

  it("gives way to another publisher who was first with other bytes", async () => {
    const registry = await createTestRegistry("overtaken", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    registry.db.beforeWrite = async () => {
      registry.db.beforeWrite = async () => {};
      expect(await publish(registry.env, registry.served, registry.clock.now + 1)).toBe("published");
    };
    expect(await attempt(registry)).toBe("overtaken");
    expect(await served(registry)).toMatchObject({ seq: 2, generated: NOW + 301 });
  });

  it("keeps the chain and forgets old texts", async () => {
    const registry = await createTestRegistry("pruned", ZONE);
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    for (let i = 0; i < SNAPSHOT_TEXTS_KEPT; i++) {
      registry.clock.now += 300;
      await vantage.push([]);
    }
    const { results } = await env.DB.prepare("select distinct seq from snapshot_parts where network = 'pruned' order by seq").all<{
      seq: number;
    }>();
    expect(results.map(({ seq }) => seq)).toEqual(Array.from({ length: SNAPSHOT_TEXTS_KEPT }, (_, i) => i + 2));
    expect((await registry.fetch("/v1/networks/pruned/snapshots/1")).status).toBe(410);
    expect((await registry.fetch("/v1/networks/pruned/snapshots/2")).status).toBe(200);
  });

  it("cuts text into parts that join again, and never a character in two", () => {
    const text = "a\u{1F30D}b\u{1F30D}\u{1F30D}c";
    for (let length = 2; length < 12; length++) {
      const parts = [...textParts(text, length)];
      expect(parts.join("")).toBe(text);
      expect(parts.every((part) => part.isWellFormed() && part.length <= length)).toBe(true);
    }
  });
});
