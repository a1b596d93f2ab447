import { describe, expect, it } from "vitest";
import { ipAddress, parseAddress } from "../../schema/address.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { i2pHost, onionHost } from "../protocols/overlay.ts";
import { Frontier, HEARD_GRAIN_SECONDS, type FrontierOptions } from "./frontier.ts";
import { crawlPolicy, type CrawlPolicy } from "./policy.ts";
import { address, IP_FAMILIES, NOW, PUBLIC_NETWORK, seededRandom } from "./test-kit.ts";

function frontier(policy: Partial<CrawlPolicy> = {}, options: Partial<FrontierOptions> = {}): Frontier {
  const defaults = { network: PUBLIC_NETWORK, random: seededRandom(7), families: IP_FAMILIES, release: () => true };
  return new Frontier({ ...defaults, policy: crawlPolicy(policy), ...options });
}

/** The name of the onion service whose key is made of this octet. */
const service = (n: number): string => onionHost(new Uint8Array(32).fill(n));

describe("what gossip may register", () => {
  it("is public, dialable, and not a foreign network's", () => {
    const one = frontier();
    const accepted = (text: string): boolean => one.hear(parseAddress(text), "teller", NOW) !== undefined;
    expect(accepted("8.8.8.8:8333")).toBe(true);
    expect(accepted("[2600::1]:8333")).toBe(true);
    for (const text of ["127.0.0.1:8333", "10.0.0.1:8333", "224.0.0.1:8333", "192.0.2.1:8333", "[2001:db8::1]:8333", "[fc00::1]:8333"]) {
      expect(accepted(text), text).toBe(false);
    }
    expect(accepted("8.8.4.4:8033"), "a foreign port").toBe(false);
    expect(accepted(`${"a".repeat(56)}.onion:8333`), "a family without a dialer").toBe(false);
    expect(one.size).toBe(2);
  });

  it("takes overlay addresses where there is a dialer for them, each a host of its own, and only names that stand for a key", () => {
    const one = frontier({ maxPerHost: 2, sourceQuota: 6 }, { families: new Set(["ipv4", "onion", "i2p", "cjdns"]) });
    const accepted = (text: string): boolean => one.hear(parseAddress(text), "teller", NOW) !== undefined;
    expect(accepted(`${service(1)}:8333`)).toBe(true);
    expect(accepted(`${i2pHost(new Uint8Array(32).fill(1))}:0`)).toBe(true);
    expect(accepted("[fc00::1]:8333")).toBe(true);
    expect(accepted(`${"a".repeat(56)}.onion:8333`), "a wrong checksum").toBe(false);
    expect(accepted(`${"b".repeat(52)}.b32.i2p:0`), "stray bits").toBe(false);
    expect(
      [1, 2, 3].map((port) => accepted(`${service(2)}:${port}`)),
      "its ports",
    ).toEqual([true, true, false]);
    expect(
      [3, 4, 5].map((n) => accepted(`${service(n)}:8333`)),
      "the teller's quota",
    ).toEqual([true, false, false]);
    expect(one.hear(parseAddress(`${service(6)}:8333`), service(1), NOW), "an onion service tells on its own account").toBeDefined();
    expect(frontier({}, { network: DEVNET, families: new Set(["onion"]) }).accepts(parseAddress(`${service(1)}:8333`)), "a devnet").toBe(
      false,
    );
  });

  it("is loopback only in a devnet, where every port is a host", () => {
    const one = frontier({}, { network: DEVNET });
    for (let port = 1_000; port < 1_100; port++) one.hear(parseAddress(`127.0.0.1:${port}`), "teller", NOW);
    one.hear(parseAddress("8.8.8.8:8333"), "teller", NOW);
    expect(one.size).toBe(100);
  });

  it("notes repetition only once in a while", () => {
    const one = frontier();
    const first = one.hear(address(1), "teller", NOW)!;
    expect(one.hear(address(1), "teller", NOW + HEARD_GRAIN_SECONDS - 1)).toBeUndefined();
    expect(one.hear(address(1), "teller", NOW + HEARD_GRAIN_SECONDS)).toBe(first);
    expect(first.heard).toBe(NOW + HEARD_GRAIN_SECONDS);
  });
});

