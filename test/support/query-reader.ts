/** A reader of DNS messages octet by octet, for judging: it shares no code with what is judged, and no opinion but the RFCs'. */

const HEADER_OCTETS = 12;
const OPT = 41;
const QR = 0x8000;
/** In an OPT record's TTL. */
const DO = 0x8000;

/** One record as it stands in a message. */
export interface ReadRecord {
  /** Where it begins, with its owner. */
  readonly at: number;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly data: Uint8Array;
  /** True where the owner is the root. */
  readonly rooted: boolean;
}

export interface ReadHeader {
  readonly id: number;
  readonly flags: number;
  readonly opcode: number;
  /** QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT. */
  readonly counts: readonly number[];
}

/** A message whose counts agree with its octets. */
export interface ReadBody {
  /** Each question's octets. */
  readonly questions: readonly Uint8Array[];
  /** Answer, authority, additional. */
  readonly sections: readonly (readonly ReadRecord[])[];
  /** How many octets stand behind the last record. */
  readonly left: number;
}

const u16 = (octets: Uint8Array, at: number): number => (octets[at]! << 8) | octets[at + 1]!;

/** The header; undefined where there are not twelve octets. */
export function readHeader(octets: Uint8Array): ReadHeader | undefined {
  if (octets.length < HEADER_OCTETS) return undefined;
  const flags = u16(octets, 2);
  return { id: u16(octets, 0), flags, opcode: (flags >> 11) & 0xf, counts: [4, 6, 8, 10].map((at) => u16(octets, at)) };
}

/**
 * What follows the header; undefined where it runs out of the octets, or a name is none (RFC 1035 §3.1, §4.1.4). A query's question has
 * nothing before it to point at, and where its records' pointers lead nobody needs to know; a reply's names are followed to their ends.
 */
export function readBody(octets: Uint8Array, { flags, counts }: ReadHeader): ReadBody | undefined {
  const isReply = (flags & QR) !== 0;
  const [questionCount = 0, ...recordCounts] = counts;
  let at = HEADER_OCTETS;
  const questions: Uint8Array[] = [];
  for (let i = 0; i < questionCount; i++) {
    const end = endOfName(octets, at, isReply ? "followed" : "refused");
    if (end === undefined || end + 4 > octets.length) return undefined;
    questions.push(octets.subarray(at, end + 4));
    at = end + 4;
  }
  const sections: ReadRecord[][] = [];
  for (const count of recordCounts) {
    const records: ReadRecord[] = [];
    for (let i = 0; i < count; i++) {
      const end = endOfName(octets, at, isReply ? "followed" : "passed");
      if (end === undefined || end + 10 > octets.length) return undefined;
      const next = end + 10 + u16(octets, end + 8);
      if (next > octets.length) return undefined;
      const ttl = u16(octets, end + 4) * 65_536 + u16(octets, end + 6);
      records.push({
        at,
        type: u16(octets, end),
        class: u16(octets, end + 2),
        ttl,
        data: octets.subarray(end + 10, next),
        rooted: end === at + 1,
      });
      at = next;
    }
    sections.push(records);
  }
  return { questions, sections, left: octets.length - at };
}

/** The end of a name in the message. It has at most 255 octets, those that pointers lead to included where these are followed. */
function endOfName(octets: Uint8Array, start: number, pointers: "refused" | "passed" | "followed"): number | undefined {
  let at = start;
  let length = 0;
  let end: number | undefined;
  let bound = start;
  for (;;) {
    const label = octets[at];
    if (label === undefined) return undefined;
    if (label >= 0xc0) {
      const target = ((label & 0x3f) << 8) | (octets[at + 1] ?? 0xff);
      end ??= at + 2;
      if (pointers === "refused" || end > octets.length || target >= bound) return undefined;
      if (pointers === "passed") return end;
      bound = target;
      at = target;
      continue;
    }
    length += label + 1;
    if (label > 63 || length > 255) return undefined;
    if (label === 0) return end ?? at + 1;
    at += label + 1;
  }
}

/** A name that `readBody` has read, in lower case, its length octets between the labels: two are equal where this is. */
export function nameAt(octets: Uint8Array, start: number): string {
  let name = "";
  for (let at = start; ;) {
    const label = octets[at] ?? 0;
    if (label >= 0xc0) {
      at = u16(octets, at) & 0x3fff;
      continue;
    }
    if (label === 0) return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
    name += String.fromCharCode(...octets.subarray(at, at + 1 + label));
    at += 1 + label;
  }
}

/** Whether a name is at or below another, both as `nameAt` gives them. */
export function isWithin(name: string, top: string): boolean {
  let at = 0;
  while (name.length - at > top.length) at += 1 + name.charCodeAt(at);
  return name.slice(at) === top;
}

/** The OPT records of a body, wherever they stand. */
export const optsOf = ({ sections }: ReadBody): ReadRecord[] => sections.flat().filter(({ type }) => type === OPT);

/** Whether an OPT record wants signatures, or says that it may have some (RFC 3225 §3). */
export const isDnssecOk = (opt: ReadRecord | undefined): boolean => opt !== undefined && (opt.ttl & DO) !== 0;

/** An OPT record's options; undefined where they overrun it. */
export function optionsOf({ data }: ReadRecord): ReadOption[] | undefined {
  const options: ReadOption[] = [];
  let at = 0;
  while (at + 4 <= data.length) {
    const end = at + 4 + u16(data, at + 2);
    options.push({ code: u16(data, at), data: data.subarray(at + 4, end) });
    at = end;
  }
  return at === data.length ? options : undefined;
}

/** One EDNS option. */
export interface ReadOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** Whether octets are a client subnet that a query may carry (RFC 7871 §6, §7.1.2): as many as its prefix needs, and no bit beyond it. */
export function isSubnet(data: Uint8Array): boolean {
  if (data.length < 4) return false;
  const most = { 0: 0, 1: 32, 2: 128 }[u16(data, 0)];
  const [prefix = 0, scope = 0, ...address] = data.subarray(2);
  if (most === undefined || prefix > most || scope !== 0 || address.length !== Math.ceil(prefix / 8)) return false;
  return address.every((octet, i) => (octet & (0xff >> Math.max(0, Math.min(8, prefix - 8 * i)))) === 0);
}
