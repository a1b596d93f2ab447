import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressError, formatAddress, hostOctets, ipAddress, parseAddress, type PeerAddress } from "../../schema/address.ts";
import { scanIpv4, scanIpv6 } from "./scan.ts";

const portArbitrary = fc.integer({ min: 1, max: 65_535 });
const octetsArbitrary = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
// IPv6 with runs of zeros, as real ones have them.
const v6Arbitrary = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((words) => Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff])));

function judged(text: string): PeerAddress | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

describe("scanIpv4, scanIpv6", () => {
  it("read every canonical address as parseAddress does", () => {
    fc.assert(
      fc.property(fc.oneof(octetsArbitrary(4), v6Arbitrary), portArbitrary, (octets, port) => {
        const address = ipAddress(octets, port);
        fc.pre(address.family === "ipv4" || address.family === "ipv6");
        const out = new Uint8Array(18).fill(0xee);
        const scan = address.family === "ipv4" ? scanIpv4 : scanIpv6;
        expect(scan(formatAddress(address), out, 1)).toBe(port);
        const bytes = hostOctets(address)!;
        expect(out.subarray(1, 1 + bytes.length)).toEqual(bytes);
        expect([out[0], out[17]]).toEqual([0xee, 0xee]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("accept nothing that parseAddress does not read the same way", () => {
    const alphabet = fc.constantFrom(...Array.from("0123456789abcdfg:.[]]::"), "[::", "]:1", "1.2.3.");
    const text = fc.oneof(
      fc.array(alphabet, { maxLength: 24 }).map((parts) => parts.join("")),
      fc.array(alphabet, { maxLength: 12 }).map((parts) => `[${parts.join("")}]:1`),
    );
    let accepted = 0;
    fc.assert(
      fc.property(text, (each) => {
        const out = new Uint8Array(16);
        for (const scan of [scanIpv4, scanIpv6]) {
          out.fill(0);
          const port = scan(each, out, 0);
          if (port < 0) continue;
          accepted++;
          const address = judged(each);
          expect(address?.port, each).toBe(port);
          if (address!.family === "ipv4" && scan === scanIpv6) continue; // mapped: the pool asks parseAddress
          expect(hostOctets(address!)).toEqual(out.slice(0, address!.family === "ipv4" ? 4 : 16));
        }
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it.each(["01.2.3.4:1", "1.2.3.4:0", "1.2.3.4", "1.2.3:4", "256.1.1.1:1", "1.2.3.4:65536", "1.2.3.4:1:1", "", "1.2.3.4:"])(
    "leave %j to parseAddress",
    (text) => {
      expect(scanIpv4(text, new Uint8Array(16), 0)).toBe(-1);
    },
  );

  it.each([
    "[::1]:0",
    "[::1]",
    "[1::2::3]:1",
    "[1:2]:1",
    "[:1::]:1",
    "[1:::2]:1",
    "[12345::]:1",
    "[1:2:3:4:5:6:7:8:9]:1",
    "[1::2:]:1",
    "[::1.2.3.4]:1",
  ])("leave %j to parseAddress", (text) => {
    expect(scanIpv6(text, new Uint8Array(16), 0)).toBe(-1);
  });
});
