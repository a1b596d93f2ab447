import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseName, type Name } from "./name.ts";
import { orderKey } from "./name-order.ts";

/** RFC 4034 §6.1, its example. */
const ORDERED = [
  "example",
  "a.example",
  "yljkjljk.a.example",
  "Z.a.example",
  "zABC.a.EXAMPLE",
  "z.example",
  "\\001.z.example",
  "*.z.example",
  "\\200.z.example",
];

type Label = readonly number[];

/** The RFC's words, one by one: labels from the root down, a name that ends first is first; octets in lower case, the shorter label first. */
function compare(a: readonly Label[], b: readonly Label[]): number {
  for (let i = 1; i <= Math.max(a.length, b.length); i++) {
    const [one, other] = [a.at(-i), b.at(-i)];
    if (a.length < i || one === undefined) return -1;
    if (b.length < i || other === undefined) return 1;
    const difference = Buffer.compare(lower(one), lower(other));
    if (difference !== 0) return difference;
  }
  return 0;
}

const lower = (label: Label): Buffer => Buffer.from(label.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet)));

const nameOf = (labels: readonly Label[]): Name => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]);

function sign(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

describe("orderKey", () => {
  it("orders the example of RFC 4034 §6.1", () => {
    const shuffled = ORDERED.toReversed();
    expect(shuffled.sort((a, b) => sign(orderKey(parseName(a)), orderKey(parseName(b))))).toEqual(ORDERED);
  });

  it("orders any two names as the RFC does, and tells apart all but those that differ by case", () => {
    // Few different octets, so that names often share labels and beginnings of labels: the least, the greatest, a dot, both cases.
    const octet = fc.oneof(fc.constantFrom(0, 1, 0x2d, 0x2e, 0x41, 0x5a, 0x5b, 0x61, 0x7a, 0x7f, 0xff), fc.nat(0xff));
    const labels = fc.array(fc.array(octet, { minLength: 1, maxLength: 3 }), { maxLength: 3 });
    const related = fc.tuple(labels, labels, labels).map(([a, b, common]) => [a.concat(common), b.concat(common)] as const);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(labels, labels), related), ([a, b]) => {
        expect(sign(orderKey(nameOf(a)), orderKey(nameOf(b)))).toBe(compare(a, b));
      }),
      { numRuns: 5_000 },
    );
  });

  it("has the root before everything", () => {
    expect(orderKey(Uint8Array.of(0)) < orderKey(parseName("\\000."))).toBe(true);
  });
});
