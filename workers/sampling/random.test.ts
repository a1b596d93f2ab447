import { describe, expect, it } from "vitest";
import { RANDOM_BUFFER_WORDS, randomInt } from "./random.ts";

function scripted(script: readonly number[]): { random: (below: number) => number; fills: () => number } {
  let at = 0;
  let fills = 0;
  const random = randomInt((words) => {
    fills++;
    for (let i = 0; i < words.length; i++) words[i] = script[at++ % script.length]!;
  });
  return { random, fills: () => fills };
}

describe("randomInt", () => {
  it("throws away the words that would favour small results", () => {
    // 2^32 is 1 mod 3: the one word at the top must not become a fourth way to say 0.
    const { random } = scripted([0xffff_ffff, 5]);
    expect(random(3)).toBe(2);
  });

  it("takes every word where the bound divides 2^32", () => {
    const { random } = scripted([0xffff_ffff, 5]);
    expect([random(2 ** 32), random(256)]).toEqual([0xffff_ffff, 5]);
  });

  it("asks its source once a buffer", () => {
    const { random, fills } = scripted([1, 2, 3]);
    for (let i = 0; i < RANDOM_BUFFER_WORDS; i++) random(4);
    expect(fills()).toBe(1);
    random(4);
    expect(fills()).toBe(2);
  });

  it("needs no randomness to choose among one", () => {
    const { random, fills } = scripted([1]);
    expect([random(1), fills()]).toEqual([0, 0]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])("refuses the bound %s", (below) => {
    expect(() => scripted([1]).random(below)).toThrow(RangeError);
  });
});
