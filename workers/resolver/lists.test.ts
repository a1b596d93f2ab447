import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { createTestEdge, ROWS, START } from "./test-edge.ts";

interface PeersBody {
  seq: number;
  freshness: string;
  age: number;
  peers: { address: string; port: number; services: string; version: number; agent: string; asn: number | null; country: string | null }[];
}

describe("/v1/networks/{network}/peers", async () => {
  const edge = await createTestEdge("peers");
  await edge.publish();
  const peers = async (query = "") => (await edge.fetch(`/v1/networks/peers/peers${query}`)).json<PeersBody>();

  it("draws 25 peers by default, with what is known of each", async () => {
    const { peers: drawn, ...head } = await peers();
    expect(head).toEqual({ network: "peers", seq: 1, generated: START, expires: START + 86_400, age: 0, freshness: "fresh" });
    expect(drawn).toHaveLength(25);
    for (const { address, port, services, version, agent, asn, country } of drawn) {
      const text = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
      expect(ROWS).toContainEqual([text, services, version, agent, asn, country]);
    }
  });

  it("draws anew for each request", async () => {
    const draws = await Promise.all(Array.from({ length: 8 }, async () => JSON.stringify((await peers("?count=5")).peers)));
    expect(new Set(draws).size).toBeGreaterThan(1);
  });

  it("honours count, family, services and min_version", async () => {
    expect((await peers("?count=3")).peers).toHaveLength(3);
    expect((await peers("?count=100")).peers).toHaveLength(ROWS.length);
    expect((await peers("?family=ipv6")).peers.map(({ version }) => version)).toEqual(Array(5).fill(70017));
    expect((await peers("?family=onion")).peers.map(({ address }) => address)).toEqual([`${"a".repeat(56)}.onion`]);
    expect((await peers("?family=i2p")).peers).toEqual([]);
    expect((await peers("?services=400&count=100")).peers).toHaveLength(25);
    expect((await peers("?min_version=70017&count=100")).peers).toHaveLength(5);
  });

  it("gives text, one peer a line", async () => {
    const response = await edge.fetch("/v1/networks/peers/peers?format=text&count=7");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const lines = (await response.text()).split("\n");
    expect(lines.pop()).toBe("");
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(parseAddress(line)).toBeDefined();
  });

  it.each([
    "count=0",
    "count=101",
    "count=",
    "count=-1",
    "count=1e1",
    "family=ip",
    "services=0x9",
    "services=G",
    "min_version=a",
    "format=xml",
  ])("answers 400 with a problem to %s", async (query) => {
    const response = await edge.fetch(`/v1/networks/peers/peers?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ type: "/problems/bad-parameter", status: 400 });
  });
});
