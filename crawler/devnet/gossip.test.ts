import { describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { isRoutable } from "../../schema/routable.ts";
import { parseDevnetConfig, type DevnetConfigInput } from "./config.ts";
import { MAX_TOLD } from "./gossip.ts";
import { isAlive, type Personality } from "./personalities.ts";
import { seeded } from "./random.ts";
import { createPopulation, type DevnetNode, type Population } from "./population.ts";

const NOW = 1_800_000_000;
const create = (input: DevnetConfigInput = {}) => createPopulation(parseDevnetConfig(input));
const one = ({ nodes }: Population, wanted: Personality) => nodes.find(({ personality }) => personality === wanted)!;
const addresses = (entries: ReturnType<Population["gossip"]["tell"]>) => entries.map(({ address }) => formatAddress(address));

/** Everyone that a crawl finds which starts at the first entry and asks only nodes of the given kinds. */
function crawl({ nodes, find, gossip }: Population, asked: readonly Personality[]): Set<string> {
  const found = new Set([nodes[0]!.key]);
  for (const key of found) {
    const node = find(key);
    if (node === undefined || !asked.includes(node.personality)) continue;
    for (const address of addresses(gossip.tell(node, NOW))) found.add(address);
  }
  return found;
}

describe("gossip", () => {
  it.each([{ nodes: 300 }, { nodes: 1_500, alive: 0.05, known: 10 }, { nodes: 400, known: 0 }, { nodes: 2 }, { nodes: 1 }])(
    "leads from the first node to all: %o",
    (input) => {
      const population = create(input);
      expect(crawl(population, ["faithful", "slow", "announcer"]).size).toBe(population.nodes.length);
    },
  );

  it("knows as many as configured, never itself, never one twice", () => {
    const { nodes, gossip } = create({ nodes: 500, known: 100 });
    for (const node of nodes.slice(0, 20)) {
      const known = gossip.known(node);
      expect(known).toHaveLength(100);
      expect(new Set([node, ...known]).size).toBe(101);
    }
    const everyone = create({ nodes: 50, known: 1_000 });
    expect(everyone.gossip.known(everyone.nodes[7]!)).toHaveLength(49);
  });

  it("tells 23 % of it and itself last, and the same all day", () => {
    const { nodes, gossip } = create({ nodes: 2_000, known: 1_000 });
    const [node] = nodes;
    const told = gossip.tell(node!, NOW);
    expect(told).toHaveLength(231);
    expect(addresses(told).at(-1)).toBe(node!.key);
    expect(new Set(addresses(told)).size).toBe(231);
    const known = new Set(gossip.known(node!).map(({ key }) => key));
    expect(
      addresses(told)
        .slice(0, -1)
        .every((key) => known.has(key)),
    ).toBe(true);
    const days = [0, 1, 2].map((hours) => addresses(gossip.tell(node!, NOW + hours * 3_600)).join());
    expect(new Set(days).size).toBeLessThanOrEqual(2);
    expect(addresses(gossip.tell(node!, NOW + 90_000))).not.toEqual(addresses(told));
  });

  it("never tells more than the protocol allows", () => {
    const { nodes, gossip } = create({ nodes: 6_000, known: 6_000 });
    expect(gossip.tell(nodes[0]!, NOW)).toHaveLength(MAX_TOLD);
  });

  it.each([{ nodes: 300 }, { nodes: 900, alive: 0.05 }, { nodes: 60, known: 0 }])(
    "leads to all a handful at a time too, if one comes again: %o",
    (input) => {
      const population = create(input);
      const found = new Set([population.nodes[0]!.key]);
      const random = seeded(1);
      for (let turn = 1; turn <= 30 && found.size < population.nodes.length; turn++) {
        for (const key of found) {
          const node = population.find(key);
          if (node === undefined || !["faithful", "slow", "announcer"].includes(node.personality)) continue;
          const peers = population.gossip.handful(node, 6, turn, random);
          expect(peers.length).toBeLessThanOrEqual(6);
          expect(new Set([node.key, ...peers.map(formatAddress)]).size).toBe(1 + peers.length);
          for (const peer of peers) found.add(formatAddress(peer));
        }
      }
      expect(found.size).toBe(population.nodes.length);
    },
  );

  it("gives another handful each time", () => {
    const { nodes, gossip } = create();
    const random = seeded(1);
    const handfuls = Array.from({ length: 10 }, () => gossip.handful(nodes[0]!, 6, 1, random).map(formatAddress).join());
    expect(new Set(handfuls).size).toBe(10);
    expect(gossip.handful(nodes[0]!, 6, 1, random)).toHaveLength(6);
    expect(create({ nodes: 1 }).gossip.handful(create({ nodes: 1 }).nodes[0]!, 6, 1, random)).toEqual([]);
  });

  it("has the alive seen lately and nobody in the future or longer ago than crawlers believe", () => {
    const { nodes, gossip, find } = create();
    for (const { address, time } of gossip.tell(nodes[0]!, NOW)) {
      const oldest = isAlive(find(formatAddress(address))!.personality) ? 3 * 3_600 : 5 * 86_400;
      expect(NOW - time).toBeGreaterThanOrEqual(0);
      expect(NOW - time).toBeLessThanOrEqual(oldest);
      expect(Number.isInteger(time)).toBe(true);
    }
  });

  it("leaves an old node out of its own answer", () => {
    const population = create();
    const node = one(population, "legacy");
    expect(addresses(population.gossip.tell(node, NOW))).not.toContain(node.key);
    expect(addresses([population.gossip.announce(node, NOW)])).toEqual([node.key]);
  });

  it("has liars invent a limited number of addresses, and absurd times", () => {
    const population = create({ nodes: 400, habits: { liar: 0.5 }, lies: 20 });
    const liars = population.nodes.filter(({ personality }) => personality === "liar");
    const lies = liars.flatMap((liar: DevnetNode) => population.gossip.lie(liar, NOW));
    const invented = lies.filter(({ address }) => population.find(formatAddress(address)) === undefined);
    expect(new Set(addresses(invented)).size).toBe(20);
    expect(invented.every(({ address }) => isRoutable(address, "loopback"))).toBe(true);
    expect(lies.some(({ time }) => time === 0)).toBe(true);
    expect(lies.some(({ time }) => time > NOW + 86_400)).toBe(true);
  });

  it("has flooders tell more than is allowed, even where there are not so many nodes", () => {
    const population = create();
    expect(population.gossip.flood(one(population, "flooder"), NOW).length).toBeGreaterThan(MAX_TOLD);
  });
});
