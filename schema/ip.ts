/** IPv4 and IPv6 text forms. Addresses are byte arrays of 4 or 16 octets, network order. */

/** Text that is not an IP address in any accepted form. */
export class IpFormatError extends Error {
  override name = "IpFormatError";
}

const V4_OCTET = /^(0|[1-9]\d{0,2})$/;
const V6_GROUP = /^[0-9a-f]{1,4}$/i;

/** Parses dotted-quad IPv4 (no leading zeros, RFC 6943 §3.1.1 strict form) into 4 octets. */
export function parseIpv4(text: string): Uint8Array {
  const parts = text.split(".");
  if (parts.length !== 4) throw new IpFormatError("IPv4 address needs four octets");
  return Uint8Array.from(parts, (part) => {
    if (!V4_OCTET.test(part) || Number(part) > 255) {
      throw new IpFormatError("IPv4 octet is not a number from 0 to 255");
    }
    return Number(part);
  });
}

/** Every octet's text: a number's text is looked for among all texts of late, which takes longer. */
const DECIMALS = Array.from({ length: 256 }, (_, octet) => String(octet));
const DOTTED = DECIMALS.map((text) => `${text}.`);

/** Formats 4 octets, those from `at` on, as a dotted quad. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return DOTTED[bytes[at]!]! + DOTTED[bytes[at + 1]!]! + DOTTED[bytes[at + 2]!]! + DECIMALS[bytes[at + 3]!]!;
}

/** Parses IPv6 text (RFC 4291 §2.2, with an embedded IPv4 tail, without a zone id) into 16 octets. */
export function parseIpv6(text: string): Uint8Array {
  const halves = text.split("::");
  if (halves.length > 2) throw new IpFormatError("IPv6 address has more than one '::'");
  const head = groups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? "", true) : [];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) {
    throw new IpFormatError("IPv6 address does not have eight groups");
  }
  const words = [...head, ...Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [i, word] of words.entries()) {
    bytes[2 * i] = word >> 8;
    bytes[2 * i + 1] = word & 0xff;
  }
  return bytes;
}

/** The 16-bit groups of a part of an address; only what ends the address may end in a dotted quad. */
function groups(text: string, endsAddress: boolean): number[] {
  if (text === "") return [];
  const parts = text.split(":");
  const words: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (endsAddress && part.includes(".") && i === parts.length - 1) {
      const octets = parseIpv4(part);
      words.push((octets[0]! << 8) | octets[1]!, (octets[2]! << 8) | octets[3]!);
    } else if (V6_GROUP.test(part)) {
      words.push(Number.parseInt(part, 16));
    } else {
      throw new IpFormatError("IPv6 group is not one to four hex digits");
    }
  }
  return words;
}

/** Every octet in hex, as short as it can be; and with the zero that it has behind another one. */
const HEX = DECIMALS.map((_, octet) => octet.toString(16));
const PADDED_HEX = HEX.map((text) => text.padStart(2, "0"));

/** Formats 16 octets in the one canonical text form of RFC 5952 §4. */
export function formatIpv6(bytes: Uint8Array): string {
  let start = -1; // of the longest run of zero groups
  let end = -1;
  for (let i = 0; i < 8; i++) {
    let next = i;
    while (next < 8 && bytes[2 * next] === 0 && bytes[2 * next + 1] === 0) next++;
    if (next - i > Math.max(end - start, 1)) [start, end] = [i, next]; // a single one is not shortened (§4.2.2)
    i = Math.max(i, next - 1);
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === start) {
      text += "::";
      i = end - 1;
      continue;
    }
    if (i > 0 && i !== end) text += ":";
    const high = bytes[2 * i]!;
    const low = bytes[2 * i + 1]!;
    text += high === 0 ? HEX[low]! : HEX[high]! + PADDED_HEX[low]!;
  }
  return text;
}

const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** True for ::ffff:0:0/96, the IPv4-mapped block (RFC 4291 §2.5.5.2). */
export function isIpv4Mapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && MAPPED_PREFIX.every((octet, i) => bytes[i] === octet);
}

/** The 16-octet IPv4-mapped form of 4 octets, as the Bitcoin family's `addr` carries it. */
export function mapIpv4(bytes: Uint8Array): Uint8Array {
  const mapped = new Uint8Array(16);
  mapped.set(MAPPED_PREFIX);
  mapped.set(bytes, 12);
  return mapped;
}
