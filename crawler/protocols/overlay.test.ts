import { hexToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { i2pHash, i2pHost, onionHost, onionKey } from "./overlay.ts";
import { WireError } from "./wire-error.ts";

// bitcoin/bitcoin src/test/net_tests.cpp
const KEY = hexToBytes("79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f");
const ONION = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
const HASH = hexToBytes("a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87");
const I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";

describe("onion names", () => {
  it("agree with Bitcoin Core's", () => {
    expect(onionHost(KEY)).toBe(ONION);
    expect(onionKey(ONION)).toEqual(KEY);
  });

  it("are refused with a wrong checksum, version or form", () => {
    const wrong = [ONION.replace("pg6", "qg6"), ONION.replace("yd.onion", "yc.onion"), ONION.toUpperCase(), "abc.onion", "", `${ONION}.`];
    for (const host of wrong) expect(() => onionKey(host)).toThrow(WireError);
  });
});

describe("I2P names", () => {
  it("agree with Bitcoin Core's", () => {
    expect(i2pHost(HASH)).toBe(I2P);
    expect(i2pHash(I2P)).toEqual(HASH);
  });

  it("are refused with stray bits or in another form", () => {
    const wrong = [I2P.replace("kdq.", "kdr."), I2P.toUpperCase(), "abc.b32.i2p", ""];
    for (const host of wrong) expect(() => i2pHash(host)).toThrow(WireError);
  });
});

it("turns any 32 octets into a host that the address parser takes as it stands, and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (octets) => {
      expect(onionKey(onionHost(octets))).toEqual(octets);
      expect(i2pHash(i2pHost(octets))).toEqual(octets);
      expect(parseAddress(`${onionHost(octets)}:1`)).toEqual({ family: "onion", host: onionHost(octets), port: 1 });
      expect(parseAddress(`${i2pHost(octets)}:0`)).toEqual({ family: "i2p", host: i2pHost(octets), port: 0 });
    }),
  );
});
