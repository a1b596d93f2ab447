import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../config.ts";
import { parseRefreshSeconds, REFRESH_SECONDS } from "./isolate.ts";
import { createTestEdge, START, type Sealed, type TestEdge } from "./test-edge.ts";

/** The real KV behind a switch: it can fail, or count. */
function switchable() {
  const control = { failing: false, hanging: false, reads: 0 };
  const kv = new Proxy(env.SNAPSHOTS, {
    get: (target, property) => {
      const method: unknown = Reflect.get(target, property, target);
      if (typeof method !== "function") return method;
      return (...args: unknown[]): unknown => {
        if (property === "getWithMetadata") control.reads++;
        if (control.failing) return Promise.reject(new Error("KV GET failed: 500"));
        if (control.hanging) return new Promise(() => {});
        return Reflect.apply(method, target, args);
      };
    },
  });
  return { control, kv };
}

const status = async (edge: TestEdge, path: string): Promise<number> => {
  const response = await edge.fetch(path);
  await response.body?.cancel();
  return response.status;
};
const seqOf = async (edge: TestEdge, network: string) =>
  (await (await edge.fetch(`/v1/networks/${network}`)).json<{ seq: number | null }>()).seq;
const failures = async (edge: TestEdge) => {
  const text = await (await edge.fetch("/metrics")).text();
  return [...text.matchAll(/^seedcast_refresh_failures_total\{network="[a-z]+",cause="([a-z-]+)"\} (\d+)$/gm)].map(
    ([, cause, count]) => `${cause} ${count}`,
  );
};

describe("an isolate whose KV fails", () => {
  it("answers on when it is warm, and counts the failures", async () => {
    const edge = await createTestEdge("warm");
    await edge.publish();
    const { control, kv } = switchable();
    const isolate = edge.with({ SNAPSHOTS: kv });
    expect(await status(isolate, "/v1/networks/warm/peers")).toBe(200);
    control.failing = true;
    edge.clock.now += 61;
    expect(await status(isolate, "/v1/networks/warm/peers")).toBe(200);
    expect(await status(isolate, "/ready")).toBe(200);
    expect(await failures(isolate)).toEqual(["store-failed 1"]);
  });

  it("says 503 with Retry-After when it is cold, and recovers within seconds", async () => {
    const edge = await createTestEdge("cold");
    await edge.publish();
    const { control, kv } = switchable();
    const isolate = edge.with({ SNAPSHOTS: kv });
    control.failing = true;
    for (const path of ["/v1/networks/cold/peers", "/v1/networks/cold/snapshot", "/ready"]) {
      expect(await status(isolate, path)).toBe(503);
    }
    expect(await status(isolate, "/v1/networks/cold")).toBe(200);
    expect(await status(isolate, "/health")).toBe(200);
    expect(control.reads).toBe(1); // the rest waited for the pause
    control.failing = false;
    edge.clock.now += 5;
    expect(await status(isolate, "/v1/networks/cold/peers")).toBe(200);
  });

  it("does not wait for ever for a KV that hangs", async () => {
    const edge = await createTestEdge("hanging");
    const { control, kv } = switchable();
    control.hanging = true;
    const isolate = edge.with({ SNAPSHOTS: kv });
    expect(await status(isolate, "/v1/networks/hanging/peers")).toBe(503);
    expect(await failures(isolate)).toEqual(["store-timeout 1"]);
  });
});

describe("refreshing", () => {
  it("reads KV once a minute and network, however many ask, cold or warm", async () => {
    const edge = await createTestEdge("single");
    await edge.publish();
    const { control, kv } = switchable();
    const isolate = edge.with({ SNAPSHOTS: kv });
    const crowd = async () => Promise.all(Array.from({ length: 20 }, () => status(isolate, "/v1/networks/single/peers")));
    expect(new Set(await crowd())).toEqual(new Set([200]));
    expect(control.reads).toBe(1);
    edge.clock.now += 59;
    await crowd();
    expect(control.reads).toBe(1);
    edge.clock.now += 1;
    await crowd();
    expect(control.reads).toBe(2);
  });

  it("takes over a new snapshot behind the answer", async () => {
    const edge = await createTestEdge("renewed");
    await edge.publish();
    expect(await seqOf(edge, "renewed")).toBe(1);
    await edge.publish({ seq: 2 });
    edge.clock.now += 60;
    expect(await seqOf(edge, "renewed")).toBe(1);
    expect(await seqOf(edge, "renewed")).toBe(2);
  });

  it("looks more often where REFRESH_SECONDS says so, and refuses values that are no whole seconds", async () => {
    const edge = await createTestEdge("often");
    await edge.publish();
    const isolate = edge.with({ REFRESH_SECONDS: "1" });
    expect(await seqOf(isolate, "often")).toBe(1);
    await edge.publish({ seq: 2 });
    edge.clock.now += 1;
    await seqOf(isolate, "often");
    expect(await seqOf(isolate, "often")).toBe(2);
    expect(parseRefreshSeconds(undefined)).toBe(REFRESH_SECONDS);
    for (const value of [0, -1, 1.5, "", "a", null]) expect(() => parseRefreshSeconds(value)).toThrow(ConfigError);
  });

  const spoilt: [string, string, (sealed: Sealed) => Sealed][] = [
    ["bad-digest", "whose bytes were changed", ({ text, seal }) => ({ text: text.replace("20.0.0.1", "20.0.0.2"), seal })],
    ["bad-signature", "whose signature is another's", ({ text, seal }) => ({ text, seal: { ...seal, signature: "A".repeat(86) } })],
    ["unknown-key", "of an unknown key", ({ text, seal }) => ({ text, seal: { ...seal, keyid: "A".repeat(43) } })],
    ["wrong-seq", "whose seal states another number", ({ text, seal }) => ({ text, seal: { ...seal, seq: 99 } })],
  ];
  it.each(spoilt)("refuses as %s a snapshot %s, and serves the old one on", async (cause, _, spoil) => {
    const network = cause.replace("-", "");
    const edge = await createTestEdge(network);
    await edge.publish();
    expect(await seqOf(edge, network)).toBe(1);
    await edge.publish({ seq: 2 }, spoil);
    edge.clock.now += 60;
    await seqOf(edge, network);
    expect(await seqOf(edge, network)).toBe(1);
    expect(await failures(edge)).toEqual([`${cause} 1`]);
  });

  it("refuses to roll back, until what it holds has expired", async () => {
    const edge = await createTestEdge("rollback");
    await edge.publish({ seq: 9 });
    expect(await seqOf(edge, "rollback")).toBe(9);
    await edge.publish({ seq: 8 });
    edge.clock.now += 60;
    await seqOf(edge, "rollback");
    expect(await seqOf(edge, "rollback")).toBe(9);
    expect(await failures(edge)).toEqual(["rolled-back 1"]);
    edge.clock.now = START + 86_400;
    await edge.publish({ seq: 1 });
    expect(await seqOf(edge, "rollback")).toBe(1);
  });
});
