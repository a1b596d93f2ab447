import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipAddresses } from "../../../test/support/addresses.ts";
import { gossip } from "../../../test/support/envelope.ts";
import { decredAddresses, decredVersions } from "../../../test/support/decred.ts";
import { entry, PEER } from "../../../test/support/decred-peer.ts";
import { encodeAddr } from "../envelope/addr.ts";
import { MAX_USER_AGENT } from "../agent.ts";
import { encodeNonce, encodeVersion } from "../envelope/version.ts";
import type { Hearsay } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { decodeAddrv2, encodeAddrv2 } from "./addrv2.ts";
import { DECRED_LIMITS } from "./limits.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";

const many = (count: number): Hearsay[] => Array.from({ length: count }, () => entry("25.1.2.3"));
const ONION = { family: "onion", host: "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", port: 9108 } as const;
const THREE = [entry("25.1.2.3"), { ...entry("x"), address: { family: "ipv6", host: "2001:db8::1", port: 1 } as const }];

/** After the user agent of `PEER`'s version: 46 and 80 are after the receiver and the nonce, 4 octets of height and one of relay follow. */
const AGENT_END = 81 + PEER.userAgent!.length;

describe.each([
  { name: "version", payload: encodeVersion(PEER), decode: decodeVersion, ends: [46, 80, AGENT_END, AGENT_END + 4] },
  { name: "addr", payload: encodeAddr(THREE), decode: decodeAddr, ends: [] },
  { name: "addrv2", payload: encodeAddrv2([...THREE, { ...entry("x"), address: ONION }]), decode: decodeAddrv2, ends: [] },
  { name: "nonce", payload: encodeNonce(5n), decode: decodeNonce, ends: [] },
])("$name", ({ payload, decode, ends }) => {
  it("is refused wherever it is cut off but where it may end, and where anything follows", () => {
    const whole = new Set<number>([...ends, payload.length]);
    for (let length = 0; length <= payload.length; length++) {
      const cut = (): unknown => decode(payload.subarray(0, length));
      if (whole.has(length)) expect(cut).not.toThrow();
      else expect(cut, String(length)).toThrow(WireError);
    }
    expect(() => decode(concatBytes(payload, Uint8Array.of(0)))).toThrow("payload: 1 octets too many");
  });
});

describe("version", () => {
  it("is its own inverse, wherever it ends", () => {
    fc.assert(
      fc.property(decredVersions, (message) => {
        expect(decodeVersion(encodeVersion(message))).toEqual(message);
      }),
    );
  });

  it("has a user agent of at most 256 printable characters", () => {
    const agent = "x".repeat(MAX_USER_AGENT);
    const longest = encodeVersion({ ...PEER, userAgent: agent });
    expect(decodeVersion(longest).userAgent).toBe(agent);
    expect(longest.length).toBeLessThanOrEqual(DECRED_LIMITS.payload.version);
    expect(() => decodeVersion(encodeVersion({ ...PEER, userAgent: `${agent}x` }))).toThrow("user agent: at most 256 is allowed");
    for (const userAgent of ["\u001f", "\u007f", "caf\u00e9", "a\nb"]) {
      expect(() => decodeVersion(encodeVersion({ ...PEER, userAgent }))).toThrow("user agent: is not printable ASCII");
    }
  });

  it("is refused at any extreme of the agent's length", () => {
    const payload = encodeVersion(PEER);
    for (const length of ["ff", "fdffff", "feffffffff", "ffffffffffffffffff", "fd0100", "fe01000000", "ff0100000000000000"]) {
      const bad = concatBytes(payload.subarray(0, 80), hexToBytes(length), payload.subarray(81));
      expect(() => decodeVersion(bad), length).toThrow(WireError);
    }
  });
});

