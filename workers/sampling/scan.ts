/** A fast reader of canonical IP address text. A snapshot holds 10,000 of them and an isolate decodes it while queries wait. */

const COLON = 58;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const LOWER_A = 97;
const LOWER_F = 102;

/**
 * Reads `1.2.3.4:8333` into the 4 octets at `at`; returns the port, or -1 where the text is anything else. What it refuses goes to
 * schema's `parseAddress`, which is the judge of all text; this only has to be right about what it accepts.
 */
export function scanIpv4(text: string, octets: Uint8Array, at: number): number {
  let place = 0;
  let value = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) {
      if (digits > 0 && value === 0) return -1; // a leading zero
      value = value * 10 + code - ZERO;
      digits++;
      if (value > (place < 4 ? 255 : 65_535)) return -1;
    } else {
      if (digits === 0 || place > 3 || code !== (place < 3 ? DOT : COLON)) return -1;
      octets[at + place++] = value;
      value = 0;
      digits = 0;
    }
  }
  return place === 4 && value > 0 ? value : -1;
}

/** Reads `[2001:db8::1]:8333`, lower case and without a dotted tail, into the 16 octets at `at`; else as `scanIpv4`. */
export function scanIpv6(text: string, octets: Uint8Array, at: number): number {
  const end = text.startsWith("[") ? text.lastIndexOf("]:") : -1;
  if (end < 0) return -1;
  let place = 0; // octets written
  let gap = -1; // where "::" stands
  let i = 1;
  while (i < end) {
    if (text.charCodeAt(i) === COLON) {
      // Either the "::", or, after a group, its single separator, which a group must follow.
      if (text.charCodeAt(i + 1) === COLON) {
        if (gap >= 0) return -1;
        gap = place;
        i += 2;
        continue;
      }
      if (place === 0 || gap === place) return -1;
      i++;
    } else if (place > 0 && gap !== place) return -1;
    let value = 0;
    const first = i;
    for (let digit; i < end && (digit = hexDigit(text.charCodeAt(i))) >= 0; i++) value = value * 16 + digit;
    if (i === first || i - first > 4 || place > 14) return -1;
    octets[at + place++] = value >> 8;
    octets[at + place++] = value & 0xff;
  }
  if (gap < 0 ? place < 16 : place > 14) return -1;
  if (gap >= 0) {
    octets.copyWithin(at + 16 - (place - gap), at + gap, at + place);
    octets.fill(0, at + gap, at + 16 - (place - gap));
  }
  return scanPort(text, end + 2);
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  return code >= LOWER_A && code <= LOWER_F ? code - LOWER_A + 10 : -1;
}

function scanPort(text: string, from: number): number {
  let value = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE || (i > from && value === 0)) return -1;
    value = value * 10 + code - ZERO;
    if (value > 65_535) return -1;
  }
  return value > 0 ? value : -1;
}
