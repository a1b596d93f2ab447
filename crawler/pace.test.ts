import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

describe("Pace", () => {
  it("lets no more than its number through in any second, and all of them in time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (perSecond, gaps) => {
        const pace = new Pace(perSecond);
        const times: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap + pace.wait(now + gap);
          pace.note(now);
          times.push(now);
        }
        for (const [i, time] of times.entries()) {
          const within = times.slice(i).filter((each) => each < time + 999.999).length;
          expect(within).toBeLessThanOrEqual(perSecond);
        }
      }),
    );
  });

  it("makes nobody wait without a limit", () => {
    const pace = new Pace(Infinity);
    pace.note(5);
    expect(pace.wait(5)).toBe(0);
  });

  it.each([0, -1, Number.NaN])("refuses %s a second", (perSecond) => {
    expect(() => new Pace(perSecond)).toThrow(RangeError);
  });
});
