import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { NETWORKS } from "../../schema/networks/index.ts";
import type { Zone } from "../../schema/zone.ts";
import { answerQuery } from "../dns/answer.ts";
import { PAYLOAD_OCTETS } from "../dns/edns.ts";
import { formatName } from "../dns/name.ts";
import { TYPE } from "../dns/records.ts";
import { contextOf, OVERLAY_PEERS, PEERS, queryOf, ZONE } from "../dns/test-zone.ts";
import { treeOf } from "../dns/tree.ts";
import { poolOf } from "../sampling/test-pool.ts";
import { DENIAL_NAMES, denialSpare } from "./answer-size.ts";
import { readMessage } from "./test-message.ts";
import { signedZone, signingKeys } from "./test-signing.ts";

/** A zone whose name has so many characters. */
function zoneOf(length: number): Zone {
  const isDot = (i: number): boolean => i === length - 1 || (i % 30 === 29 && i < length - 2);
  return { ...ZONE, name: Array.from({ length }, (_, i) => (isDot(i) ? "." : "a")).join("") };
}

/** The longest that may be signed. */
const LONGEST = Array.from({ length: 200 }, (_, i) => i + 2).findLast((length) => denialSpare(zoneOf(length), DEVNET) >= 0)!;

describe("the longest zone that may be signed", () => {
  it("is longer than any that people have, with their longer name servers' names too", () => {
    expect(LONGEST).toBeGreaterThan(80);
    for (const network of NETWORKS)
      expect(denialSpare({ ...ZONE, name: `${network.name}.dnsseed.p2p.example-foundation.org.` }, network)).toBeGreaterThan(0);
  });

  it.each([13, 15] as const)("has its stale answers by algorithm %i pass by UDP, existing names' as well as denials", async (algorithm) => {
    const zone = zoneOf(LONGEST);
    const keys = await signingKeys(webcrypto.subtle, zone.name, [algorithm]);
    const served = await signedZone(webcrypto.subtle, keys, zone, poolOf([...PEERS, ...OVERLAY_PEERS]));
    const context = contextOf({ ...served, freshness: "stale" }, { transport: "udp" });
    const names = [
      ...treeOf(zone, DEVNET).nodes.keys(),
      ...["z", "_z", "a", "x5a", "_peersa", "*"].map((letter) => `${letter.padEnd(63, letter)}.${zone.name}`),
    ];
    let longest = 0;
    for (const name of names) {
      for (const type of Object.values(TYPE)) {
        const query = queryOf({ name, type, edns: { payload: PAYLOAD_OCTETS, flags: 0x8000 } });
        const { truncated, octets } = readMessage(answerQuery(query, context).message);
        expect(truncated, `${name} ${type}`).toBe(false);
        longest = Math.max(longest, octets);
      }
    }
    // The limit is not far from what is needed: what it allows for and is not there is a few octets of labels and bitmaps.
    expect(longest).toBeGreaterThan(PAYLOAD_OCTETS - 100);
    expect(longest).toBeLessThanOrEqual(PAYLOAD_OCTETS);
  });

  it("would be shorter by what each character more would cost", () => {
    expect(denialSpare(zoneOf(LONGEST + 1), DEVNET)).toBeLessThan(0);
    expect(denialSpare(zoneOf(60), DEVNET) - denialSpare(zoneOf(61), DEVNET)).toBe(DENIAL_NAMES);
    expect(formatName(treeOf(zoneOf(60), DEVNET).apex)).toHaveLength(60);
  });
});

describe("samples as long as a message allows", () => {
  const pool = poolOf(Array.from({ length: 70 }, (_, i) => ({ text: `[2a01:${i + 1}::5]:28333` })));

  it.each([[[13]], [[13, 15]]] as const)(
    "never are a record too long, whatever the zone's name, signed by algorithms %j and stale",
    async (algorithms) => {
      const spare: number[] = [];
      for (let length = 4; length < 64; length++) {
        const zone = { ...zoneOf(length), records: 50 };
        const keys = await signingKeys(webcrypto.subtle, zone.name, algorithms);
        const served = await signedZone(webcrypto.subtle, keys, zone, pool, { seconds: 0 });
        const context = contextOf({ ...served, freshness: "stale" }, { transport: "udp" });
        for (const [label, type] of [
          ["", TYPE.AAAA],
          ["x409.", TYPE.AAAA],
          ["_devnet._tcp.", TYPE.SRV],
        ] as const) {
          const query = queryOf({ name: `${label}${zone.name}`, type, edns: { payload: PAYLOAD_OCTETS, flags: 0x8000 } });
          const { truncated, octets, answer } = readMessage(answerQuery(query, context).message);
          expect(truncated, `${label}${zone.name}`).toBe(false);
          expect(answer.length).toBeLessThan(50);
          spare.push(PAYLOAD_OCTETS - octets);
        }
      }
      expect(Math.min(...spare)).toBeLessThan(3);
    },
  );
});
