import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MAX_ADDRESS_LENGTH } from "../../schema/address.ts";
import { PUSH_LIMITS } from "../../schema/api.ts";
import { MAX_AGENT_LENGTH } from "../../schema/report.ts";
import { MAX_DETAIL_LENGTH } from "./body.ts";
import { addresses, createTestRegistry, newKey, NOW, problemOf, report } from "./test-registry.ts";
import { expectInStep, readBack, reply } from "./test-step.ts";

const [A = "", B = ""] = addresses(2);

describe("a push that may not be", () => {
  it("refuses what is not the contract", async () => {
    const vantage = await (await createTestRegistry("contract")).enrol("v");
    const push = vantage.delta([report(A)]);
    const bodies: unknown[] = [
      [],
      { ...push, extra: 1 },
      { ...push, seq: -1 },
      { ...push, digest: "x" },
      { ...push, changes: [{ ...report(A), services: "0x1" }] },
      { ...push, changes: [report(A, { agent: "a\u0000b" })] },
      { ...push, changes: [report(A, { agent: "\uD800" })] },
      { ...push, changes: [report(A, { agent: "a".repeat(MAX_AGENT_LENGTH + 1) })] },
      { ...push, changes: [{ address: "1".repeat(MAX_ADDRESS_LENGTH + 1), state: "gone" }] },
      { ...push, changes: [{ address: A, state: "dead" }] },
    ];
    for (const body of bodies) expect(await problemOf(await vantage.send(body))).toEqual({ status: 400, slug: "bad-request" });
    await expectInStep(vantage);
  });

  it("names the field that is wrong, and quotes no more of a push than a line", async () => {
    const vantage = await (await createTestRegistry("named-field")).enrol("v");
    const push = vantage.delta([report(A)]);
    const detailOf = async (body: unknown) => (await (await vantage.send(body)).json<{ detail: string }>()).detail;
    expect(await detailOf({ ...push, changes: [report(A), { ...report(B), height: -1 }] })).toMatch(/^changes\.1\.height: /);
    expect(await detailOf({ ...push, changes: [report(A), { address: B, state: "gone", height: 1 }] })).toMatch(/^changes\.1\.height: /);
    expect((await detailOf({ ...push, ["x".repeat(3_000_000)]: 1 })).length).toBeLessThanOrEqual(MAX_DETAIL_LENGTH);
    await expectInStep(vantage);
  });

  it("refuses JSON that is nested a million deep, or has numbers beyond all bounds", async () => {
    const registry = await createTestRegistry("bombs");
    const vantage = await registry.enrol("v");
    const text = JSON.stringify(vantage.delta([report(A)]));
    const deep = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
    const bodies = [
      deep,
      text.replace('"changes":[', `"changes":[${deep},`),
      text.replace('"seq":1', '"seq":1e308'),
      text.replace('"seq":1', '"seq":9007199254740992'),
      text.replace('"height":840000', '"height":1e400'),
      text.replace('"seq":1', '"seq":1,"__proto__":{}'),
      "\uFFFF",
    ];
    for (const body of bodies) {
      expect(await problemOf(await vantage.send(undefined, { text: body }))).toEqual({ status: 400, slug: "bad-request" });
    }
    await expectInStep(vantage);
  });

  it("refuses JSON that is none", async () => {
    const registry = await createTestRegistry("no-json");
    const vantage = await registry.enrol("v");
    const response = await registry.signed(vantage.key, "POST", vantage.path);
    expect(await problemOf(response)).toEqual({ status: 400, slug: "bad-request" });
  });

  it("refuses more changes than allowed", async () => {
    const vantage = await (await createTestRegistry("too-many-changes")).enrol("v");
    const push = vantage.delta(addresses(PUSH_LIMITS.changes + 1).map((address) => ({ address, state: "gone" })));
    expect(await problemOf(await vantage.send(push))).toEqual({ status: 413, slug: "too-large" });
  });

  it("refuses a body of 10 MB without reading it, whether it states its length or not", async () => {
    const registry = await createTestRegistry("ten-megabytes");
    const vantage = await registry.enrol("v");
    let pulled = 0;
    const stream = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled += 65_536;
          if (pulled > 10_000_000) controller.close();
          else controller.enqueue(new Uint8Array(65_536));
        },
      });
    const withBody = (request: Request, headers: Record<string, string>) =>
      new Request(request.url, { method: "POST", headers: { ...Object.fromEntries(request.headers), ...headers }, body: stream() });
    const stated = await vantage.send({}, { spoil: (request) => withBody(request, { "content-length": "10000000" }) });
    expect(await problemOf(stated)).toEqual({ status: 413, slug: "too-large" });
    expect(pulled).toBeLessThan(1_000_000);
    pulled = 0;
    const unstated = await vantage.send({}, { spoil: (request) => withBody(request, {}) });
    expect(await problemOf(unstated)).toEqual({ status: 413, slug: "too-large" });
    expect(pulled).toBeLessThan(PUSH_LIMITS.bodyBytes + 1_000_000);
  });

  it("refuses a reported set that would be larger than allowed", async () => {
    const registry = await createTestRegistry("too-large-a-set");
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    const full = env.DB.prepare("update streams set good = ? where network = 'too-large-a-set'").bind(PUSH_LIMITS.reportedPeers);
    await full.run();
    expect(await problemOf(await vantage.push([report(B)]))).toEqual({ status: 413, slug: "too-large" });
    expect((await vantage.push([report(A, { height: 1 })])).status).toBe(200);
  });

  it("allows so many pushes a minute and says when to come back", async () => {
    const registry = await createTestRegistry("rate");
    const vantage = await registry.enrol("v");
    registry.clock.now = NOW + 20;
    for (let i = 0; i < PUSH_LIMITS.pushesPerMinute; i++) await reply(await vantage.push([]));
    const response = await vantage.push([]);
    expect(response.headers.get("retry-after")).toBe("40");
    expect(await problemOf(response)).toEqual({ status: 429, slug: "too-many-pushes" });
    registry.clock.now = NOW + 60;
    await reply(await vantage.push([]));
  });

  it("refuses keys, dates, networks and replays that are not right, and leaves no trace", async () => {
    const registry = await createTestRegistry("right");
    const vantage = await registry.enrol("v");
    const push = vantage.delta([report(A)]);
    const nonce = "replayed-nonce-1";
    expect(await problemOf(await registry.fetch(vantage.path, { method: "POST", body: "{}" }))).toEqual({
      status: 401,
      slug: "signature-missing",
    });
    expect(await problemOf(await registry.signed(await newKey(), "POST", vantage.path, { body: push }))).toEqual({
      status: 401,
      slug: "key-unknown",
    });
    expect(await problemOf(await registry.signed(registry.operator, "POST", vantage.path, { body: push }))).toEqual({
      status: 401,
      slug: "key-unknown",
    });
    expect(await problemOf(await vantage.send(push, { created: NOW - 301 }))).toEqual({ status: 401, slug: "signature-stale" });
    expect(await problemOf(await vantage.send(push, { created: NOW + 301 }))).toEqual({ status: 401, slug: "signature-stale" });
    const forged = await vantage.send(push, {
      spoil: (request) => new Request(request, { method: "POST", body: JSON.stringify({ ...push, run: "other" }) }),
    });
    expect(await problemOf(forged)).toEqual({ status: 401, slug: "digest-mismatch" });
    const elsewhere = await registry.signed(vantage.key, "POST", "/v1/networks/nowhere/reports", { body: push });
    expect(await problemOf(elsewhere)).toEqual({ status: 404, slug: "unknown-network" });
    await expectInStep(vantage);
    const request = await registry.sign(vantage.key, "POST", vantage.path, { body: push, nonce });
    expect((await registry.fetch(request.clone())).status).toBe(200);
    expect(await problemOf(await registry.fetch(request))).toEqual({ status: 401, slug: "signature-replayed" });
    expect((await readBack(vantage)).seq).toBe(1);
  });

  it("refuses a network that the vantage is not limited to, and a vantage that is disabled", async () => {
    const [home, away] = [await createTestRegistry("home"), await createTestRegistry("away")];
    const vantage = await home.enrol("v");
    const foreign = await away.signed(vantage.key, "POST", "/v1/networks/away/reports", { body: vantage.delta([report(A)]) });
    expect(await problemOf(foreign)).toEqual({ status: 403, slug: "foreign-network" });
    const path = `/v1/operator/vantages/${vantage.id}`;
    expect((await home.signed(home.operator, "POST", `${path}/disable`)).status).toBe(200);
    expect(await problemOf(await vantage.push([report(A)]))).toEqual({ status: 403, slug: "vantage-disabled" });
    expect((await home.signed(home.operator, "POST", `${path}/enable`)).status).toBe(200);
    expect((await vantage.push([report(A)])).status).toBe(200);
  });

  it("answers other methods with what is allowed", async () => {
    const registry = await createTestRegistry("methods");
    const response = await registry.fetch("/v1/networks/methods/reports", { method: "DELETE" });
    expect(response.headers.get("allow")).toBe("GET, POST");
    expect(await problemOf(response)).toEqual({ status: 405, slug: "method-not-allowed" });
  });
});