describe("bounds", () => {
  it("takes no more from one source in a day than its quota", () => {
    const one = frontier({ sourceQuota: 10 });
    const midnight = Math.floor(NOW / 86_400) * 86_400;
    for (let n = 0; n < 100; n++) one.hear(address(n), "spammer", midnight);
    expect(one.size).toBe(10);
    one.hear(address(500), "another", midnight);
    expect(one.size).toBe(11);
    for (let n = 600; n < 700; n++) one.hear(address(n), "spammer", midnight + 86_400);
    expect(one.size).toBe(21);
  });

  it("does not let gossip have us scan a host's ports, nor a /64's addresses", () => {
    const one = frontier({ maxPerHost: 3 });
    for (let port = 1; port < 50; port++) {
      one.hear(address(1, port), "teller", NOW);
      one.hear(ipAddress(Uint8Array.of(0x26, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, port), 8_333), "teller", NOW);
    }
    expect(one.size).toBe(6);
  });

  it("does not let lies about a host's other ports hide the node on the network's own", () => {
    const one = frontier({ maxPerHost: 3 });
    for (let port = 1; port < 5_000; port++) one.hear(address(1, port), "liar", NOW);
    expect(one.size).toBe(3);
    expect(one.hear(address(1, PUBLIC_NETWORK.port), "teller", NOW)).toBeDefined();
    expect(one.hear(address(1, 6_000), "liar", NOW)).toBeUndefined();
  });

  it("stays at its size under a flood, and gives up only addresses never verified", () => {
    const released: string[] = [];
    const one = frontier({ maxKnown: 100, sourceQuota: 1e9 }, { release: (record) => released.push(record.key) > 0 });
    for (let n = 0; n < 40; n++) {
      const verified = one.hear(address(n), "teller", NOW)!;
      verified.lastSuccess = NOW;
      one.settle(verified);
    }
    for (let n = 100; n < 5_000; n++) one.hear(address(n), "spammer", NOW);
    expect(one.size).toBe(100);
    expect(released).toHaveLength(4_900 - 60);
    for (let n = 0; n < 40; n++) expect(one.get(`${address(n).host}:8333`)).toBeDefined();
  });

  it("prefers to give up what failed most", () => {
    const one = frontier({ maxKnown: 200 });
    const records = Array.from({ length: 200 }, (_, n) => one.hear(address(n), "teller", NOW)!);
    for (const record of records.slice(0, 100)) record.failures = 3;
    for (let n = 1_000; n < 1_050; n++) one.hear(address(n), "teller", NOW);
    const left = (part: typeof records): number => part.filter(({ key }) => one.get(key) !== undefined).length;
    expect(left(records.slice(0, 100))).toBeLessThan(60);
    expect(left(records.slice(100))).toBeGreaterThan(95);
  });

  it("takes nothing more where nothing can be given up", () => {
    const one = frontier({ maxKnown: 5 });
    for (let n = 0; n < 5; n++) {
      const pinned = one.hear(address(n), "teller", NOW)!;
      pinned.pinned = true;
      one.settle(pinned);
    }
    expect(one.hear(address(9), "teller", NOW)).toBeUndefined();
    expect(one.size).toBe(5);
  });

  it("frees a host's place when an address is forgotten", () => {
    const one = frontier({ maxPerHost: 1 });
    const first = one.hear(address(1, 1), "teller", NOW)!;
    expect(one.hear(address(1, 2), "teller", NOW)).toBeUndefined();
    one.forget(first);
    expect(one.hear(address(1, 2), "teller", NOW)).toBeDefined();
  });
});
