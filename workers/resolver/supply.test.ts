import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RandomInt } from "../sampling/random.ts";
import { seeded } from "../sampling/test-pool.ts";
import type { Rendered } from "./rendered.ts";
import { Faces, MAX_AHEAD, MAX_AHEAD_OCTETS, Stock } from "./supply.ts";

const answerOf = (...octets: readonly number[]): Rendered => ({ octets: Uint8Array.from(octets), lifetime: 60, rcodes: [0] });

/** Makes an answer of one throw, and counts how many were made and how many octets were told to be kept. */
function workshop(faces: number) {
  const counts = { made: 0, grown: 0 };
  const make = (random: RandomInt): Rendered => {
    counts.made++;
    return answerOf(random(faces));
  };
  return { counts, make, grow: (octets: number) => void (counts.grown += octets) };
}

describe("Faces", () => {
  it("gives what the die says, each face made once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(200), (faces, seed, times) => {
        const { counts, make, grow } = workshop(faces);
        const first = seed % faces;
        const supply = new Faces(faces, first, answerOf(first));
        const expected = seeded(seed);
        const random = seeded(seed);
        const thrown = new Set([first]);
        for (let i = 0; i < times; i++) {
          const face = faces === 1 ? 0 : expected(faces);
          thrown.add(face);
          expect(supply.next(random, make, grow).octets).toEqual(Uint8Array.of(face));
        }
        expect(counts).toEqual({ made: thrown.size - 1, grown: thrown.size - 1 });
      }),
    );
  });
});

describe("Stock", () => {
  it("gives each answer once, and has never made more ahead than it gave, nor more than its bound", () => {
    const { counts, make, grow } = workshop(2 ** 32);
    const stock = new Stock();
    const given = new Set<Rendered>();
    for (let i = 1; i <= 5 * MAX_AHEAD; i++) {
      given.add(stock.next(seeded(i), make, grow));
      expect(given.size).toBe(i);
      expect(counts.made - i).toBeLessThan(Math.min(i, MAX_AHEAD));
    }
  });

  it("tells of as many octets as it ever holds", () => {
    const { counts, make, grow } = workshop(2 ** 32);
    const stock = new Stock();
    for (let i = 1; i <= 5 * MAX_AHEAD; i++) stock.next(seeded(i), make, grow);
    expect(counts.grown).toBe(MAX_AHEAD - 1);
  });

  it.each([3_700, 26_000, 65_535, MAX_AHEAD_OCTETS, MAX_AHEAD_OCTETS + 1])("makes no more octets at once than its bound: of %i", (size) => {
    const counts = { made: 0, grown: 0 };
    const make = (): Rendered => {
      counts.made++;
      return { octets: new Uint8Array(size), lifetime: 60, rcodes: [0] };
    };
    const stock = new Stock();
    let most = 0;
    for (let i = 1; i <= 5 * MAX_AHEAD; i++) {
      const before = counts.made;
      stock.next(seeded(i), make, (octets) => void (counts.grown += octets));
      most = Math.max(most, counts.made - before);
    }
    const room = Math.max(1, Math.floor(MAX_AHEAD_OCTETS / size)); // one must be made in any case
    expect([most, counts.grown]).toEqual([room, (room - 1) * size]);
  });
});
