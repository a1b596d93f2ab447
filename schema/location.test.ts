import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { AsnSchema, CoordinatesSchema, CountrySchema, formatCoordinates, namesOperator } from "./location.ts";

const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true });

describe("coordinates", () => {
  it.each([
    [52.52, 13.405, "+52.5+013.4"],
    [-33.8688, 151.2093, "-33.9+151.2"],
    [0, 0, "+00.0+000.0"],
    [-0.04, -0.04, "+00.0+000.0"], // no negative zero
    [-0.06, -0.06, "-00.1-000.1"],
    [90, -180, "+90.0-180.0"],
    [9.96, 99.96, "+10.0+100.0"],
  ])("of %d, %d is %s", (latitude, longitude, text) => {
    expect(formatCoordinates(latitude, longitude)).toBe(text);
  });

  it.each([
    [90.01, 0],
    [0, 180.01],
    [NaN, 0],
    [0, -Infinity],
  ])("of %d, %d is none", (latitude, longitude) => {
    expect(formatCoordinates(latitude, longitude)).toBeUndefined();
  });

  it("is always one that the contract takes, within a twentieth of a degree", () => {
    fc.assert(
      fc.property(degrees(90), degrees(180), (latitude, longitude) => {
        const text = v.parse(CoordinatesSchema, formatCoordinates(latitude, longitude));
        expect(Math.abs(Number(text.slice(0, 5)) - latitude)).toBeLessThanOrEqual(0.0500001);
        expect(Math.abs(Number(text.slice(5)) - longitude)).toBeLessThanOrEqual(0.0500001);
      }),
    );
  });

  it.each(["", "+52.5", "52.5+013.4", "+52.50+013.4", "+52.5+13.4", "+90.1+000.0", "+00.0+180.1", "+99.9+999.9", " +52.5+013.4"])(
    "is not %j",
    (text) => {
      expect(v.is(CoordinatesSchema, text)).toBe(false);
    },
  );
});

describe("an AS number", () => {
  it.each([1, 15_169, 23_455, 23_457, 64_495, 65_552, 4_199_999_999])("%d can name an operator", (asn) => {
    expect(namesOperator(asn)).toBe(true);
    expect(v.is(AsnSchema, asn)).toBe(true);
  });

  it.each([0, 23_456, 64_496, 64_512, 65_535, 65_551, 4_200_000_000, 4_294_967_295])("%d names nobody", (asn) => {
    expect(namesOperator(asn)).toBe(false);
  });

  it.each([0, -1, 1.5, 2 ** 32, "15169"])("is not %j", (asn) => {
    expect(v.is(AsnSchema, asn)).toBe(false);
  });
});

it.each(["", "D", "de", "DEU", "D1", "Ä"])("a country is not %j", (text) => {
  expect(v.is(CountrySchema, text)).toBe(false);
});
