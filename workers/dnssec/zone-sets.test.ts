import { describe, expect, it } from "vitest";
import * as v from "valibot";
import { hostOctets, netgroup, parseAddress } from "../../schema/address.ts";
import { MAX_BANK_SAMPLES } from "../../schema/bank.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { ZoneSchema, type Zone } from "../../schema/zone.ts";
import { TYPE } from "../dns/records.ts";
import { ZONE } from "../dns/test-zone.ts";
import { crowd, onions, poolOf, seeded, spread, type TestPeer } from "../sampling/test-pool.ts";
import { LATE_SECONDS, LEAST_SAMPLES, zoneOwners, type ZoneOwner } from "./zone-sets.ts";

const START = 1_800_000_000;

const ownersOf = (peers: readonly TestPeer[], zone: Zone = ZONE, generated = START, seconds = 420, seed = 3): ZoneOwner[] =>
  zoneOwners({ zone, network: DEVNET, pool: poolOf(peers), serial: 9, generated, seconds, signatures: 1, random: seeded(seed) });

const SERVICES = ["1", "9", "409", "c48", "44d"];

/** Peers as a large network has them: in many prefixes, some of them crowded, some operators large, of all families, some off the port. */
function population(count: number): TestPeer[] {
  const ipv4 = count * 0.65;
  const texts = [
    ...spread(ipv4 * 0.95).map(({ text }) => text),
    ...crowd(ipv4 * 0.02).map(({ text }) => text),
    ...spread(ipv4 * 0.03, 9_999).map(({ text }) => text.replace("7.9", "8.8")),
    ...Array.from({ length: count * 0.2 }, (_, i) => `[2a01:${(i % 1_500).toString(16)}::${(i + 1).toString(16)}]:28333`),
    ...onions(count * 0.13).map(({ text }) => text),
    ...Array.from({ length: count * 0.02 }, (_, i) => `[fc00::${(i + 1).toString(16)}]:28333`),
  ];
  return texts.map((text, i) => ({ text, services: SERVICES[i % SERVICES.length]!, asn: i % 4 === 0 ? 64_500 + (i % 90) : null }));
}

/** What stands for a peer in records of a type; undefined where it cannot be in one. */
function dataOf(peer: TestPeer, type: number, services: string): string | undefined {
  const address = parseAddress(peer.text);
  if ((BigInt(`0x${peer.services ?? "409"}`) & BigInt(`0x${services}`)) !== BigInt(`0x${services}`)) return undefined;
  const octets = hostOctets(address);
  const ip = address.family === "ipv4" || address.family === "ipv6" ? octets : undefined;
  if (type === TYPE.TXT) return ip === undefined ? `${peer.text} ${peer.services}` : undefined;
  if (type === TYPE.SRV) return ip && `${Buffer.from(ip).toString("hex")} ${address.port}`;
  const family = type === TYPE.A ? "ipv4" : "ipv6";
  return address.family === family && address.port === DEVNET.port ? Buffer.from(octets!).toString("hex") : undefined;
}

/** The same from a record's data. */
function readData(type: number, data: Uint8Array): string {
  const octets = Buffer.from(data);
  if (type === TYPE.SRV) return `${octets.toString("latin1", 7, 7 + octets[6]!)} ${octets.readUInt16BE(4)}`;
  if (type !== TYPE.TXT) return octets.toString("hex");
  const [length = 0] = octets;
  return `${octets.toString("latin1", 1, 1 + length)} ${octets.toString("latin1", 2 + length).replace("services=", "")}`;
}

const DRAWN = new Set<number>([TYPE.A, TYPE.AAAA, TYPE.SRV, TYPE.TXT]);
/** The service bits that a name asks for. */
const bitsOf = (label: string): string => /^x([0-9a-f]+)/.exec(label)?.[1] ?? "0";

/** How many records the samples of a type have at the first name that has that type. */
const recordsOf = (peers: readonly TestPeer[], zone: Zone, type: number): number | undefined =>
  ownersOf(peers, zone)
    .flatMap(({ sets }) => sets)
    .find((set) => set.type === type)?.samples[0]?.length;