describe.each([
  { name: "addr", decode: decodeAddr, encode: encodeAddr, addresses: ipAddresses, least: 0 },
  { name: "addrv2", decode: decodeAddrv2, encode: encodeAddrv2, addresses: decredAddresses, least: 1 },
])("$name", ({ name, decode, encode, addresses, least }) => {
  it("is its own inverse", () => {
    fc.assert(
      fc.property(gossip(addresses), (entries) => {
        fc.pre(entries.length >= least);
        expect(decode(encode(entries))).toEqual({ count: entries.length, entries });
      }),
    );
  });

  it("takes 1,000 entries; one more is flooding, and so is any other extreme", () => {
    expect(decode(encode(many(1_000))).count).toBe(1_000);
    const flooding = expect.objectContaining({ failure: "flooding", field: "count" });
    expect(() => decode(encode(many(1_001)))).toThrow(flooding);
    for (const count of ["fde903", "fdffff", "feffffffff", "ffffffffffffffffff"]) expect(() => decode(hexToBytes(count))).toThrow(flooding);
  });

  it("refuses a count that is not in its shortest form", () => {
    const one = encode(many(1)).subarray(1);
    for (const count of ["fd0100", "fe01000000", "ff0100000000000000"]) {
      expect(() => decode(concatBytes(hexToBytes(count), one))).toThrow("count: is not in its shortest form");
    }
  });

  it("fits the frame's limit at its largest", () => {
    const address = name === "addrv2" ? ONION : many(1)[0]!.address;
    const largest = encode(Array.from({ length: 1_000 }, () => ({ ...entry("x"), address })));
    expect(largest.length).toBe(name === "addrv2" ? DECRED_LIMITS.payload.addrv2 : DECRED_LIMITS.payload.addr);
  });
});

/** One entry of addrv2 with the given type and address. */
const around = (type: number, host: string): Uint8Array =>
  hexToBytes(`01${"00".repeat(16)}${type.toString(16).padStart(2, "0")}${host}9423`);

/** What becomes of the time of an entry of addrv2. */
const timed = (time: string): number | undefined => decodeAddrv2(hexToBytes(`01${time}${"00".repeat(8)}01190102039423`)).entries[0]?.time;

describe("addrv2", () => {
  it("refuses no entries", () => {
    expect(() => decodeAddrv2(Uint8Array.of(0))).toThrow("count: is zero");
  });

  it.each([
    [1, 4],
    [2, 16],
    [3, 32],
  ])("takes addresses of type %i with %i octets, and no other", (type, right) => {
    for (let length = 0; length <= 40; length++) {
      const decode = (): unknown => decodeAddrv2(around(type, "20".repeat(length)));
      if (length === right) expect(decode).not.toThrow();
      else expect(decode).toThrow(WireError);
    }
  });

  it("refuses every other type, and the whole message with it", () => {
    for (let type = 0; type < 256; type++) {
      if (type < 1 || type > 3) expect(() => decodeAddrv2(around(type, "20".repeat(16)))).toThrow("type: is unknown");
    }
  });

  it("has the port's octets the other way round than addr", () => {
    expect(decodeAddrv2(around(1, "19010203")).entries[0]?.address).toEqual({ family: "ipv4", host: "25.1.2.3", port: 9108 });
  });

  it("leaves out IPv6 addresses that are none here", () => {
    for (const host of ["00000000000000000000ffff19010203", "fc000001000200030004000500060007"]) {
      expect(decodeAddrv2(around(2, host))).toEqual({ count: 1, entries: [] });
    }
  });

  it("keeps times of 64 bits in 32", () => {
    expect(timed("00f1536500000000")).toBe(1_700_000_000);
    expect(timed("ffffffffffffffff")).toBe(0xffff_ffff);
    expect(timed("0000000001000000")).toBe(0xffff_ffff);
  });

  it("does not encode what it cannot carry", () => {
    for (const address of [
      { family: "i2p", host: "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", port: 0 },
      { family: "cjdns", host: "fc00::1", port: 1 },
      { family: "onion", host: `${"a".repeat(56)}.onion`, port: 1 },
    ] as const) {
      expect(() => encodeAddrv2([{ ...entry("x"), address }])).toThrow(WireError);
    }
    for (const time of [-1, 0.5, Number.NaN]) expect(() => encodeAddrv2([{ ...entry("25.1.2.3"), time }])).toThrow(WireError);
  });
});
