/** Finding the hosts that SRV points to. */
import { bytesToHex } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv4, formatIpv6 } from "../../schema/ip.ts";
import { poolOf } from "../sampling/test-pool.ts";
import { OVERLAY_PEERS } from "./test-zone.ts";
import { rdataOf, TYPE, type RecordSet } from "./records.ts";
import { findHost } from "./service-hosts.ts";

/** A global address: those of a few prefixes, so that some differ little. */
const IPV4 = fc.tuple(fc.constantFrom(20, 21), fc.nat(3), fc.nat(255), fc.nat(255)).map((octets) => Uint8Array.from(octets));
const IPV6 = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((octets) => Uint8Array.from([0x2a, 1, 0, 9, ...octets]));
const ADDRESS = fc.oneof(IPV4, IPV6);

const textOf = (octets: Uint8Array, port: number): string =>
  octets.length === 4 ? `${formatIpv4(octets)}:${port}` : `[${formatIpv6(octets)}]:${port}`;

/** The type and the octets of what is found. */
function found(pool: ReturnType<typeof poolOf>, hex: string): readonly [number, string] | undefined {
  const host = findHost(pool, hex);
  const set: RecordSet | undefined = host && { owner: Uint8Array.of(0), ttl: 1, ...host };
  return set && [set.type, rdataOf(set).map(bytesToHex).join()];
}

describe("findHost", () => {
  it("finds every IP peer by its address, whatever its port, and nobody else", () => {
    fc.assert(
      fc.property(fc.array(ADDRESS, { maxLength: 60 }), fc.array(ADDRESS, { maxLength: 20 }), (listed, strangers) => {
        const peers = listed.flatMap((octets, i) => [{ text: textOf(octets, 1 + i) }, { text: textOf(octets, 1_001 + i) }]);
        const pool = poolOf([...peers, ...OVERLAY_PEERS]);
        const there = new Set(listed.map(bytesToHex));
        for (const hex of [...listed, ...strangers].map(bytesToHex)) {
          expect(found(pool, hex)).toEqual(there.has(hex) ? [hex.length === 8 ? TYPE.A : TYPE.AAAA, hex] : undefined);
        }
      }),
    );
  });

  it("tells addresses apart that have one digest", () => {
    const [one, other] = ["2a01c4f600000000000000007f561ccc", "2a0162d00000000000000000577b3546"] as const;
    const peers = { [one]: "[2a01:c4f6::7f56:1ccc]:1", [other]: "[2a01:62d0::577b:3546]:1" };
    const all = poolOf(Object.values(peers).map((text) => ({ text })));
    for (const hex of [one, other]) {
      expect(found(all, hex)).toEqual([TYPE.AAAA, hex]);
      const alone = poolOf([{ text: peers[hex] }]);
      expect([one, other].filter((each) => found(alone, each) !== undefined)).toEqual([hex]);
    }
  });

  it("takes no address of an overlay network for a host's", () => {
    const pool = poolOf([{ text: "[fc00::1]:8333" }]);
    expect(found(pool, "fc000000000000000000000000000001")).toBeUndefined();
    expect(found(poolOf([]), "14000001")).toBeUndefined();
  });
});