describe("the samples of a signed zone", () => {
  const peers = population(10_000);
  const pool = poolOf(peers);

  // When publications are made is told by workers/registry/publish.ts: not before a third of the freshness has passed, nor before the interval.
  it.each([
    ["with the default policy", {}],
    ["with the interval that the free plan wants", { interval: 360 }],
    ["with a snapshot that keeps fresh for 40 minutes", { fresh: 2_400 }],
  ])("have every peer of 10,000 in some sample within an hour %s, at every name and of every type", (_, changes) => {
    const zone = v.parse(ZoneSchema, { ...ZONE, ...changes });
    const seen = new Map<string, Set<string>>();
    let ticks = 0;
    for (let now = START; now < START + 3_600;) {
      const due = now + Math.max(Math.floor(zone.fresh / 3), zone.interval);
      const content = { zone, network: DEVNET, pool, serial: 9, generated: now, seconds: due - now + LATE_SECONDS, signatures: 1 };
      for (const { label, sets } of zoneOwners({ ...content, random: seeded(now) })) {
        for (const { type, samples } of sets.filter((set) => DRAWN.has(set.type))) {
          const key = `${label} ${type}`;
          let found = seen.get(key);
          if (found === undefined) seen.set(key, (found = new Set()));
          for (const data of samples.flat()) found.add(readData(type, data));
        }
      }
      // The tick comes once a minute, and fails now and then.
      now = START + Math.ceil((due - START) / 60 + (ticks++ % 3 === 0 ? 1 : 0)) * 60;
    }
    expect(seen.size).toBeGreaterThan(15);
    for (const [key, found] of seen) {
      const [label = "", type = ""] = key.split(" ");
      const expected = new Set(peers.flatMap((peer) => dataOf(peer, Number(type), bitsOf(label)) ?? []));
      expect(expected.size, key).toBeGreaterThan(0);
      expect(found, key).toEqual(expected);
    }
  });

  it("obey the caps of any other sample: one of a netgroup, two of an operator", () => {
    const byText = new Map(peers.map((peer) => [dataOf(peer, TYPE.SRV, "0") ?? "", peer]));
    for (const { label, sets } of ownersOf(peers)) {
      for (const { type, samples } of sets.filter((set) => DRAWN.has(set.type) && set.type !== TYPE.TXT)) {
        for (const sample of samples) {
          const drawn = sample.map((data) => {
            const text = readData(type, data);
            return byText.get(type === TYPE.SRV ? text : `${text} ${DEVNET.port}`)!;
          });
          const groups = drawn.map(({ text }) => netgroup(parseAddress(text)));
          expect(new Set(groups).size, `${label} ${type}`).toBe(groups.length);
          const operators = Map.groupBy(
            drawn.filter(({ asn }) => asn !== null),
            ({ asn }) => asn,
          );
          for (const [, same] of operators) expect(same.length).toBeLessThanOrEqual(2);
        }
      }
    }
  });

  it("are several for each set that has more peers than one sample, never more than allowed, and never have a peer twice", () => {
    for (const { sets } of ownersOf(peers, ZONE, START, 3_600)) {
      for (const { type, samples } of sets.filter((set) => DRAWN.has(set.type))) {
        expect(samples.length).toBeGreaterThanOrEqual(LEAST_SAMPLES);
        expect(samples.length).toBeLessThanOrEqual(MAX_BANK_SAMPLES);
        for (const sample of samples) {
          const drawn = sample.map((data) => readData(type, data));
          expect(new Set(drawn).size).toBe(drawn.length);
        }
      }
    }
  });

  it("are one where all peers fit one, and none where there is no peer", () => {
    const few = new Map(ownersOf(spread(5)).map(({ label, sets }) => [label, sets.map(({ type, samples }) => [type, samples.length])]));
    expect(few.get("")).toEqual([
      [TYPE.SOA, 1],
      [TYPE.NS, 1],
      [TYPE.HINFO, 1],
      [TYPE.A, 1],
    ]);
    expect(few.get("_devnet._tcp")).toEqual([
      [TYPE.HINFO, 1],
      [TYPE.SRV, 1],
    ]);
    expect(few.get("_peers")).toEqual([[TYPE.HINFO, 1]]);
    expect(few.get("x448")).toEqual([[TYPE.HINFO, 1]]);
    expect(ownersOf([]).flatMap(({ sets }) => sets.filter((set) => DRAWN.has(set.type)))).toEqual([]);
  });

  it("have the zone's own number of records where that fits, and as many as fit where not", () => {
    expect(recordsOf(peers, ZONE, TYPE.A)).toBe(25);
    expect(recordsOf(peers, { ...ZONE, records: 3 }, TYPE.TXT)).toBe(3);
    expect(recordsOf(peers, { ...ZONE, records: 50 }, TYPE.AAAA)).toBeLessThan(50);
    expect(recordsOf(peers, ZONE, TYPE.SRV)).toBeLessThan(25);
  });
});

describe("the owners of a signed zone", () => {
  it("are the names of the tree that own something, in canonical order: by labels from the right", () => {
    expect(ownersOf(spread(3)).map(({ label }) => label)).toEqual(
      // prettier-ignore
      ["", "_peers", ...["1", "409", "448", "49", "5", "9", "d"].map((bits) => `x${bits}._peers`), "_devnet._tcp", "peer",
        ...["1", "409", "448", "49", "5", "9", "d"].map((bits) => `x${bits}`)],
    );
  });

  it("have at the cut its NS set, which nobody signs, and nothing else", () => {
    expect(
      ownersOf(spread(3))
        .find(({ label }) => label === "peer")
        ?.sets.map(({ type }) => type),
    ).toEqual([TYPE.NS]);
  });
});
