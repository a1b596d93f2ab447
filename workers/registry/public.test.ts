import { describe, expect, it } from "vitest";
import { ChainPageSchema } from "../../schema/chain.ts";
import { PeerCheckSchema, type PeerCheck } from "../../schema/check.ts";
import { sealFromHeaders } from "../../schema/seal.ts";
import { decodeSnapshot, snapshotDigest, SnapshotSealSchema } from "../../schema/snapshot.ts";
import * as v from "valibot";
import { CHAIN_PAGE } from "./public-routes.ts";
import { addresses, createTestRegistry, NOW, problemOf, report, type TestRegistry } from "./test-registry.ts";

const [A = "", B = ""] = addresses(2);

async function ask(registry: TestRegistry, address: string): Promise<PeerCheck> {
  const response = await registry.fetch(`/v1/networks/${registry.network}/peers/${address}`);
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
  return v.parse(PeerCheckSchema, await response.json());
}

describe("check my node", () => {
  it("says what each vantage says, and what follows", async () => {
    const registry = await createTestRegistry("check", { quorum: 2, tenure: 3_600 });
    const [one, two] = [await registry.enrol("one"), await registry.enrol("two")];
    expect(await ask(registry, A)).toEqual({
      network: "check",
      address: A,
      checked: NOW,
      state: "unknown",
      verdict: "refused",
      reason: "not-reported",
      evidence: [],
    });
    await one.push([report(A)]);
    expect(await ask(registry, A)).toMatchObject({ state: "good", verdict: "refused", reason: "quorum-not-met" });
    const lapsed = report(A, { state: "lapsed", reason: "connect-timeout" });
    await two.push([lapsed]);
    expect((await ask(registry, A)).evidence).toEqual([
      { vantage: one.name, pushed: NOW, counts: true, report: report(A) },
      { vantage: two.name, pushed: NOW, counts: true, report: lapsed },
    ]);
    await two.push([report(A)]);
    expect(await ask(registry, A)).toMatchObject({ state: "good", verdict: "servable", reason: null });
    await registry.signed(registry.operator, "POST", `/v1/operator/vantages/${two.id}/disable`);
    expect(await ask(registry, A)).toMatchObject({ reason: "quorum-not-met", evidence: [{ counts: true }, { counts: false }] });
    registry.clock.now += 901;
    expect(await ask(registry, A)).toMatchObject({ state: "unknown", reason: "not-reported" });
  });

  it("takes every spelling of an address, and no other text", async () => {
    const registry = await createTestRegistry("spelling");
    for (const [asked, address, reason] of [
      ["[2A00:1450:0::1]:8333", "[2a00:1450::1]:8333", "not-reported"],
      ["%5B2a00:1450::1%5D%3A8333", "[2a00:1450::1]:8333", "not-reported"],
      ["[::ffff:8.8.8.8]:8333", "8.8.8.8:8333", "not-reported"],
      ["192.168.1.1:8333", "192.168.1.1:8333", "not-routable"],
    ] as const) {
      expect(await ask(registry, asked)).toMatchObject({ address, reason });
    }
    for (const asked of ["8.8.8.8", "example.org:8333", "8.8.8.8:99999", "x".repeat(300), "%00"]) {
      expect(await problemOf(await registry.fetch(`/v1/networks/spelling/peers/${asked}`))).toEqual({ status: 400, slug: "bad-request" });
    }
    expect(await problemOf(await registry.fetch(`/v1/networks/nowhere/peers/${A}`))).toEqual({ status: 404, slug: "unknown-network" });
  });

  it("is a public endpoint", async () => {
    const registry = await createTestRegistry("preflight");
    const path = `/v1/networks/preflight/peers/${A}`;
    expect((await registry.fetch(path, { method: "OPTIONS" })).headers.get("access-control-allow-methods")).toContain("GET");
    expect((await registry.fetch(path, { method: "HEAD" })).status).toBe(200);
    expect(await problemOf(await registry.fetch(path, { method: "PUT" }))).toEqual({ status: 405, slug: "method-not-allowed" });
  });
});

describe("the chain", () => {
  it("gives exact signed bytes, each linked to the one before", async () => {
    const registry = await createTestRegistry("bytes");
    const vantage = await registry.enrol("v");
    await vantage.push([report(A, { agent: "/\u{1F30D}é/" })]);
    registry.clock.now += 60;
    await vantage.push([report(B)]);
    const page = v.parse(ChainPageSchema, await (await registry.fetch("/v1/networks/bytes/snapshots")).json());
    expect(page.snapshots.map(({ seq, created, peers, kept }) => [seq, created, peers, kept])).toEqual([
      [2, NOW + 60, 2, true],
      [1, NOW, 1, true],
    ]);
    for (const link of page.snapshots) {
      const response = await registry.fetch(`/v1/networks/bytes/snapshots/${link.seq}`);
      const bytes = new Uint8Array(await response.clone().arrayBuffer());
      expect(snapshotDigest(bytes)).toBe(link.digest);
      expect(response.headers.get("etag")).toBe(`"${link.digest}"`);
      expect(response.headers.get("cache-control")).toContain("immutable");
      const seal = v.parse(
        SnapshotSealSchema,
        sealFromHeaders((name) => response.headers.get(name)),
      );
      expect(link).toMatchObject(seal);
      expect(decodeSnapshot(await response.text())).toMatchObject({ seq: link.seq, previous: link.previous });
    }
    expect(page.snapshots[0]?.previous).toBe(page.snapshots[1]?.digest);
  });

  it("comes in pages", async () => {
    const registry = await createTestRegistry("chain-pages");
    const vantage = await registry.enrol("v");
    for (let i = 0; i <= CHAIN_PAGE; i++) {
      await vantage.push([report(A, { height: 840_000 + i })]);
      registry.clock.now += 60;
    }
    const first = v.parse(ChainPageSchema, await (await registry.fetch("/v1/networks/chain-pages/snapshots")).json());
    expect(first).toMatchObject({ next: 2 });
    expect(first.snapshots).toHaveLength(CHAIN_PAGE);
    const second = v.parse(ChainPageSchema, await (await registry.fetch(`/v1/networks/chain-pages/snapshots?before=${first.next}`)).json());
    expect(second).toMatchObject({ next: null, snapshots: [{ seq: 1, kept: false, previous: null }] });
  });

  it("refuses numbers that are none", async () => {
    const registry = await createTestRegistry("numbers");
    for (const [path, status] of [
      ["snapshots/1", 404],
      ["snapshots/0", 400],
      ["snapshots/-1", 400],
      ["snapshots/1e3", 400],
      ["snapshots/99999999999999999999", 400],
      ["snapshots?before=abc", 400],
    ] as const) {
      expect(await problemOf(await registry.fetch(`/v1/networks/numbers/${path}`))).toMatchObject({ status });
    }
  });
});
