import { isIPv4, isIPv6 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv4, formatIpv6, IpFormatError, isIpv4Mapped, mapIpv4, parseIpv4, parseIpv6 } from "./ip.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** 16 octets with long runs of zeros, where the short form is decided. */
const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list));

describe("IPv4", () => {
  it("is its own inverse", () => {
    fc.assert(
      fc.property(octets(4), (bytes) => {
        expect(parseIpv4(formatIpv4(bytes))).toEqual(bytes);
        expect(isIPv4(formatIpv4(bytes))).toBe(true);
        expect(formatIpv4(Uint8Array.of(9, ...bytes, 9), 1)).toBe(formatIpv4(bytes));
      }),
    );
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.04",
    "1.2.3.-4",
    "1.2.3.",
    "0x1.2.3.4",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.+4",
    "1,2,3,4",
    "\u0661.2.3.4",
    "1.2.3.1e1",
    "16909060",
  ])("refuses %j", (text) => {
    expect(() => parseIpv4(text)).toThrow(IpFormatError);
  });
});

describe("IPv6", () => {
  it("is its own inverse, in the form that Node takes too", () => {
    fc.assert(
      fc.property(fc.oneof(octets(16), sparse), (bytes) => {
        const text = formatIpv6(bytes);
        expect(parseIpv6(text)).toEqual(bytes);
        expect(isIPv6(text)).toBe(true);
        expect(text).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
    );
  });

  // RFC 5952 §4 and §2, RFC 4291 §2.2
  it.each([
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0DB8::1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::ffff:192.0.2.128", "::ffff:c000:280"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["0:0:0:0:0:0:13.1.68.3", "::d01:4403"],
    ["ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"],
  ])("writes %s as %s", (text, canonical) => {
    expect(formatIpv6(parseIpv6(text))).toBe(canonical);
  });

  it.each([
    "",
    ":",
    ":::",
    "1",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "[::1]",
    "::1 ",
    "1.2.3.4",
    "::1.2.3",
    "::1.2.3.256",
    "1.2.3.4::",
    "::1.2.3.4:5",
    ":1::2",
    "1::2:",
    "::-1",
    "::+1",
    "1:2:3:4:5:6:7:1.2.3.4",
  ])("refuses %j", (text) => {
    expect(isIPv6(text.replace("%eth0", " "))).toBe(false);
    expect(() => parseIpv6(text)).toThrow(IpFormatError);
  });

  it("agrees with Node on what is an address", () => {
    const groups = fc.stringMatching(/^[0-9a-f:.]{0,20}$/);
    fc.assert(
      fc.property(groups, (text) => {
        const parse = () => parseIpv6(text);
        if (isIPv6(text)) expect(parse).not.toThrow();
        else expect(parse).toThrow(IpFormatError);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("IPv4 mapped into IPv6", () => {
  it("is known, and only that", () => {
    fc.assert(
      fc.property(octets(4), (bytes) => {
        const mapped = mapIpv4(bytes);
        expect(isIpv4Mapped(mapped)).toBe(true);
        expect(mapped.subarray(12)).toEqual(bytes);
        expect(parseIpv6(`::ffff:${formatIpv4(bytes)}`)).toEqual(mapped);
      }),
    );
    for (const text of ["::1.2.3.4", "::fffe:1.2.3.4", "1::ffff:1.2.3.4", "::ffff:0:1.2.3.4"])
      expect(isIpv4Mapped(parseIpv6(text))).toBe(false);
    expect(isIpv4Mapped(Uint8Array.of(1, 2, 3, 4))).toBe(false);
  });
});
