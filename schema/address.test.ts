import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyAddresses } from "../test/support/addresses.ts";
import { AddressError, formatAddress, hostOctets, ipAddress, MAX_ADDRESS_LENGTH, netgroup, parseAddress } from "./address.ts";

const ONION = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
const I2P = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";
/** Addresses that can be dialled: port 0 exists only in I2P. */
const dialable = anyAddresses.filter(({ port, family }) => port !== 0 || family === "i2p");

describe("parseAddress", () => {
  it("is the inverse of formatAddress", () => {
    fc.assert(
      fc.property(dialable, (address) => {
        const text = formatAddress(address);
        expect(parseAddress(text)).toEqual(address);
        expect(text.length).toBeLessThanOrEqual(MAX_ADDRESS_LENGTH);
      }),
    );
  });

  it("gives one text form a peer, whatever form it was written in", () => {
    fc.assert(
      fc.property(dialable, (address) => {
        expect(formatAddress(parseAddress(formatAddress(address).toUpperCase()))).toBe(formatAddress(address));
      }),
    );
  });

  it.each([
    ["1.2.3.4:8333", { family: "ipv4", host: "1.2.3.4", port: 8333 }],
    ["[2001:0DB8:0:0::1]:1", { family: "ipv6", host: "2001:db8::1", port: 1 }],
    ["[::ffff:1.2.3.4]:65535", { family: "ipv4", host: "1.2.3.4", port: 65535 }],
    ["[::ffff:102:304]:8333", { family: "ipv4", host: "1.2.3.4", port: 8333 }],
    ["[fc00::1]:8333", { family: "cjdns", host: "fc00::1", port: 8333 }],
    ["[fd00::1]:8333", { family: "ipv6", host: "fd00::1", port: 8333 }],
    [`${ONION.toUpperCase()}:8333`, { family: "onion", host: ONION, port: 8333 }],
    [`${I2P}:0`, { family: "i2p", host: I2P, port: 0 }],
  ])("reads %s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    "",
    ":",
    "1.2.3.4",
    "1.2.3.4:",
    ":8333",
    "1.2.3.4:0",
    "1.2.3.4:65536",
    "1.2.3.4:08333",
    "1.2.3.4:-1",
    "1.2.3.4:+1",
    "1.2.3.4:1e3",
    "1.2.3.4:8333 ",
    "1.2.3.4:8333\n",
    "01.2.3.4:8333",
    "[1.2.3.4]:8333",
    "2001:db8::1:8333",
    "[2001:db8::1]",
    "[2001:db8::1]8333",
    "2001:db8::1]:8333",
    "[fe80::1%eth0]:8333",
    "localhost:8333",
    "seed.example.org:8333",
    `[${ONION}]:8333`,
    `${ONION}:0`,
    `${ONION.slice(1)}:8333`,
    `x.${ONION}:8333`,
    "expyuzz4wqqyqhjn.onion:8333",
    `${"1".repeat(MAX_ADDRESS_LENGTH)}:1`,
  ])("refuses %j", (text) => {
    expect(() => parseAddress(text)).toThrow(AddressError);
  });

  it("throws nothing but AddressError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 90 }), fc.stringMatching(/^[0-9a-f:.[\]]{0,50}$/)), (text) => {
        try {
          expect(parseAddress(formatAddress(parseAddress(text)))).toEqual(parseAddress(text));
        } catch (error) {
          expect(error).toBeInstanceOf(AddressError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("ipAddress", () => {
  it("takes 4 or 16 octets and nothing else", () => {
    expect(ipAddress(Uint8Array.of(1, 2, 3, 4), 5)).toEqual({ family: "ipv4", host: "1.2.3.4", port: 5 });
    for (const length of [0, 3, 5, 15, 17, 32]) expect(() => ipAddress(new Uint8Array(length), 1)).toThrow(AddressError);
  });
});

describe("hostOctets", () => {
  it("gives back what ipAddress was given, and nothing for overlay names", () => {
    fc.assert(
      fc.property(dialable, (address) => {
        const octets = hostOctets(address);
        if (address.family === "onion" || address.family === "i2p") expect(octets).toBeUndefined();
        else expect(ipAddress(octets!, address.port)).toEqual(address);
      }),
    );
  });
});

describe("netgroup", () => {
  it.each([
    ["1.2.3.4:1", "1.2.255.255:2", true],
    ["1.2.3.4:1", "1.3.3.4:1", false],
    ["[2001:db9:1::1]:1", "[2001:db9:2::2]:2", true],
    ["[2001:db9:1::1]:1", "[2001:dba:1::1]:1", false],
    ["1.2.3.4:1", "[102:304::]:1", false],
    ["[fc00::1]:1", "[fc00::1]:2", true],
    ["[fc00::1]:1", "[fc00::2]:1", false],
    [`${ONION}:1`, `${ONION}:2`, true],
    [`${ONION}:1`, `${I2P}:1`, false],
  ])("%s and %s: %s", (one, other, same) => {
    expect(netgroup(parseAddress(one)) === netgroup(parseAddress(other))).toBe(same);
  });
});
