/**
 * Where a peer's address is, as offline tables tell: the autonomous system that announces it, the country, and the coordinates of its city.
 * It is what a vantage looked up, never what the peer said.
 */
import * as v from "valibot";
import type { PeerAddress } from "./address.ts";

/** An AS number, RFC 6793. */
export const AsnSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff));

/** An ISO 3166-1 alpha-2 code, as far as its form goes. */
export const CountrySchema = v.pipe(v.string(), v.regex(/^[A-Z]{2}$/, "expected two capital letters"));

const LATITUDE = String.raw`[+-](?:[0-8]\d\.\d|90\.0)`;
const LONGITUDE = String.raw`[+-](?:(?:0\d|1[0-7])\d\.\d|180\.0)`;

/** Latitude and longitude in degrees (ISO 6709), with one decimal: about 10 km, as much as such tables know and no more than a map needs. */
export const CoordinatesSchema = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${LATITUDE}${LONGITUDE}$`), "expected coordinates such as +52.5+013.4"),
);

/** What is known of an address; what is not is left out. */
export interface Location {
  readonly asn?: number;
  readonly country?: string;
  readonly coordinates?: string;
}

/** Nothing is known. */
export const NOWHERE: Location = {};

/** Looks an address up in offline tables. Never throws. */
export type Locate = (address: PeerAddress) => Location;

/** The text of coordinates in degrees, or undefined where they are none. */
export function formatCoordinates(latitude: number, longitude: number): string | undefined {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined;
  return `${degrees(latitude, 2)}${degrees(longitude, 3)}`;
}

function degrees(value: number, digits: number): string {
  const tenths = Math.round(value * 10);
  const sign = tenths < 0 ? "-" : "+"; // the equator and the prime meridian are "+"
  return `${sign}${(Math.abs(tenths) / 10).toFixed(1).padStart(digits + 2, "0")}`;
}

/** AS numbers that name nobody: ranges of the IANA special-purpose registry, first and last. */
const NOBODYS: readonly (readonly [number, number])[] = [
  [0, 0], // RFC 7607
  [23_456, 23_456], // AS_TRANS, RFC 6793
  [64_496, 65_551], // documentation, private, last of 16 bits, documentation: RFC 5398, RFC 6996, RFC 7300
  [4_200_000_000, 4_294_967_295], // private and last of 32 bits: RFC 6996, RFC 7300
];

/** True where the number can belong to one operator, and so says who stands behind an address. */
export const namesOperator = (asn: number): boolean => NOBODYS.every(([first, last]) => asn < first || asn > last);
