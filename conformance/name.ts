/** Domain names in wire form, read and written without any help of the code that serves them (RFC 1035 §3.1, §4.1.4). */

export const MAX_LABEL_OCTETS = 63;
/** A name with its length octets and the root's zero (RFC 1035 §2.3.4). */
export const MAX_NAME_OCTETS = 255;

/** Text that is no domain name. */
export class NameError extends Error {
  override name = "NameError";
}

/** A name that was read: uncompressed, in the case it came in. */
export interface ReadName {
  readonly wire: Uint8Array;
  /** Where the message goes on after it. */
  readonly end: number;
  readonly compressed: boolean;
}

/**
 * Reads a name; says in words what is wrong where it is none. Pointers may only lead backwards from where the last one stood, so that
 * every name ends.
 */
export function readName(message: Uint8Array, start: number): ReadName | string {
  const wire: number[] = [];
  let at = start;
  let end: number | undefined;
  let before = start;
  for (;;) {
    const length = message[at];
    if (length === undefined) return "a name runs past the end";
    if (length >= 0xc0) {
      const low = message[at + 1];
      if (low === undefined) return "a pointer runs past the end";
      end ??= at + 2;
      at = ((length & 0x3f) << 8) | low;
      if (at >= before) return "a pointer does not lead backwards";
      before = at;
    } else if (length > MAX_LABEL_OCTETS) {
      return `label type 0x${(length & 0xc0).toString(16)} is none`;
    } else {
      if (at + 1 + length > message.length) return "a label runs past the end";
      wire.push(...message.subarray(at, at + 1 + length));
      if (wire.length > MAX_NAME_OCTETS) return `a name is longer than ${MAX_NAME_OCTETS} octets`;
      at += 1 + length;
      if (length === 0) return { wire: Uint8Array.from(wire), end: end ?? at, compressed: end !== undefined };
    }
  }
}

/** The text form of an uncompressed name, with the final dot; what is not printable as \DDD (RFC 1035 §5.1). */
export function nameText(wire: Uint8Array): string {
  let text = "";
  for (let at = 0; (wire[at] ?? 0) !== 0;) {
    const end = at + 1 + (wire[at] ?? 0);
    for (const octet of wire.subarray(at + 1, end)) text += characterText(octet);
    text += ".";
    at = end;
  }
  return text === "" ? "." : text;
}

function characterText(octet: number): string {
  const character = String.fromCharCode(octet);
  if (character === "." || character === "\\") return `\\${character}`;
  return octet > 0x20 && octet < 0x7f ? character : `\\${String(octet).padStart(3, "0")}`;
}

/** The wire form of a plain name of ASCII labels, with or without the final dot. Throws `NameError` for anything else. */
export function nameWire(text: string): Uint8Array {
  const octets: number[] = [];
  for (const label of text === "." ? [] : text.replace(/\.$/, "").split(".")) {
    if (!/^[!-~]+$/.test(label) || label.length > MAX_LABEL_OCTETS) throw new NameError(`${JSON.stringify(text)} is not a domain name`);
    octets.push(label.length, ...Buffer.from(label, "ascii"));
  }
  if (octets.length >= MAX_NAME_OCTETS) throw new NameError(`${JSON.stringify(text)} is longer than a domain name can be`);
  return Uint8Array.from([...octets, 0]);
}

/** Whether two names in text form are the same: ASCII letters of either case are (RFC 4343). */
export const sameName = (one: string, other: string): boolean => lower(one) === lower(other);

/** Whether a name is another or stands below it. */
export const isWithin = (name: string, zone: string): boolean => sameName(name, zone) || lower(name).endsWith(`.${lower(zone)}`);

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
