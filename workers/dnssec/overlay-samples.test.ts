import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OVERLAY_FAMILIES } from "../dns/overlay-peers.ts";
import { OVERLAY_PEERS } from "../dns/test-zone.ts";
import { onions, poolOf, seeded, spread, type TestPeer } from "../sampling/test-pool.ts";
import { overlaySamples } from "./overlay-samples.ts";

/** The address of each record. */
const texts = (sample: readonly Uint8Array[]): string[] =>
  sample.map((data) => Buffer.from(data.subarray(1, 1 + data[0]!)).toString("latin1"));

const familyOf = (text: string): (typeof OVERLAY_FAMILIES)[number] =>
  text.includes(".onion:") ? "onion" : text.includes(".b32.i2p:") ? "i2p" : "cjdns";

const deal = (peers: readonly TestPeer[], { count = 10, least = 8, most = 256, services = "0", due = true } = {}) =>
  overlaySamples(poolOf(peers), services, { count, least, most }, () => due, seeded(1)).map(texts);

describe("samples of overlay peers", () => {
  it("have the families take turns, the small ones at the front of each", () => {
    for (const sample of deal(OVERLAY_PEERS)) {
      expect(sample).toHaveLength(10);
      expect(sample.slice(0, 3).map(familyOf)).toEqual(OVERLAY_FAMILIES);
      expect(sample.filter((text) => familyOf(text) === "cjdns")).toHaveLength(3);
    }
  });

  it("have every due peer in one of them, each once at most in a sample, whatever there is of each family", () => {
    fc.assert(
      fc.property(fc.nat(80), fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 12 }), (onion, i2p, cjdns, count) => {
        const peers: TestPeer[] = [
          ...onions(onion),
          ...OVERLAY_PEERS.slice(30, 30 + Math.min(i2p, 6)),
          ...Array.from({ length: cjdns }, (_, i) => ({ text: `[fc00::${(i + 1).toString(16)}]:28333` })),
          ...spread(3),
        ];
        const samples = deal(peers, { count });
        const overlay = peers.slice(0, -3).map(({ text }) => text);
        if (count >= 3) expect(new Set(samples.flat())).toEqual(new Set(overlay));
        for (const sample of samples) {
          expect(sample.length).toBeLessThanOrEqual(count);
          expect(new Set(sample).size).toBe(sample.length);
        }
      }),
    );
  });

  it("have only peers with the services asked for, and are none where nobody has them", () => {
    const all = new Set(deal(OVERLAY_PEERS, { services: "400" }).flat());
    expect(all.size).toBe(20);
    expect(deal(OVERLAY_PEERS, { services: "800" })).toEqual([]);
    expect(deal(spread(10))).toEqual([]);
  });

  it("are few where few peers are due", () => {
    expect(deal(OVERLAY_PEERS, { due: false })).toHaveLength(8);
    expect(deal(OVERLAY_PEERS.slice(0, 2), { due: true })).toHaveLength(1);
  });
});
