/** Records' data as text, against dns-packet, the RFCs' own examples and a reader of master files. */
import type { Answer } from "dns-packet";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edited, edits } from "../../test/support/octets.ts";
import { formatData } from "./presentation.ts";
import { TYPE } from "./records.ts";
import { FORMATTED, packetData, readData } from "./test-master-file.ts";

const root = { name: "." } as const;
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const labels = fc.array(fc.stringMatching(/^[a-z0-9_*-]{1,20}$/), { maxLength: 5 });
const name = labels.map((list) => `${list.join(".")}.`);
const octets = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Buffer.from(bytes));
/** Text that master files have as it is, between quotes. */
const plain = fc.stringMatching(/^[ !#-[\]-~]{0,60}$/);

/** A record as dns-packet takes it, and the words of its text. */
type Sample = readonly [answer: Answer, text: string];

const SAMPLES: readonly (readonly [mnemonic: string, samples: fc.Arbitrary<Sample>])[] = [
  ["A", fc.ipV4().map((data): Sample => [{ ...root, type: "A", data }, data])],
  [
    "AAAA",
    // Every URL parser writes RFC 5952's form.
    fc.array(fc.oneof(fc.constant(0), u16), { minLength: 8, maxLength: 8 }).map((groups): Sample => {
      const data = groups.map((group) => group.toString(16)).join(":");
      return [{ ...root, type: "AAAA", data }, new URL(`http://[${data}]`).hostname.slice(1, -1)];
    }),
  ],
  ["NS", name.map((data): Sample => [{ ...root, type: "NS", data }, data])],
  [
    "SOA",
    fc.record({ mname: name, rname: name, serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 }).map((data): Sample => {
      const { mname, rname, serial, refresh, retry, expire, minimum } = data;
      return [{ ...root, type: "SOA", data }, `${mname} ${rname} ${serial} ${refresh} ${retry} ${expire} ${minimum}`];
    }),
  ],
  ["HINFO", fc.record({ cpu: plain, os: plain }).map((data): Sample => [{ ...root, type: "HINFO", data }, `"${data.cpu}" "${data.os}"`])],
  [
    "TXT",
    fc
      .array(plain, { minLength: 1, maxLength: 4 })
      .map((data): Sample => [{ ...root, type: "TXT", data }, data.map((each) => `"${each}"`).join(" ")]),
  ],
  [
    "SRV",
    fc
      .record({ priority: u16, weight: u16, port: u16, target: name })
      .map((data): Sample => [{ ...root, type: "SRV", data }, `${data.priority} ${data.weight} ${data.port} ${data.target}`]),
  ],
  [
    "DNSKEY",
    fc
      .record({ flags: u16, algorithm: u8, key: octets })
      .map((data): Sample => [{ ...root, type: "DNSKEY", data }, `${data.flags} 3 ${data.algorithm} ${data.key.toString("base64")}`]),
  ],
  [
    "DS",
    fc
      .record({ keyTag: u16, algorithm: u8, digestType: u8, digest: octets })
      .map((data): Sample => [
        { ...root, type: "DS", data },
        `${data.keyTag} ${data.algorithm} ${data.digestType} ${data.digest.toString("hex").toUpperCase()}`,
      ]),
  ],
  [
    "NSEC",
    fc
      .record({ nextDomain: name, rrtypes: fc.subarray(["A", "NS", "SOA", "HINFO", "TXT", "AAAA", "RRSIG", "NSEC", "CAA"]) })
      .map((data): Sample => [{ ...root, type: "NSEC", data }, [data.nextDomain, ...data.rrtypes].join(" ")]),
  ],
  [
    "RRSIG",
    fc
      .record({
        typeCovered: fc.constantFrom("A", "SOA", "DNSKEY", "NSEC", "CAA"),
        algorithm: u8,
        labels: u8,
        originalTTL: u32,
        expiration: u32,
        inception: u32,
        keyTag: u16,
        signersName: name,
        signature: octets,
      })
      .map((data): Sample => {
        const times = `${data.originalTTL} ${data.expiration} ${data.inception}`;
        const words = [
          data.typeCovered,
          data.algorithm,
          data.labels,
          times,
          data.keyTag,
          data.signersName,
          data.signature.toString("base64"),
        ];
        return [{ ...root, type: "RRSIG", data }, words.join(" ")];
      }),
  ],
];

const RFC4034_KEY =
  "AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmvHjcZc8nokfzj31GajIQKY+5CptLr3buXA10hWqTkF7H6RfoRqXQeogmMHfpftf6z" +
  "Mv1LyBUgia7za6ZEzOJBOztyvhjL742iU/TpPSEDhm2SNKLijfUppn1UaNvv4w==";
const RFC4034_SIGNATURE =
  "oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6oB9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3t" +
  "GNazPwQKkRN20XPXV6nwwfoXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3Ap3o=";
const SHA1_DIGEST = "2BB183AF5F22588179A53B0A98631FAD1A292118";
const SHA256_DIGEST = "D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A";

const seconds = (date: string): number => Date.parse(date) / 1_000;

/** Octets from hexadecimal digits, spaced as is good to read, and from base64. */
const bytes = (...parts: readonly string[]): Uint8Array =>
  Uint8Array.from(
    Buffer.concat(
      parts.map((part) => (/^[\da-f ]*$/i.test(part) ? Buffer.from(part.replaceAll(" ", ""), "hex") : Buffer.from(part, "base64"))),
    ),
  );

const TYPES: ReadonlyMap<string, number> = new Map(Object.entries(TYPE));

describe("formatData", () => {
  it.each(SAMPLES)("writes %s as dns-packet means it", (mnemonic, samples) => {
    fc.assert(
      fc.property(samples, ([answer, text]) => {
        expect(formatData(TYPES.get(mnemonic) ?? 0, packetData(answer))).toBe(text);
      }),
    );
  });

  it.each([
    ["RFC 4034 §2.3", TYPE.DNSKEY, bytes("0100 03 05", RFC4034_KEY), `256 3 5 ${RFC4034_KEY}`],
    [
      "RFC 4034 §3.3, its dates as seconds",
      TYPE.RRSIG,
      bytes("0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52", "076578616d706c6503636f6d00", RFC4034_SIGNATURE),
      `A 5 3 86400 ${seconds("2003-03-22T17:31:03Z")} ${seconds("2003-02-20T17:31:03Z")} 2642 example.com. ${RFC4034_SIGNATURE}`,
    ],
    [
      "RFC 4034 §4.3",
      TYPE.NSEC,
      bytes("04686f7374 076578616d706c65 03636f6d 00", "0006 400100000003", `041b ${"00".repeat(26)} 20`),
      "host.example.com. A MX RRSIG NSEC TYPE1234",
    ],
    ["RFC 4034 §5.4", TYPE.DS, bytes(`ec45 05 01 ${SHA1_DIGEST}`), `60485 5 1 ${SHA1_DIGEST}`],
    ["RFC 4509 §2.3", TYPE.DS, bytes(`ec45 05 02 ${SHA256_DIGEST}`), `60485 5 2 ${SHA256_DIGEST}`],
    ["RFC 8078 §4", TYPE.CDS, bytes("0000 00 00 00"), "0 0 0 00"],
    ["RFC 8078 §4", TYPE.CDNSKEY, bytes("0000 03 00 00"), "0 3 0 AA=="],
    [
      "RFC 2782",
      TYPE.SRV,
      bytes("0000 0001 0009 0c6f6c642d736c6f772d626f78 076578616d706c65 03636f6d 00"),
      "0 1 9 old-slow-box.example.com.",
    ],
    ["RFC 2782, for no service at all", TYPE.SRV, bytes("0000 0000 0000 00"), "0 0 0 ."],
    ["RFC 8482 §4.2", TYPE.HINFO, bytes("07 52464338343832 00"), '"RFC8482" ""'],
    ["RFC 3597 §5", 62_347, bytes("abcdef 01 23 45 67 89"), "\\# 8 abcdef0123456789"],
    ["RFC 3597 §5", TYPE.A, bytes("0a000001"), "10.0.0.1"],
    ["RFC 3597 §5", 731, bytes(""), "\\# 0"],
  ])("writes the example of %s", (_, type, data, text) => {
    expect(formatData(type, data)).toBe(text);
  });

  it("escapes in texts what would end them, and whatever is no printable ASCII (RFC 1035 §5.1)", () => {
    const data = bytes("0a 61 22 62 5c 63 20 00 7f c3 a9", "00", "01 3b");
    expect(formatData(TYPE.TXT, data)).toBe(String.raw`"a\"b\\c \000\127\195\169" "" ";"`);
  });

  it("escapes in names what has a meaning in master files", () => {
    const data = bytes("06 612e62 20 40 5c", "02 c300", "00");
    expect(formatData(TYPE.NS, data)).toBe(String.raw`a\.b\032\@\\.\195\000.`);
  });

  it.each([
    ["an address of three octets", TYPE.A, "010203"],
    ["an address of five octets", TYPE.A, "0102030405"],
    ["a name with a pointer", TYPE.NS, "c00c"],
    ["a name without its root", TYPE.NS, "0161"],
    ["a name with octets after it", TYPE.NS, "00 00"],
    ["an SOA without its MINIMUM", TYPE.SOA, `00 00 ${"00000001".repeat(4)}`],
    ["a TXT of nothing", TYPE.TXT, ""],
    ["a string longer than what is there", TYPE.TXT, "0361"],
    ["an HINFO of one string", TYPE.HINFO, "00"],
    ["an HINFO of three strings", TYPE.HINFO, "00 00 00"],
    ["a DNSKEY without a key", TYPE.DNSKEY, "0100 03 0d"],
    ["a DS without a digest", TYPE.DS, "0001 0d 02"],
    ["an RRSIG without a signature", TYPE.RRSIG, `0001 0d 02 ${"00".repeat(14)} 00`],
    ["a block of a bitmap that is empty", TYPE.NSEC, "00 0000"],
    ["a block that ends in nothing", TYPE.NSEC, "00 00024000"],
    ["a block longer than 32 octets", TYPE.NSEC, `00 0021 ${"01".repeat(33)}`],
    ["blocks out of order", TYPE.NSEC, "00 010101 000101"],
    ["a block twice", TYPE.NSEC, "00 000101 000101"],
    ["a bitmap with a type 0", TYPE.NSEC, "00 000180"],
    ["a signature over type 0", TYPE.RRSIG, `0000 0d 02 ${"00".repeat(14)} 00 00`],
    ["a block cut short", TYPE.NSEC, "00 000201"],
  ])("writes %s as what it is: octets", (_, type, hex) => {
    const data = bytes(hex);
    expect(formatData(type, data)).toBe(data.length === 0 ? "\\# 0" : `\\# ${data.length} ${Buffer.from(data).toString("hex")}`);
  });

  it("writes whatever octets so that a reader of master files gets the same ones", () => {
    const type = fc.oneof(fc.constantFrom(...FORMATTED), u16);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 60 }), (number, data) => {
        expect(readData(number, formatData(number, data))).toEqual(data);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(SAMPLES)("writes %s so too where it is spoilt", (mnemonic, samples) => {
    const type = TYPES.get(mnemonic) ?? 0;
    fc.assert(
      fc.property(samples, edits, fc.nat(200), fc.uint8Array({ maxLength: 3 }), ([answer], changes, length, after) => {
        const whole = packetData(answer);
        expect(readData(type, formatData(type, whole))).toEqual(whole);
        const spoilt = Uint8Array.from([...edited(whole, changes).subarray(0, length), ...after]);
        expect(readData(type, formatData(type, spoilt))).toEqual(spoilt);
      }),
      { numRuns: 300 },
    );
  });
});
