import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressError, formatAddress, hostOctets, ipAddress, netgroup, parseAddress } from "../../schema/address.ts";
import { buildPool, peerAt, rowOctets } from "./pool.ts";
import { poolOf, snapshotOf } from "./test-pool.ts";

const ONION = `${"a".repeat(56)}.onion:8333`;
const I2P = `${"b".repeat(52)}.b32.i2p:0`;

const addressArbitrary = fc.oneof(
  // Few prefixes, so that groups have several members.
  fc
    .tuple(fc.constantFrom(5, 6), fc.constantFrom(1, 2), fc.nat(255), fc.nat(255))
    .map((octets) => formatAddress(ipAddress(Uint8Array.from(octets), 8333))),
  fc
    .tuple(fc.constantFrom(0x2a, 0xfc, 0x00), fc.constantFrom(1, 2), fc.nat(1), fc.nat(1), fc.uint8Array({ minLength: 12, maxLength: 12 }))
    .map(([a, b, c, d, rest]) => formatAddress(ipAddress(Uint8Array.of(a, b, c, d, ...rest), 18_333))),
  fc.constantFrom(ONION, I2P, "[::ffff:9.8.7.6]:1", "[FC00::1]:2"),
);

describe("buildPool", () => {
  it("keeps of each address what parseAddress reads", () => {
    fc.assert(
      fc.property(fc.array(addressArbitrary, { maxLength: 40 }), (texts) => {
        const pool = poolOf(texts.map((text) => ({ text })));
        for (const [row, text] of texts.entries()) {
          const address = parseAddress(text);
          expect(rowOctets(pool, row)).toEqual(hostOctets(address) ?? new Uint8Array(0));
          if (text === formatAddress(address)) expect(peerAt(pool, row).address).toEqual(address);
        }
      }),
    );
  });

  it("divides rows into the netgroups of the schema", () => {
    fc.assert(
      fc.property(fc.uniqueArray(addressArbitrary, { maxLength: 40 }), (texts) => {
        const pool = poolOf(texts.map((text) => ({ text })));
        const groups = texts.map((text) => netgroup(parseAddress(text)));
        for (let a = 0; a < texts.length; a++) {
          for (let b = 0; b < a; b++) expect(pool.groups[a] === pool.groups[b], `${texts[a]} ${texts[b]}`).toBe(groups[a] === groups[b]);
        }
        expect(pool.groupCount).toBe(new Set(groups).size);
      }),
    );
  });

  it("takes the AS for the operator, and the netgroup where no AS is known", () => {
    const asns = [64_500, 64_500, null, null, 64_501, null];
    const texts = ["1.1.0.1:1", "2.2.0.1:1", "3.3.0.1:1", "3.3.0.2:1", "3.3.0.3:1", "4.4.0.1:1"];
    const pool = poolOf(texts.map((text, i) => ({ text, asn: asns[i]! })));
    expect([...pool.operators]).toEqual([0, 0, 1, 1, 2, 3]);
  });

  it("takes each overlay network for one operator, of as many netgroups as it has hosts", () => {
    const texts = [ONION, `${"c".repeat(56)}.onion:8333`, I2P, `${"d".repeat(52)}.b32.i2p:0`, "[fc00::1]:1", "[fc00::2]:1", "1.1.0.1:1"];
    const pool = poolOf(texts.map((text) => ({ text })));
    expect([...pool.operators]).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect(pool.groupCount).toBe(texts.length);
  });

  it("gives whole peers", () => {
    const pool = poolOf([{ text: "[2001:db8::1]:28333", services: "c09", version: 70_001, asn: 64_500 }]);
    expect(peerAt(pool, 0)).toEqual({
      address: { family: "ipv6", host: "2001:db8::1", port: 28_333 },
      text: "[2001:db8::1]:28333",
      services: "c09",
      version: 70_001,
      agent: "/test:1/",
      asn: 64_500,
      country: null,
    });
  });

  it("refuses a row that is no address by name", () => {
    expect(() => buildPool(snapshotOf([{ text: "seed.example.org:8333" }]))).toThrow(AddressError);
  });

  it("is empty for an empty snapshot", () => {
    expect(poolOf([])).toMatchObject({ size: 0, groupCount: 0, operatorCount: 0 });
  });
});
