import { BlockList } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipAddress, type PeerAddress } from "./address.ts";
import { isIpv4Mapped, parseIpv4, parseIpv6 } from "./ip.ts";
import { isRoutable } from "./routable.ts";

/** First and last address of every range that is not routable, and their outer neighbours where those are routable. */
const EDGES: readonly [first: string, last: string, below: string | undefined, above: string | undefined][] = [
  ["0.0.0.0", "0.255.255.255", undefined, "1.0.0.0"],
  ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["224.0.0.0", "255.255.255.255", "223.255.255.255", undefined],
  ["::", "::ffff:ffff", undefined, "::1:0:0"],
  ["64:ff9b::", "64:ff9b::ffff:ffff", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::1:0:0"],
  ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::"],
  ["100::", "100::ffff:ffff:ffff:ffff", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "100:0:0:1::"],
  ["2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"],
  ["2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:f:ffff:ffff:ffff:ffff:ffff:ffff", undefined],
  ["2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", undefined, "2001:30::"],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"],
  ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
  ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"],
  ["fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined, "fe00::"],
  ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined],
  ["fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined, undefined],
  ["ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined, undefined],
];

const address = (host: string): PeerAddress => ipAddress(host.includes(":") ? parseIpv6(host) : parseIpv4(host), 8333);

describe("public scope", () => {
  it.each(EDGES)("%s to %s", (first, last, below, above) => {
    expect(isRoutable(address(first), "public")).toBe(false);
    expect(isRoutable(address(last), "public")).toBe(false);
    for (const neighbour of [below, above]) if (neighbour !== undefined) expect(isRoutable(address(neighbour), "public")).toBe(true);
  });

  it("refuses exactly these ranges", () => {
    // node:net's BlockList is the oracle; it matches mapped IPv4 against IPv4 rules, as our addresses do.
    const oracle = new BlockList();
    for (const [first, last] of EDGES) oracle.addRange(first, last, first.includes(":") ? "ipv6" : "ipv4");
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc
        .constantFrom(...EDGES.flatMap((edge) => edge.filter((text) => text !== undefined)))
        .map((text) => (text.includes(":") ? parseIpv6(text) : parseIpv4(text))),
    );
    const flips = fc.tuple(fc.nat({ max: 15 }), fc.nat({ max: 7 }));
    fc.assert(
      fc.property(octets, flips, fc.boolean(), (base, [at, bit], flip) => {
        const bytes = base.slice();
        if (flip) bytes[at % bytes.length]! ^= 1 << bit;
        const peer = ipAddress(bytes, 1);
        fc.pre(peer.family !== "cjdns" && !isIpv4Mapped(bytes));
        expect(isRoutable(peer, "public")).toBe(!oracle.check(peer.host, peer.family === "ipv4" ? "ipv4" : "ipv6"));
      }),
      { numRuns: 5_000 },
    );
  });

  it("judges mapped IPv4 as IPv4", () => {
    expect(isRoutable(address("::ffff:10.0.0.1"), "public")).toBe(false);
    expect(isRoutable(address("::ffff:8.8.8.8"), "public")).toBe(true);
  });

  it("takes overlays as they come", () => {
    expect(isRoutable(address("fc00::1"), "public")).toBe(true);
    expect(isRoutable({ family: "onion", host: `${"a".repeat(56)}.onion`, port: 1 }, "public")).toBe(true);
    expect(isRoutable({ family: "i2p", host: `${"a".repeat(52)}.b32.i2p`, port: 0 }, "public")).toBe(true);
  });
});

describe("loopback scope", () => {
  it.each([
    ["127.0.0.0", true],
    ["127.0.0.1", true],
    ["127.255.255.255", true],
    ["126.255.255.255", false],
    ["128.0.0.0", false],
    ["::1", true],
    ["::", false],
    ["::2", false],
    ["::ffff:127.0.0.1", true],
    ["8.8.8.8", false],
    ["fc00::1", false],
    ["2600::1", false],
  ])("%s: %s", (host, routable) => {
    expect(isRoutable(address(host), "loopback")).toBe(routable);
  });

  it("has no overlays", () => {
    expect(isRoutable({ family: "onion", host: `${"a".repeat(56)}.onion`, port: 1 }, "loopback")).toBe(false);
    expect(isRoutable({ family: "i2p", host: `${"a".repeat(52)}.b32.i2p`, port: 0 }, "loopback")).toBe(false);
  });
});
