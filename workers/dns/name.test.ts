import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DnsNameError, endOfName, endOfPlainName, formatName, MAX_LABEL_OCTETS, MAX_NAME_OCTETS, parseName } from "./name.ts";

const labelArbitrary = fc.uint8Array({ minLength: 1, maxLength: 20 });
const nameArbitrary = fc
  .array(labelArbitrary, { maxLength: 6 })
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]));

describe("names", () => {
  it("keep every octet through text and back", () => {
    fc.assert(
      fc.property(nameArbitrary, (name) => {
        expect(parseName(formatName(name, true))).toEqual(name);
      }),
    );
  });

  it("have one text whatever the case of ASCII, and only of ASCII", () => {
    const upper = parseName("SeEd.ExAmPlE.\\193");
    expect(formatName(upper)).toBe("seed.example.\\193.");
    expect(formatName(upper, true)).toBe("SeEd.ExAmPlE.\\193.");
  });

  it("show a dot inside a label as no divider", () => {
    const name = Uint8Array.of(3, 97, 46, 98, 0);
    expect(formatName(name)).toBe("a\\.b.");
    expect(parseName("a\\.b")).toEqual(name);
  });

  it("are absolute with or without the final dot", () => {
    expect(parseName("a.b")).toEqual(parseName("a.b."));
    expect([parseName("."), formatName(Uint8Array.of(0))]).toEqual([Uint8Array.of(0), "."]);
  });

  it("D9: have labels of at most 63 and 255 octets in all", () => {
    const label = "a".repeat(MAX_LABEL_OCTETS);
    expect(parseName(label)).toHaveLength(MAX_LABEL_OCTETS + 2);
    expect(() => parseName(`${label}a`)).toThrow(DnsNameError);
    const longest = `${label}.${label}.${label}.${"b".repeat(61)}`;
    expect(parseName(longest)).toHaveLength(MAX_NAME_OCTETS);
    expect(() => parseName(`${longest}b`)).toThrow(DnsNameError);
  });

  it.each(["", "..", ".a", "a..b", "a b", "é", "a\\", "a\\999", "a\n", "\\", "\\12", "\\1a", "\\é", "\\25"])(
    "refuse the text %j",
    (text) => {
      expect(() => parseName(text)).toThrow(DnsNameError);
    },
  );
});

/** Three labels of 63 octets and one of `last`. */
function nameEndingIn(last: number): Uint8Array {
  return Uint8Array.from([63, 63, 63, last, 0].flatMap((length) => [length].concat(Array<number>(length).fill(97))));
}

describe("endOfPlainName", () => {
  it("D9: finds the end of what may stand in a question", () => {
    fc.assert(
      fc.property(nameArbitrary, fc.uint8Array({ maxLength: 5 }), (name, after) => {
        expect(endOfPlainName(Uint8Array.from([7, ...name, ...after]), 1)).toBe(1 + name.length);
      }),
    );
  });

  it.each([
    ["a pointer", [0xc0, 0]],
    ["a pointer after a label", [1, 97, 0xc0, 0]],
    ["label type 01", [0x41, 0]],
    ["label type 10", [0x81, 0]],
    ["an end before its root", [1, 97]],
    ["a label that overruns", [5, 97, 0]],
    ["nothing", []],
  ])("D9: refuses %s", (_, octets) => {
    expect(endOfPlainName(Uint8Array.from(octets), 0)).toBe(-1);
  });

  it("D9: refuses 256 octets, takes 255", () => {
    expect(endOfPlainName(nameEndingIn(61), 0)).toBe(255);
    expect(endOfPlainName(nameEndingIn(62), 0)).toBe(-1);
  });
});

describe("endOfName", () => {
  it("D9: lets a pointer to an earlier place end a name", () => {
    expect(endOfName(Uint8Array.of(0, 1, 97, 0xc0, 0, 9), 1)).toBe(5);
  });

  it.each([
    ["to itself", [0, 0xc0, 1]],
    ["ahead", [0, 0xc0, 5, 0, 0, 0]],
    ["cut short", [0, 0xc0]],
  ])("D9: refuses a pointer %s", (_, octets) => {
    expect(endOfName(Uint8Array.from(octets), 1)).toBe(-1);
  });
});
