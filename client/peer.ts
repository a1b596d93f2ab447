/** A peer as a snapshot lists it, and who stands behind it as far as its address and its AS tell. */

/** Which kind of network carries an address. */
export type Family = "ipv4" | "ipv6" | "onion" | "i2p" | "cjdns";

/** A node that crawlers have verified. */
export interface Peer {
  /** `1.2.3.4:8333`, `[2001:db8::1]:8333`, `<name>.onion:8333` */
  readonly address: string;
  /** The address without port and brackets. */
  readonly host: string;
  readonly port: number;
  readonly family: Family;
  /** The service bits it offers, lower-case hex. */
  readonly services: string;
  /** The protocol version it speaks. */
  readonly version: number;
  /** What it calls itself. Text of strangers. */
  readonly agent: string;
  /** The AS that announces its address, where that is known. */
  readonly asn: number | null;
  /** ISO 3166 code, where that is known. */
  readonly country: string | null;
}

/** A peer in a list, with what makes a sample diverse. */
export interface Entry {
  readonly peer: Peer;
  /** What one operator gets cheaply: /16 of IPv4, /32 of IPv6; an overlay name stands alone. */
  readonly group: string;
  /** The AS, or the netgroup where that is not known; a whole overlay network, for its names cost nothing. */
  readonly operator: string;
}

/** The longest text of an address. */
const MAX_LENGTH = 80;
const ADDRESS = /^(?:\[(?<bracketed>[0-9a-f:.]+)\]|(?<plain>[a-z0-9.]+)):(?<port>0|[1-9]\d{0,4})$/i;
const OVERLAYS: readonly (readonly [Family, RegExp])[] = [
  ["onion", /^[a-z2-7]{56}\.onion$/i],
  ["i2p", /^[a-z2-7]{52}\.b32\.i2p$/i],
];
const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Puts a row of a snapshot into a list; undefined where its address is none. */
export function readEntry(row: Omit<Peer, "host" | "port" | "family">): Entry | undefined {
  const { bracketed, plain = "", port } = (row.address.length > MAX_LENGTH ? null : ADDRESS.exec(row.address))?.groups ?? {};
  const place = bracketed === undefined ? placeOf(plain) : placeOfV6(bracketed);
  const number = Number(port);
  if (place === undefined || number > 65_535 || (number === 0 && place.family !== "i2p")) return undefined;
  const peer: Peer = { ...row, host: bracketed ?? plain, port: number, family: place.family };
  const alone = place.family === "ipv4" || place.family === "ipv6" ? place.group : place.family;
  return { peer, group: place.group, operator: row.asn === null ? alone : `AS${row.asn}` };
}

interface Place {
  readonly family: Family;
  readonly group: string;
}

function placeOf(host: string): Place | undefined {
  for (const [family, form] of OVERLAYS) if (form.test(host)) return { family, group: host.toLowerCase() };
  const octets = parseV4(host);
  return octets && { family: "ipv4", group: `4:${octets[0]}.${octets[1]}` };
}

/** fc00::/8 is CJDNS, ::ffff:0:0/96 is IPv4 in disguise. */
function placeOfV6(host: string): Place | undefined {
  const words = parseV6(host);
  if (words === undefined) return undefined;
  const [high = 0, low = 0] = words;
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return { family: "ipv4", group: `4:${(words[6] ?? 0) >> 8}.${(words[6] ?? 0) & 0xff}` };
  }
  if (high >> 8 === 0xfc) return { family: "cjdns", group: words.join(":") };
  return { family: "ipv6", group: `6:${high}:${low}` };
}

/** Four octets, written without leading zeros. */
function parseV4(text: string): readonly number[] | undefined {
  const octets = V4.exec(text)?.slice(1);
  return octets?.every((octet) => String(Number(octet)) === octet && Number(octet) < 256) === true ? octets.map(Number) : undefined;
}

/** The eight 16-bit words of an IPv6 address (RFC 4291 §2.2). */
function parseV6(text: string): readonly number[] | undefined {
  const tail = text.slice(text.lastIndexOf(":") + 1);
  if (tail.includes(".")) {
    const [a = 0, b = 0, c = 0, d = 0] = parseV4(tail) ?? [256];
    if (a > 255) return undefined;
    return parseV6(`${text.slice(0, -tail.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], rest = []] = halves;
  const missing = 8 - head.length - rest.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const words = [...head, ...Array<string>(missing).fill("0"), ...rest];
  return words.every((word) => /^[0-9a-f]{1,4}$/i.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : undefined;
}
