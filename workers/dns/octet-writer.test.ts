import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiOctets, OctetWriter } from "./octet-writer.ts";

function written(write: (writer: OctetWriter) => void): Uint8Array {
  const writer = new OctetWriter();
  write(writer);
  return writer.finish();
}

describe("OctetWriter", () => {
  it("writes numbers in network order", () => {
    expect(
      written((writer) => {
        writer.u8(1);
        writer.u16(0x0203);
        writer.u32(0xfffefdfc);
        writer.counted(() => writer.zeros(2));
      }),
    ).toEqual(Uint8Array.of(1, 2, 3, 0xff, 0xfe, 0xfd, 0xfc, 0, 2, 0, 0));
  });

  it("writes every octet as its decimal number, four with dots", () => {
    const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
    const text = new TextDecoder().decode(
      written((writer) => {
        for (let at = 0; at < octets.length; at += 4) {
          writer.dotted(octets, at);
          writer.ascii(".");
        }
      }),
    );
    expect(text).toBe(Array.from(octets, (octet) => `${octet}.`).join(""));
  });

  it("writes text as its octets are", () => {
    const text = 'a"z 09~';
    expect(written((writer) => writer.ascii(text))).toEqual(asciiOctets(text));
    expect(asciiOctets(text)).toEqual(new TextEncoder().encode(text));
  });

  it("writes again what stands before, and parts of what others have", () => {
    const source = Uint8Array.of(9, 8, 7, 6);
    expect(
      written((writer) => {
        writer.octetsFrom(source, 1, 2);
        writer.again(1, 1);
        writer.octets(source);
      }),
    ).toEqual(Uint8Array.of(8, 7, 7, 9, 8, 7, 6));
  });

  it("gives each answer octets of its own that fill their buffer, with nothing of the one before", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9_000), { maxLength: 4 }), (lengths) => {
        const all = lengths.map((length, i) =>
          written((writer) => {
            writer.octets(new Uint8Array(length).fill(i + 1));
            writer.zeros(3);
          }),
        );
        for (const [i, octets] of all.entries()) {
          expect(octets).toEqual(Uint8Array.of(...Array<number>(lengths[i]!).fill(i + 1), 0, 0, 0));
          expect(octets.buffer.byteLength).toBe(octets.length);
        }
      }),
    );
  });

  it("grows for text and for what stands again", () => {
    const long = "x".repeat(5_000);
    const octets = written((writer) => {
      writer.ascii(long);
      writer.again(0, 5_000);
    });
    expect(new TextDecoder().decode(octets)).toBe(long + long);
  });
});
