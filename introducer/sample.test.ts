import { describe, expect, it } from "vitest";
import { netgroup, parseAddress, formatAddress, type PeerAddress } from "../schema/address.ts";
import { crowd, poolOf, seeded, spread } from "../workers/sampling/test-pool.ts";
import { introducedPeers } from "./sample.ts";

const V6 = Array.from({ length: 40 }, (_, i) => ({ text: `[2a01:${i + 1}::5]:8444` }));
const family = (host: string): string => (host.includes(":") ? "ipv6" : "ipv4");
const address = ({ host, port }: { host: string; port: number }): PeerAddress =>
  parseAddress(family(host) === "ipv6" ? `[${host}]:${port}` : `${host}:${port}`);

describe("the peers that an introducer tells of", () => {
  it("are half IPv4 and half IPv6, each of its own netgroup, from the pool, with the time 0", () => {
    const peers = [...spread(60), ...V6, { text: `${"a".repeat(56)}.onion:8444` }];
    const drawn = introducedPeers(poolOf(peers), 20, seeded(1));
    expect(drawn.map(({ host }) => family(host))).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? "ipv4" : "ipv6")));
    expect(new Set(drawn.map((peer) => netgroup(address(peer)))).size).toBe(20);
    const known = new Set(peers.map(({ text }) => text));
    for (const peer of drawn) expect([known.has(formatAddress(address(peer))), peer.timestamp]).toEqual([true, 0n]);
  });

  it("are other ones each time", () => {
    const [pool, random] = [poolOf([...spread(200), ...V6]), seeded(2)];
    const draws = Array.from({ length: 4 }, () =>
      introducedPeers(pool, 20, random)
        .map(({ host }) => host)
        .sort()
        .join(),
    );
    expect(new Set(draws).size).toBe(4);
  });

  it("are of one family where there is no other, and keep their ports", () => {
    const drawn = introducedPeers(poolOf([...spread(30, 9_999), ...V6.slice(0, 2)]), 20, seeded(3));
    expect(drawn).toHaveLength(20);
    expect(drawn.filter(({ host }) => family(host) === "ipv6")).toHaveLength(2);
    expect(new Set(drawn.filter(({ host }) => family(host) === "ipv4").map(({ port }) => port))).toEqual(new Set([9_999]));
  });

  it("are few of a crowd that hides behind one prefix", () => {
    const drawn = introducedPeers(poolOf([...spread(60), ...crowd(500)]), 20, seeded(4));
    expect(drawn.filter(({ host }) => host.startsWith("200.100.")).length).toBeLessThanOrEqual(1);
  });

  it("are none where the pool has none", () => {
    expect(introducedPeers(poolOf([]), 20, seeded(5))).toEqual([]);
  });
});
