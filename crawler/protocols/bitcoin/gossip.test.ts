/** `addr` and `addrv2` side by side: what holds for one holds for the other, where nothing else is said. */
import { hexToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyAddresses, ipAddresses } from "../../../test/support/addresses.ts";
import { gossip } from "../../../test/support/envelope.ts";
import type { Hearsay } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { decodeAddr } from "./messages.ts";
import { encodeAddr, MAX_ADDR_ENTRIES } from "../envelope/addr.ts";
import { decodeAddrv2, encodeAddrv2 } from "./addrv2.ts";
import { BITCOIN_LIMITS } from "./limits.ts";

const ENTRY: Hearsay = { address: { family: "ipv4", host: "25.1.2.3", port: 8333 }, services: "9", time: 1_700_000_000 };
const many = (count: number): Hearsay[] => Array.from({ length: count }, () => ENTRY);

describe.each([
  { name: "addr", decode: decodeAddr, encode: encodeAddr, addresses: ipAddresses },
  { name: "addrv2", decode: decodeAddrv2, encode: encodeAddrv2, addresses: anyAddresses },
])("$name", ({ decode, encode, addresses }) => {
  it("is its own inverse", () => {
    fc.assert(
      fc.property(gossip(addresses), (entries) => {
        expect(decode(encode(entries))).toEqual({ count: entries.length, entries });
      }),
    );
  });

  it("refuses a message that is cut off, wherever", () => {
    const payload = encode(many(3));
    for (let length = 0; length < payload.length; length++) expect(() => decode(payload.subarray(0, length))).toThrow(WireError);
  });

  it("takes 1,000 entries; one more is flooding", () => {
    expect(decode(encode(many(MAX_ADDR_ENTRIES))).count).toBe(1_000);
    expect(() => decode(encode(many(MAX_ADDR_ENTRIES + 1)))).toThrow(expect.objectContaining({ failure: "flooding", field: "count" }));
    // A huge count costs nothing: it is refused before anything is read or reserved.
    expect(() => decode(hexToBytes("ffffffffffffffffff"))).toThrow(expect.objectContaining({ failure: "flooding" }));
  });

  it("fits the frame's limit at its largest", () => {
    expect(encode(many(MAX_ADDR_ENTRIES)).length).toBeLessThanOrEqual(BITCOIN_LIMITS.payload.addr);
  });
});

describe("addr", () => {
  it("leaves out fc00::/8, which is CJDNS only in addrv2", () => {
    const payload = encodeAddr([ENTRY, { ...ENTRY, address: { family: "ipv6", host: "fd00::1", port: 1 } }]);
    payload.set(hexToBytes("fc000001000200030004000500060007"), 1 + 12);
    expect(decodeAddr(payload)).toEqual({ count: 2, entries: [{ ...ENTRY, address: { family: "ipv6", host: "fd00::1", port: 1 } }] });
  });

  it("cannot carry an overlay's address", () => {
    for (const address of [
      { family: "onion", host: "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", port: 8333 },
      { family: "cjdns", host: "fc00::1", port: 8333 },
    ] as const) {
      expect(() => encodeAddr([{ ...ENTRY, address }])).toThrow(WireError);
    }
  });
});

/** An addrv2 message of one entry with the given network, length and address. */
const around = (address: string): Uint8Array => hexToBytes(`010000000000${address}208d`);

describe("addrv2", () => {
  it("leaves out fc00::/8 that calls itself IPv6", () => {
    expect(decodeAddrv2(around("0210fc000001000200030004000500060007"))).toEqual({ count: 1, entries: [] });
  });

  it("skips an unknown network's address of 512 octets and refuses a longer one", () => {
    expect(decodeAddrv2(around(`aafd0002${"00".repeat(512)}`))).toEqual({ count: 1, entries: [] });
    expect(() => decodeAddrv2(around(`aafd0102${"00".repeat(513)}`))).toThrow(expect.objectContaining({ field: "address length" }));
  });

  it.each([
    [1, 4],
    [2, 16],
    [3, 10],
    [4, 32],
    [5, 32],
    [6, 16],
  ])("takes addresses of network %i only with %i octets", (network, right) => {
    for (let length = 0; length <= 40; length++) {
      const decode = () => decodeAddrv2(Uint8Array.of(1, 0, 0, 0, 0, 0, network, length, ...new Uint8Array(length), 0, 1));
      if (length === right) expect(decode).not.toThrow();
      else expect(decode).toThrow(WireError);
    }
  });

  it("does not encode an onion name with a wrong checksum", () => {
    const address = { family: "onion", host: `${"a".repeat(56)}.onion`, port: 1 } as const;
    expect(() => encodeAddrv2([{ ...ENTRY, address }])).toThrow(WireError);
  });
});
