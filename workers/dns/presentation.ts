/** Records' data as text, as master files have it (RFC 1035 §5.1): for JSON answers and zone exports. */
import { base64 } from "@scure/base";
import { formatIpv4, formatIpv6 } from "../../schema/ip.ts";
import { endOfPlainName, formatName } from "./name.ts";
import { formatType, TYPE, type Rdata } from "./records.ts";

/**
 * A record's data in presentation form; what has none of its own, or does not follow it, as RFC 3597 §5 has it: `\# 2 0a0b`.
 *
 * Where master files leave a choice, it is the one that Google's and Cloudflare's JSON both take: types by mnemonic, in signatures and
 * bitmaps as well; algorithms and digest types by number; times of signatures as Unix seconds, not dates (RFC 4034 §3.2 has both).
 */
export function formatData(type: number, data: Rdata): string {
  if (type === TYPE.A && data.length === 4) return formatIpv4(data); // nearly all that is asked for, so without any detour
  const words = FORMATS.get(type)?.(new Fields(data));
  return words?.every((word) => word !== undefined) === true ? words.join(" ") : unknown(data);
}

const hex = (data: Rdata): string => Array.from(data, (octet) => octet.toString(16).padStart(2, "0")).join("");

const unknown = (data: Rdata): string => (data.length === 0 ? "\\# 0" : `\\# ${data.length} ${hex(data)}`);

type Words = readonly (string | number | undefined)[];

/** Takes a record's data apart. Whatever runs over its end is undefined. */
class Fields {
  readonly #data: Rdata;
  #at = 0;
  constructor(data: Rdata) {
    this.#data = data;
  }

  /** Whether everything was taken, and nothing more. */
  get over(): boolean {
    return this.#at === this.#data.length;
  }

  number(octets: 1 | 2 | 4): number | undefined {
    let value = 0;
    for (const octet of this.octets(octets) ?? []) value = value * 256 + octet;
    return this.#at > this.#data.length ? undefined : value;
  }

  octets(count: number): Rdata | undefined {
    const start = this.#at;
    this.#at += count;
    return this.#at > this.#data.length ? undefined : this.#data.subarray(start, this.#at);
  }

  rest(): Rdata {
    return this.octets(Math.max(0, this.#data.length - this.#at)) ?? new Uint8Array(0);
  }

  name(): string | undefined {
    const end = endOfPlainName(this.#data, this.#at);
    if (end < 0) return undefined;
    return formatName(this.octets(end - this.#at) ?? new Uint8Array(1), true);
  }

  /** All that is left, where that is something: a key, a digest and a signature are never empty. */
  some(format: (octets: Rdata) => string): string | undefined {
    const octets = this.rest();
    return octets.length === 0 ? undefined : format(octets);
  }

  /** A character-string in quotes. */
  text(): string | undefined {
    const length = this.number(1);
    const octets = length === undefined ? undefined : this.octets(length);
    if (octets === undefined) return undefined;
    let text = '"';
    for (const octet of octets) text += QUOTED[octet]!;
    return text + '"';
  }

  texts(): Words {
    const texts: (string | undefined)[] = [];
    do texts.push(this.text());
    while (!this.over && texts.at(-1) !== undefined);
    return texts;
  }
}

/** Every octet's text within quotes. */
const QUOTED = Array.from({ length: 256 }, (_, octet) => quoted(octet));

function quoted(octet: number): string {
  if (octet < 32 || octet > 126) return `\\${String(octet).padStart(3, "0")}`;
  const character = String.fromCharCode(octet);
  return character === '"' || character === "\\" ? `\\${character}` : character;
}

/** Everything must have been taken. */
const whole =
  (format: (fields: Fields) => Words) =>
  (fields: Fields): Words => {
    const words = format(fields);
    return fields.over ? words : [undefined];
  };

const key = (fields: Fields): Words => [
  fields.number(2),
  fields.number(1),
  fields.number(1),
  fields.some((octets) => base64.encode(octets)),
];
const digest = (fields: Fields): Words => [
  fields.number(2),
  fields.number(1),
  fields.number(1),
  fields.some((octets) => hex(octets).toUpperCase()),
];

const address =
  (width: number, format: (octets: Rdata) => string) =>
  (fields: Fields): Words => {
    const octets = fields.octets(width);
    return [octets && format(octets)];
  };

const FORMATS: ReadonlyMap<number, (fields: Fields) => Words> = new Map(
  (
    [
      [TYPE.A, address(4, formatIpv4)],
      [TYPE.AAAA, address(16, formatIpv6)],
      [TYPE.NS, (fields) => [fields.name()]],
      [TYPE.SOA, (fields) => [fields.name(), fields.name(), ...[0, 1, 2, 3, 4].map(() => fields.number(4))]],
      [TYPE.HINFO, (fields) => [fields.text(), fields.text()]],
      [TYPE.TXT, (fields) => fields.texts()],
      [TYPE.SRV, (fields) => [fields.number(2), fields.number(2), fields.number(2), fields.name()]],
      [TYPE.DNSKEY, key],
      [TYPE.CDNSKEY, key],
      [TYPE.DS, digest],
      [TYPE.CDS, digest],
      [TYPE.NSEC, (fields) => [fields.name(), ...bitmap(fields.rest())]],
      [TYPE.RRSIG, signature],
    ] satisfies [number, (fields: Fields) => Words][]
  ).map(([type, format]) => [type, whole(format)]),
);

/** There is no type 0. */
const typeWord = (type: number | undefined): string | undefined => (type ? formatType(type) : undefined);

/** RFC 4034 §3.2. */
function signature(fields: Fields): Words {
  return [
    typeWord(fields.number(2)),
    fields.number(1), // algorithm
    fields.number(1), // labels
    fields.number(4), // original TTL
    fields.number(4), // expiration
    fields.number(4), // inception
    fields.number(2), // key tag
    fields.name(),
    fields.some((octets) => base64.encode(octets)),
  ];
}

/** The types of a bitmap (RFC 4034 §4.1.2): blocks in order, none without a type, none longer than its types need. */
function bitmap(data: Rdata): Words {
  const types: (string | undefined)[] = [];
  let before = -1;
  for (let at = 0; at < data.length;) {
    const [block = 0, length = 0] = data.subarray(at, at + 2);
    const octets = data.subarray(at + 2, at + 2 + length);
    if (block <= before || length > 32 || octets.length < length || (octets.at(-1) ?? 0) === 0) return [undefined];
    octets.forEach((octet, i) => {
      for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) types.push(typeWord(block * 256 + i * 8 + bit));
    });
    before = block;
    at += 2 + length;
  }
  return types;
}
