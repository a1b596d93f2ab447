import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRoutable } from "../../schema/routable.ts";
import { hasServices } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { netgroup } from "../../schema/address.ts";
import { DevnetConfigError, parseDevnetConfig, type DevnetConfigInput } from "./config.ts";
import { isAlive, type Personality } from "./personalities.ts";
import { CLOSED_PORT } from "./places.ts";
import { createPopulation, type Population } from "./population.ts";

const create = (input: DevnetConfigInput = {}) => createPopulation(parseDevnetConfig(input));
const count = ({ nodes }: Population, wanted: Personality) => nodes.filter(({ personality }) => personality === wanted).length;

describe("createPopulation", () => {
  it("makes the same nodes of the same seed, and others of another", () => {
    expect(create({ seed: 5 }).nodes).toEqual(create({ seed: 5 }).nodes);
    expect(create({ seed: 5 }).nodes).not.toEqual(create({ seed: 6 }).nodes);
  });

  it("has exactly the configured number of each kind", () => {
    const population = create({
      nodes: 1_000,
      alive: 0.4,
      habits: { slow: 0.1, legacy: 0.05, announcer: 0.05, liar: 0.02, flooder: 0.01, churner: 0.2 },
      faults: { absent: 0.3, silent: 0.1, stuck: 0.2, "wrong-magic": 0.05, garbage: 0.01 },
    });
    expect(population.nodes.filter(({ personality }) => isAlive(personality))).toHaveLength(400);
    expect(count(population, "faithful")).toBe(400 - 40 - 20 - 20 - 8 - 4 - 80);
    expect(count(population, "churner")).toBe(80);
    expect(count(population, "absent")).toBe(180);
    expect(count(population, "stuck")).toBe(120);
    expect(count(population, "dead")).toBe(600 - 180 - 60 - 120 - 30 - 6);
  });

  it("offers in its presets what their names promise", () => {
    const bench = create({ preset: "bench" });
    expect(bench.nodes).toHaveLength(20_000);
    expect(bench.nodes.filter(({ personality }) => isAlive(personality))).toHaveLength(5_000);
    expect(count(bench, "churner") + count(bench, "liar")).toBe(0);
    expect(create({ preset: "small" }).nodes).toHaveLength(300);
  });

  it("gives every node its own loopback address, in hundreds of netgroups", () => {
    const { nodes, find } = create({ nodes: 5_000 });
    expect(new Set(nodes.map(({ key }) => key)).size).toBe(5_000);
    expect(nodes.every(({ address }) => isRoutable(address, "loopback"))).toBe(true);
    expect(new Set(nodes.map(({ address }) => netgroup(address))).size).toBeGreaterThan(200);
    expect(nodes.every((node) => find(node.key) === node)).toBe(true);
    expect(find("127.0.0.1:1")).toBeUndefined();
  });

  it("starts at the network's fixed seed, with faithful entries on the default port", () => {
    const { entries, nodes } = create();
    expect(entries[0]!.key).toBe(DEVNET.fixedSeeds[0]);
    // Three on IPv4, and the first on IPv6.
    expect(entries.map(({ address }) => address.family)).toEqual(["ipv4", "ipv4", "ipv4", "ipv6"]);
    expect(entries).toEqual(nodes.slice(0, 4));
    for (const { personality, address } of entries) {
      expect(personality).toBe("faithful");
      expect(address.port).toBe(DEVNET.port);
    }
  });

  it("has nodes on ::1, on odd ports, and on the port where nobody listens", () => {
    const { nodes } = create({ nodes: 1_000, ipv6: 3, oddPorts: 2, oddPortShare: 0.1 });
    const ipv6 = nodes.filter(({ address }) => address.family === "ipv6");
    expect(ipv6.map(({ key }) => key)).toEqual(["[::1]:28333", "[::1]:28334", "[::1]:28335"]);
    expect(ipv6[0]!.personality).toBe("faithful");
    const odd = nodes.filter(({ address: { family, port } }) => family === "ipv4" && [28_334, 28_335].includes(port));
    expect(odd.length).toBeGreaterThan(50);
    expect(odd.length).toBeLessThan(150);
    for (const { personality, address } of nodes) expect(personality === "absent").toBe(address.port === CLOSED_PORT);
  });

  it("fills the prefixes of a namespace", () => {
    const { nodes } = create({ nodes: 200, ipv4Prefix: "25.0.0.0/8", ipv6Prefix: "2a01:4f8::/32", ipv6: 50 });
    const ipv6 = nodes.filter(({ address }) => address.family === "ipv6");
    expect(ipv6).toHaveLength(50);
    expect(nodes.every(({ address }) => isRoutable(address, "public"))).toBe(true);
    expect(ipv6.every(({ key }) => key.startsWith("[2a01:4f8:") && key.endsWith(`:${DEVNET.port}`))).toBe(true);
  });

  it("has nodes say what a crawler must accept or refuse", () => {
    for (const { personality, version, services, stuckAt } of create({ nodes: 2_000 }).nodes) {
      expect(version < DEVNET.minVersion).toBe(personality === "old-version");
      expect(hasServices(services, DEVNET.services)).toBe(personality !== "missing-services");
      expect(stuckAt !== undefined).toBe(personality === "stuck");
      if (stuckAt !== undefined) expect(100_000 - stuckAt).toBeGreaterThan(DEVNET.maxHeightLag);
    }
  });

  it("refuses what leaves too few to tell of the others, or no room", () => {
    expect(() => create({ nodes: 5_000, alive: 0 })).toThrow(DevnetConfigError);
    expect(() => create({ nodes: 300, ipv4Prefix: "127.0.1.0/24" })).toThrow("ipv4Prefix");
  });

  it("has one node at least, and an entry, whatever the shares", () => {
    const shares = fc.record({
      nodes: fc.integer({ min: 1, max: 400 }),
      alive: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.nat(),
    });
    const habit = fc.constantFrom("slow", "legacy", "announcer", "liar", "flooder", "churner");
    fc.assert(
      fc.property(shares, habit, (input, kind) => {
        const { nodes, entries } = create({ ...input, habits: { [kind]: 1 } });
        expect(nodes).toHaveLength(input.nodes);
        expect(entries[0]).toBe(nodes[0]);
        expect(nodes[0]!.personality).toBe("faithful");
      }),
      { numRuns: 50 },
    );
  });
});
