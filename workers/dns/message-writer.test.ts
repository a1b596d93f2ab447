import { describe, expect, it } from "vitest";
import { parseName } from "./name.ts";
import { MessageWriter } from "./message-writer.ts";

function written(...names: readonly string[]): number[] {
  const writer = new MessageWriter();
  for (const name of names) writer.name(parseName(name));
  return [...writer.finish()];
}

describe("MessageWriter", () => {
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
    const writer = new MessageWriter();
    writer.zeros(0x4000);
    for (const name of ["org.", "org."]) writer.name(parseName(name));
    expect(writer.finish()).toHaveLength(0x4000 + 2 * parseName("org.").length);
  });
});
