/**
 * Domain names (RFC 1035 §3.1). A name is its wire octets, uncompressed and with the root's zero octet, so that the case a client
 * sent survives to the answer (0x20). Its text form is lower case and absolute, escaped as in master files (RFC 1035 §5.1),
 * so that equal names have equal text and every dot in it divides labels.
 */

/** A name in wire form, uncompressed. */
export type Name = Uint8Array;

/** Longest name in octets, length octets and root included (RFC 1035 §2.3.4). */
export const MAX_NAME_OCTETS = 255;
/** Longest label in octets. */
export const MAX_LABEL_OCTETS = 63;
/** Longest text of a name that `parseName` looks at: every octet escaped as `\DDD`. */
export const MAX_NAME_TEXT = 4 * MAX_NAME_OCTETS;

/** Text that is not a domain name. */
export class DnsNameError extends Error {
  override name = "DnsNameError";
}

const DOT = 46;
const BACKSLASH = 92;

/** What may follow a backslash: three decimal digits, or a printable character that is none (RFC 4343 §2.1). */
const ESCAPE = /^(?:\d{3}|[ -/:-~])/;

/**
 * Parses text, absolute or without the final dot, in ASCII with the escapes `\.` and `\065` (RFC 4343 §2.1). Case is kept.
 * Internationalised names must come as A-labels. Throws `DnsNameError`.
 */
export function parseName(text: string): Name {
  if (text === ".") return Uint8Array.of(0);
  if (text === "" || text.length > MAX_NAME_TEXT) throw new DnsNameError("a name has 1 to 253 characters");
  const wire: number[] = [0];
  let label = 0; // where the current label's length octet stands
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === DOT) {
      if (wire.length === label + 1) throw new DnsNameError("a name has an empty label");
      label = wire.push(0) - 1;
      continue;
    }
    if (code === BACKSLASH) {
      const escaped = ESCAPE.exec(text.slice(i + 1, i + 4))?.[0] ?? "";
      code = escaped.length === 3 ? Number(escaped) : escaped.charCodeAt(0);
      i += escaped.length;
      if (!(code <= 255)) throw new DnsNameError("a name has a bad escape");
    } else if (code < 33 || code > 126) {
      throw new DnsNameError("a name is ASCII without white space: labels in other scripts come as xn--, other octets as escapes");
    }
    wire.push(code);
    if (++wire[label]! > MAX_LABEL_OCTETS) throw new DnsNameError("a label has at most 63 octets");
  }
  if (wire[label] !== 0) wire.push(0);
  if (wire.length > MAX_NAME_OCTETS) throw new DnsNameError("a name has at most 255 octets");
  return Uint8Array.from(wire);
}

/** The text form, lower case unless `keepCase`, with a final dot. */
export function formatName(name: Name, keepCase = false): string {
  const latest = keepCase ? latestText : latestLowerText;
  if (latest.name !== name) {
    latest.text = textOf(name, keepCase ? TEXTS : LOWER_TEXTS);
    latest.name = name;
  }
  return latest.text;
}

/** The name formatted last: an answer needs its question's again and again, and so does the next one. */
const latestText: Formatted = { name: undefined, text: "" };
const latestLowerText: Formatted = { name: undefined, text: "" };

interface Formatted {
  name: Name | undefined;
  text: string;
}

function textOf(name: Name, texts: readonly string[]): string {
  if (name.length === 1) return ".";
  let text = "";
  let end = 1 + name[0]!;
  for (let i = 1; i < name.length; i++) {
    if (i === end) {
      text += ".";
      end = i + 1 + name[i]!;
    } else text += texts[name[i]!];
  }
  return text;
}

/** ASCII lower case, and nothing but ASCII (RFC 4343 §3). */
export const lowerOctet = (octet: number): number => (octet >= 65 && octet <= 90 ? octet + 32 : octet);

// These have a meaning in master files (RFC 1035 §5.1).
const ESCAPED = new Set(Array.from('".$();@\\', (character) => character.charCodeAt(0)));

/** Every octet's text. */
const TEXTS = Array.from({ length: 256 }, (_, octet) => formatOctet(octet));
const LOWER_TEXTS = TEXTS.map((_, octet) => formatOctet(lowerOctet(octet)));

function formatOctet(octet: number): string {
  if (octet < 33 || octet > 126) return `\\${String(octet).padStart(3, "0")}`;
  const character = String.fromCharCode(octet);
  return ESCAPED.has(octet) ? `\\${character}` : character;
}

/** The end of the plain name at `start`, or -1: no pointers, no unknown label types, at most 255 octets, all inside the message. */
export function endOfPlainName(message: Uint8Array, start: number): number {
  for (let at = start; at < message.length && at - start < MAX_NAME_OCTETS;) {
    const length = message[at]!;
    if (length === 0) return at + 1;
    if (length > MAX_LABEL_OCTETS) return -1;
    at += length + 1;
  }
  return -1;
}

/** As `endOfPlainName`, but a compression pointer to an earlier place may end the name. It is not followed. */
export function endOfName(message: Uint8Array, start: number): number {
  for (let at = start; at < message.length && at - start < MAX_NAME_OCTETS;) {
    const length = message[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (message[at + 1] ?? 0);
      return at + 2 <= message.length && target < start ? at + 2 : -1;
    }
    if (length > MAX_LABEL_OCTETS) return -1;
    at += length + 1;
  }
  return -1;
}
