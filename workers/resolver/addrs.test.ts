import { describe, expect, it } from "vitest";
import type { PeerRow } from "../../schema/snapshot.ts";
import { createTestEdge, ROWS } from "./test-edge.ts";

interface Line {
  host: string;
  services: number;
  pver: number;
}

describe("/api/addrs", async () => {
  const edge = await createTestEdge("addrs");
  await edge.publish();
  const ask = (query = "", host = "addrs.seed.example.org") => edge.fetch(`/api/addrs${query}`, { headers: { host } });
  const lines = async (query?: string, host?: string): Promise<Line[]> => {
    const body = await (await ask(query, host)).text();
    expect(body.endsWith("\n")).toBe(true);
    return body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line); // oxlint-disable-line typescript/no-unsafe-type-assertion -- the test's own reading
  };

  it("gives at most 16 IP addresses as JSON lines in plain text", async () => {
    const response = await ask();
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    await response.body?.cancel();
    for (let draw = 0; draw < 20; draw++) {
      const drawn = await lines();
      expect(drawn).toHaveLength(16);
      for (const { host, services, pver } of drawn) {
        expect(ROWS).toContainEqual(expect.arrayContaining([host, services.toString(16), pver]));
        expect(host).not.toContain("onion");
      }
    }
  });

  it("filters as dcrseeder does, and ignores what does not parse", async () => {
    expect((await lines("?ipversion=6")).every(({ host }) => host.startsWith("["))).toBe(true);
    expect((await lines("?ipversion=4")).every(({ host }) => !host.startsWith("["))).toBe(true);
    expect((await lines("?services=1024")).every(({ services }) => (services & 1024) !== 0)).toBe(true);
    expect((await lines(`?services=${"0".repeat(30)}1024`)).every(({ services }) => (services & 1024) !== 0)).toBe(true);
    expect((await lines("?pver=70017")).every(({ pver }) => pver >= 70017)).toBe(true);
    for (const query of ["?ipversion=5", "?services=x", "?services=0x1", "?pver=-1", "?pver=70016x"]) {
      expect(await lines(query)).toHaveLength(16);
    }
  });

  it("takes a number beyond 64 bits for the largest, as Go does: nobody has all bits", async () => {
    for (const query of ["?services=99999999999999999999", `?services=${"9".repeat(200)}`, "?pver=18446744073709551616"]) {
      const response = await ask(query);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("");
    }
  });

  it("finds the network by zone name or configured host, in any case and with any port", async () => {
    for (const host of ["ADDRS.seed.example.org", "addrs.seed.example.org.", "addrs.seed.example.org:8787", "addrs.addrs.example.org"]) {
      expect(await lines("", host)).toHaveLength(16);
    }
    const stranger = await ask("", "edge.example.org");
    expect(stranger.status).toBe(404);
    expect(await stranger.json()).toMatchObject({ type: "/problems/unknown-host" });
  });

  it("stays below 4096 octets with the longest rows, and writes 64 service bits exactly", async () => {
    const wide = await createTestEdge("wide");
    const peers = Array.from({ length: 30 }, (_, i): PeerRow => [
      `[2a${10 + i}:1111:1111:1111:1111:1111:1111:1111]:65535`,
      "ffffffffffffffff",
      2147483647,
      "",
      null,
      null,
    ]);
    await wide.publish({ peers });
    const body = await (await wide.fetch("/api/addrs", { headers: { host: "wide.seed.example.org" } })).text();
    expect(body.length).toBeLessThanOrEqual(4096);
    expect(body.trimEnd().split("\n")).toHaveLength(16);
    expect(body).toContain('"services":18446744073709551615,');
  });
});
