import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parametersOf } from "./parameters.ts";

const piece = fc.string({ unit: fc.constantFrom("a", "b", "name", "type", "=", "&", "%41", "%", "+", ".", "_", "?"), maxLength: 8 });

it("reads what URLSearchParams reads", () => {
  fc.assert(
    fc.property(piece, (query) => {
      const url = `https://edge.example.org/resolve?${query}#name=z`;
      const expected = new URL(url).searchParams;
      const parameters = parametersOf(url);
      for (const key of ["a", "b", "name", "type", "aA", "", ...expected.keys()]) {
        expect(parameters.getAll(key)).toEqual(expected.getAll(key));
        expect(parameters.has(key)).toBe(expected.has(key));
      }
    }),
    { numRuns: 2_000 },
  );
});

it("finds none where there is no question mark", () => {
  expect(parametersOf("https://edge.example.org/resolve").has("name")).toBe(false);
});
