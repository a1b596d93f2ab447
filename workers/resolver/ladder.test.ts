import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { parseNetworkList } from "../../schema/listing.ts";
import { statusKey } from "../../schema/status.ts";
import { ROWS, createTestEdge, START, type TestEdge } from "./test-edge.ts";

const state = async (edge: TestEdge, network: string) => {
  const peers = await edge.fetch(`/v1/networks/${network}/peers`);
  await peers.body?.cancel();
  const ready = await edge.fetch("/ready");
  const { zones } = await ready.json<{ zones: { freshness: string }[] }>();
  return {
    peers: peers.status,
    warning: peers.headers.get("warning"),
    retry: peers.headers.get("retry-after"),
    ready: ready.status,
    freshness: zones[0]?.freshness,
  };
};

describe("the staleness ladder", () => {
  it("goes down step by step at the snapshot's own times, and up again with the next", async () => {
    const edge = await createTestEdge("ladder");
    expect(await state(edge, "ladder")).toEqual({ peers: 503, warning: null, retry: "30", ready: 503, freshness: "absent" });
    await edge.publish();
    edge.clock.now = START + 10;
    const fresh = { peers: 200, warning: null, retry: null, ready: 200, freshness: "fresh" };
    expect(await state(edge, "ladder")).toEqual(fresh);
    edge.clock.now = START + 10 + 900;
    expect(await state(edge, "ladder")).toEqual({
      peers: 200,
      warning: '110 - "Response is Stale"',
      retry: null,
      ready: 503,
      freshness: "stale",
    });
    edge.clock.now = START + 10 + 86_400;
    expect(await state(edge, "ladder")).toEqual({ peers: 503, warning: null, retry: "30", ready: 503, freshness: "expired" });
    await edge.publish({ seq: 2 });
    edge.clock.now += 5;
    expect(await state(edge, "ladder")).toEqual(fresh);
  });

  it("shows age and freshness in every JSON answer", async () => {
    const edge = await createTestEdge("ages");
    await edge.publish();
    await edge.fetch("/v1/networks/ages");
    edge.clock.now = START + 1_000;
    const peers = await (await edge.fetch("/v1/networks/ages/peers")).json();
    expect(peers).toMatchObject({ age: 1_000, freshness: "stale" });
    const status = await edge.fetch("/v1/networks/ages");
    expect(status.headers.get("warning")).toBe('110 - "Response is Stale"');
    expect(await status.json()).toMatchObject({ age: 1_000, freshness: "stale", seq: 1 });
  });
});

describe("status", () => {
  it("lists networks so completely that a name server can start from the list", async () => {
    const edge = await createTestEdge("listed");
    await edge.publish();
    const [listed] = parseNetworkList(await (await edge.fetch("/v1/networks")).json());
    expect(listed).toMatchObject({ network: "listed", servable: ROWS.length, seq: 1, generated: START, age: 0, freshness: "fresh" });
    expect(listed?.zone).toMatchObject({
      name: "listed.seed.example.org.",
      ttl: 60,
      records: 25,
      network: { port: 28333, serviceLabels: ["1", "5", "9", "d", "49", "409", "448"] },
    });
  });

  it("counts what is served, and passes on why the rest is not", async () => {
    const edge = await createTestEdge("status");
    await edge.publish();
    const vantages = [{ name: "ams", run: "r1", pushed: START, good: 47, lapsed: 2 }];
    const document = { network: "status", generated: START, servable: 47, refused: { lapsed: 2 }, vantages };
    await env.SNAPSHOTS.put(statusKey("status"), JSON.stringify(document));
    expect(await (await edge.fetch("/v1/networks/status")).json()).toMatchObject({
      network: "status",
      zone: "status.seed.example.org.",
      servable: 47,
      families: { ipv4: 41, ipv6: 5, onion: 1, i2p: 0, cjdns: 0 },
      versions: { "70016": 41, "70017": 5, "70002": 1 },
      agents: [
        { value: "/Seed:1.0/", peers: 41 },
        { value: "/Seed:1.1/", peers: 5 },
        { value: "/Old:0.1/", peers: 1 },
      ],
      countries: [
        { value: "DE", peers: 40 },
        { value: "FR", peers: 5 },
      ],
      refused: { lapsed: 2 },
      vantages,
    });
  });

  it("says null where the registry has not judged yet", async () => {
    const edge = await createTestEdge("unjudged");
    await edge.publish();
    expect(await (await edge.fetch("/v1/networks/unjudged")).json()).toMatchObject({ refused: null, vantages: null, servable: 47 });
  });

  it("shows Prometheus what is held", async () => {
    const edge = await createTestEdge("metrics");
    await edge.publish({ seq: 12 });
    edge.clock.now += 7;
    const text = await (await edge.fetch("/metrics")).text();
    expect(text).toContain('seedcast_snapshot_seq{network="metrics"} 12\n');
    expect(text).toContain('seedcast_snapshot_age_seconds{network="metrics"} 7\n');
    expect(text).toContain('seedcast_servable_peers{network="metrics",family="ipv6"} 5\n');
    expect(text).toContain('seedcast_freshness{network="metrics",freshness="fresh"} 1\n');
    expect(text.match(/# TYPE seedcast_freshness gauge/g)).toHaveLength(1);
  });
});
