/** Content negotiation by `Accept` (RFC 9110 §12.5.1), for the few media types we produce. */

/** Ranges beyond this many are ignored: no client sends more than a browser's eight. */
const MAX_RANGES = 32;

const QUALITY = /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/;

/**
 * The one of `offers` (lower case, in order of our preference) that the header wants most, or undefined where it excludes them all.
 * An absent header wants anything. The most specific range that matches an offer gives its quality; media type parameters are ignored.
 */
export function negotiate(accept: string | undefined, offers: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === "" || accept === "*/*") return offers[0];
  if (offers.includes(accept)) return accept;
  const ranges = accept.toLowerCase().split(",", MAX_RANGES).map(parseRange);
  let best: string | undefined;
  let bestQuality = 0;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) [best, bestQuality] = [offer, quality];
  }
  return best;
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  const q = parameters.find((parameter) => QUALITY.test(parameter));
  return { type, quality: q === undefined ? 1 : Number(q.slice(2)) };
}

function qualityOf(offer: string, ranges: readonly Range[]): number {
  const family = `${offer.slice(0, offer.indexOf("/"))}/*`;
  for (const wanted of [offer, family, "*/*"]) {
    const range = ranges.find(({ type }) => type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

/** True where a `Content-Type` names this media type, in any case and with any parameters (RFC 9110 §8.3). */
export function isMediaType(contentType: string | undefined, type: string): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === type;
}
