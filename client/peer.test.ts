import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressError, formatAddress, netgroup, parseAddress, type PeerAddress } from "../schema/address.ts";
import { anyAddresses } from "../test/support/addresses.ts";
import { readEntry } from "./peer.ts";

const read = (address: string, asn: number | null = null) =>
  readEntry({ address, services: "9", version: 1, agent: "", asn, country: null });

const operatorOf = (address: string, asn?: number) => read(address, asn)?.operator;
const onion = (letter: string) => `${letter.repeat(56)}.onion:1`;

function judged(text: string): PeerAddress | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

const texts = fc.oneof(
  anyAddresses.map(formatAddress),
  fc
    .array(fc.constantFrom("::", ":", "1", "0", "ffff", "fc00", "255", "256", "01", ".", "1.2.3.4", "a", "G", "[", "]", ":8333", "]:0"), {
      maxLength: 14,
    })
    .map((parts) => parts.join("")),
  fc
    .array(fc.constantFrom("::", ":", "0", "1", "ffff", "fc00", "FF", "1.2.3.4", "255.0.0.1", "12345"), { maxLength: 18 })
    .map((parts) => `[${parts.join("")}]:8333`),
  fc.string(),
);

describe("a row's address", () => {
  it("is one where the kernel says so, of the same family and port", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const address = judged(text);
        const entry = read(text);
        expect(entry && { family: entry.peer.family, port: entry.peer.port }, text).toEqual(
          address && { family: address.family, port: address.port },
        );
      }),
      { numRuns: 5_000 },
    );
  });

  it("is read in every form", () => {
    for (const [text, family, host] of [
      ["1.2.3.4:8333", "ipv4", "1.2.3.4"],
      ["[2001:db8::1]:8333", "ipv6", "2001:db8::1"],
      ["[1:2:3:4:5:6:7::]:1", "ipv6", "1:2:3:4:5:6:7::"],
      ["[::ffff:1.2.3.4]:8333", "ipv4", "::ffff:1.2.3.4"],
      ["[fc00::1]:8333", "cjdns", "fc00::1"],
      [`${"a".repeat(56)}.onion:8333`, "onion", `${"a".repeat(56)}.onion`],
      [`${"a".repeat(52)}.b32.i2p:0`, "i2p", `${"a".repeat(52)}.b32.i2p`],
    ] as const) {
      expect(read(text)?.peer).toMatchObject({ address: text, family, host });
    }
    for (const text of [
      "",
      "1.2.3.4",
      "1.2.3:8333",
      "01.2.3.4:8333",
      "1.2.3.4:0",
      "1.2.3.4:65536",
      "[1.2.3.4]:1",
      "[::1::]:1",
      "example.org:8333",
    ]) {
      expect(read(text), text).toBeUndefined();
    }
  });

  it("falls into the kernel's netgroups", () => {
    // From few prefixes, so that many pairs share one.
    const address = fc.oneof(
      fc.tuple(fc.nat(2), fc.nat(2), fc.nat(255)).map(([a, b, c]) => `9${a}.${b}.0.${c}:8333`),
      fc.tuple(fc.nat(2), fc.nat(2), fc.nat(9)).map(([a, b, c]) => `[2a0${a}:${b}::${c}]:8333`),
      fc.nat(3).map((a) => `[fc00::${a}]:8333`),
      fc.constantFrom("a", "b").map((letter) => `${letter.repeat(56)}.onion:8333`),
    );
    fc.assert(
      fc.property(address, address, (one, other) => {
        const same = netgroup(parseAddress(one)) === netgroup(parseAddress(other));
        expect(read(one)?.group === read(other)?.group).toBe(same);
      }),
    );
  });

  it("tells the operator: the AS, else the netgroup, else the whole overlay network", () => {
    expect(operatorOf("1.2.3.4:1", 7)).toBe(operatorOf("9.9.9.9:1", 7));
    expect(operatorOf("1.2.3.4:1")).toBe(operatorOf("1.2.9.9:1"));
    expect(operatorOf("1.2.3.4:1")).not.toBe(operatorOf("1.3.3.4:1"));
    expect(operatorOf(onion("a"))).toBe(operatorOf(onion("b")));
    expect(operatorOf("[fc00::1]:1")).toBe(operatorOf("[fc01::1]:1"));
    expect(operatorOf(onion("a"))).not.toBe(operatorOf("[fc00::1]:1"));
  });
});
