import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseName } from "./name.ts";
import { Writer } from "./writer.ts";

function written(...names: readonly string[]): number[] {
  const writer = new Writer();
  for (const name of names) writer.name(parseName(name));
  return [...writer.finish()];
}

describe("Writer", () => {
  it("points to the longest end that stands already, whatever its case", () => {
    const first = [...parseName("b.Example.ORG.")];
    const pointers = [1, 97, 0xc0, 0, 1, 99, 0xc0, 2, 0xc0, 10, 0xc0, 2, 0xc0, 0];
    expect(written("b.Example.ORG.", "a.b.example.org.", "c.example.org.", "org.", "example.org.", "B.example.org.")).toEqual([
      ...first,
      ...pointers,
    ]);
  });

  it("does not take octets inside a label for labels", () => {
    expect(written("a\\003com.", "com.")).toEqual([...parseName("a\\003com."), ...parseName("com.")]);
  });

  it("points no further than a pointer reaches", () => {
    const writer = new Writer();
    writer.zeros(0x4000);
    for (const name of ["org.", "org."]) writer.name(parseName(name));
    expect(writer.finish()).toHaveLength(0x4000 + 2 * parseName("org.").length);
  });

  it("gives each message octets of its own, with nothing of the one before", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { maxLength: 4 }), (lengths) => {
        const messages = lengths.map((length, i) => {
          const writer = new Writer();
          writer.octets(new Uint8Array(length).fill(i + 1));
          writer.zeros(3);
          return writer.finish();
        });
        for (const [i, message] of messages.entries()) {
          expect(message).toEqual(Uint8Array.of(...Array<number>(lengths[i]!).fill(i + 1), 0, 0, 0));
        }
      }),
    );
  });
});
