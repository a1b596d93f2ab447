import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareNames, labelsOf } from "../../test/support/dns-labels.ts";
import { formatName, lowerOctet, parseName, type Name } from "../dns/name.ts";
import { formatData } from "../dns/presentation.ts";
import { TYPE } from "../dns/records.ts";
import { nsecFor, type Bank } from "../dns/bank.ts";
import { orderKey } from "../dns/name-order.ts";
import { ChainError, nsecChain, nsecData } from "./nsec.ts";
import type { SignableSet } from "./rrsig.ts";

const APEX = parseName("example.");
const chainOf = (...names: readonly string[]): readonly SignableSet[] =>
  nsecChain(
    names.map((name) => ({ owner: parseName(name), types: [TYPE.A] })),
    60,
  );
const ownersOf = (chain: readonly SignableSet[]): readonly string[] => chain.map(({ owner }) => formatName(owner));

// Few octets, so that names resemble one another; those on either side of case folding, and the extremes.
const octet = fc.constantFrom(0, 1, 0x2a, 0x2d, 0x40, 0x41, 0x5a, 0x5b, 0x61, 0x7a, 0x7b, 255);
const label = fc.oneof(fc.array(octet, { minLength: 1, maxLength: 4 }), fc.array(octet, { minLength: 63, maxLength: 63 }));
const nameArbitrary = fc
  .array(label, { maxLength: 3 })
  .map((labels): Name => Uint8Array.from([...labels.flatMap((part) => [part.length, ...part]), ...APEX]));
const namesArbitrary = fc
  .uniqueArray(nameArbitrary, { maxLength: 12, selector: (name) => formatName(name) })
  .map((names) => [APEX].concat(names.filter((name) => name.length > APEX.length)));

describe("nsecChain", () => {
  it("has the order of the example in RFC 4034 §6.1", () => {
    const names = [
      "example.",
      "a.example.",
      "yljkjljk.a.example.",
      "Z.a.example.",
      "zABC.a.EXAMPLE.",
      "z.example.",
      "\\001.z.example.",
      "*.z.example.",
      "\\200.z.example.",
    ];
    expect(ownersOf(chainOf(...names.toReversed()))).toEqual(names.map((name) => name.toLowerCase()));
  });

  it("leads through every name once and back, in an order found independently, in lower case", () => {
    fc.assert(
      fc.property(namesArbitrary, (names) => {
        const chain = nsecChain(
          names.map((owner) => ({ owner, types: [TYPE.TXT] })),
          60,
        );
        const sorted = names.toSorted((a, b) => compareNames(labelsOf(a), labelsOf(b))).map((name) => name.map(lowerOctet));
        expect(chain.map(({ owner }) => owner)).toEqual(sorted);
        chain.forEach(({ data: [data] }, i) => {
          const next = sorted[(i + 1) % sorted.length]!;
          expect(data!.subarray(0, next.length)).toEqual(next);
        });
      }),
    );
  });

  it("has the set that is to be signed", () => {
    const [link] = chainOf("Example.", "b.example.");
    expect(link).toMatchObject({ owner: APEX, type: TYPE.NSEC, ttl: 60 });
    expect(formatData(TYPE.NSEC, link!.data[0]!)).toBe("b.example. A RRSIG NSEC");
  });

  it("refuses names that make no chain", () => {
    expect(() => nsecChain([], 60)).toThrow(ChainError);
    expect(() => chainOf("example.", "a.example.", "A.example.")).toThrow("each name once");
    expect(() => chainOf("a.example.", "b.example.")).toThrow("the apex first");
    expect(() => chainOf("example.", "a.example.", "other.")).toThrow("the apex first");
  });
});

/** Searches a chain as a bank's is searched. */
function search(chain: readonly SignableSet[], name: Name): SignableSet {
  const links = chain.map((link) => ({ key: orderKey(link.owner), nsec: link }));
  return nsecFor({ chain: links } as unknown as Bank, orderKey(name)) as unknown as SignableSet;
}

describe("a search in a chain", () => {
  it("finds for any name of the zone the link that it owns, or the one that covers it", () => {
    fc.assert(
      fc.property(namesArbitrary, nameArbitrary, fc.nat(), (names, stranger, pick) => {
        const chain = nsecChain(
          names.map((owner) => ({ owner, types: [TYPE.TXT] })),
          60,
        );
        for (const name of [stranger, names[pick % names.length]!.map((code) => (code >= 0x61 && code <= 0x7a ? code - 32 : code))]) {
          const right = chain.filter((link, i) => {
            const next = chain[(i + 1) % chain.length]!;
            const order = compareNames(labelsOf(name), labelsOf(link.owner));
            const before = compareNames(labelsOf(name), labelsOf(next.owner)) < 0;
            return order === 0 || (order > 0 && (before || i === chain.length - 1));
          });
          expect([search(chain, name)]).toEqual(right);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("finds for an empty non-terminal the link before it", () => {
    const chain = chainOf("example.", "_navio._tcp.example.", "b.example.");
    expect(formatName(search(chain, parseName("_tcp.example.")).owner)).toBe("example.");
    expect(formatName(search(chain, parseName("*.example.")).owner)).toBe("example.");
  });
});

describe("nsecData", () => {
  it("has the bitmap of the example in RFC 4034 §4.3", () => {
    const data = nsecData(parseName("host.example.com."), [TYPE.A, TYPE.MX, 1_234]);
    expect(Buffer.from(data).toString("hex")).toBe(`04686f7374076578616d706c6503636f6d000006400100000003041b${"00".repeat(26)}20`);
  });

  it("tells exactly the types it was given, and its own", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 40 }), (types) => {
        const data = nsecData(APEX, [...types, ...types]);
        const read: number[] = [];
        let last = -1;
        for (let at = APEX.length; at < data.length;) {
          const [window = 0, length = 0] = data.subarray(at, at + 2);
          expect(window).toBeGreaterThan(last);
          expect(data[at + 1 + length]).not.toBe(0); // no trailing zero octets, and no empty windows
          expect(length).toBeLessThanOrEqual(32);
          for (let bit = 0; bit < 8 * length; bit++)
            if (((data[at + 2 + (bit >> 3)]! << (bit & 7)) & 0x80) !== 0) read.push(window * 256 + bit);
          last = window;
          at += 2 + length;
        }
        expect(read).toEqual([...new Set([...types, TYPE.RRSIG, TYPE.NSEC])].sort((a, b) => a - b));
      }),
    );
  });
});
