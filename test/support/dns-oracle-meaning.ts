/** What dns-packet reads in a message, as plain data to compare with what was meant. */
import * as v from "valibot";
import { lowered, type Meaning, type MeantRecord } from "./dns-meaning.ts";
import { readMessage, type ReadMessage } from "./dns-oracle.ts";

const absolute = (name: string): string => (name === "." ? name : `${name}.`);
const texts = (...list: readonly (string | Uint8Array)[]): string =>
  list.map((text) => `"${Buffer.from(text).toString("latin1")}"`).join(" ");

const name = v.pipe(v.string(), v.transform(absolute));
const numbers = { serial: v.number(), refresh: v.number(), retry: v.number(), expire: v.number(), minimum: v.number() };

const octets = v.instance(Uint8Array);
const base64 = (data: Uint8Array): string => Buffer.from(data).toString("base64");

/** Data of CDS and CDNSKEY, which dns-packet does not read. */
const digest = v.pipe(
  octets,
  v.transform((data) => {
    const [tag, rest] = [Buffer.from(data).readUInt16BE(), Buffer.from(data.subarray(2))];
    return [tag, rest[0], rest[1], rest.toString("hex", 2).toUpperCase()].join(" ");
  }),
);
const rawKey = v.pipe(
  octets,
  v.transform((data) => [Buffer.from(data).readUInt16BE(), data[2], data[3], base64(data.subarray(4))].join(" ")),
);

/** Each type's number, and what dns-packet makes of its data as text. */
const TYPES: Readonly<Record<string, readonly [number, v.GenericSchema<unknown, string>]>> = {
  A: [1, v.string()],
  NS: [2, name],
  SOA: [
    6,
    v.pipe(
      v.object({ mname: name, rname: name, ...numbers }),
      v.transform((soa) => [soa.mname, soa.rname, soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].join(" ")),
    ),
  ],
  HINFO: [
    13,
    v.pipe(
      v.object({ cpu: v.string(), os: v.string() }),
      v.transform(({ cpu, os }) => texts(cpu, os)),
    ),
  ],
  TXT: [
    16,
    v.pipe(
      v.array(octets),
      v.transform((list) => texts(...list)),
    ),
  ],
  AAAA: [28, v.string()],
  RRSIG: [
    46,
    v.pipe(
      v.object({
        typeCovered: v.string(),
        algorithm: v.number(),
        labels: v.number(),
        originalTTL: v.number(),
        expiration: v.number(),
        inception: v.number(),
        keyTag: v.number(),
        signersName: name,
        signature: octets,
      }),
      v.transform(({ typeCovered, algorithm, labels, originalTTL, signature, ...sig }) => {
        const fields = [algorithm, labels, originalTTL, sig.expiration, sig.inception, sig.keyTag];
        return [typeCovered, ...fields, sig.signersName, base64(signature)].join(" ");
      }),
    ),
  ],
  NSEC: [
    47,
    v.pipe(
      v.object({ nextDomain: name, rrtypes: v.array(v.string()) }),
      v.transform(({ nextDomain, rrtypes }) => [nextDomain, ...rrtypes].join(" ")),
    ),
  ],
  DNSKEY: [
    48,
    v.pipe(
      v.object({ flags: v.number(), algorithm: v.number(), key: octets }),
      // It refuses to read other protocols than 3, which alone there is (RFC 4034 §2.1.2).
      v.transform(({ flags, algorithm, key }) => [flags, 3, algorithm, base64(key)].join(" ")),
    ),
  ],
  CDS: [59, digest],
  CDNSKEY: [60, rawKey],
  SRV: [
    33,
    v.pipe(
      v.object({ priority: v.number(), weight: v.number(), port: v.number(), target: name }),
      v.transform((srv) => [srv.priority, srv.weight, srv.port, srv.target].join(" ")),
    ),
  ],
};

const PADDING = 12;

/** Reads a message by dns-packet; throws as `readMessage` does. Its names have no escapes: of those with dots in labels it tells nothing. */
export function readMeaning(message: Uint8Array): Meaning {
  const read = readMessage(message);
  const [question] = read.questions;
  const options = read.opt?.options.map(([code, data]): readonly [number, string] => [
    code,
    code === PADDING ? "" : Buffer.from(data).toString("hex"),
  ]);
  return {
    id: read.id,
    opcode: (message[2]! >> 3) & 0xf,
    flags: ((message[2]! & 0x87) << 8) | (message[3]! & 0xf0),
    rcode: read.rcode,
    question: question === undefined ? null : [absolute(question.name), ...classAndType(message)],
    answer: read.answers.map(recordOf),
    authority: lowered(read.authorities.map(recordOf)),
    additional: [],
    opt:
      read.opt === undefined
        ? null
        : { payload: read.opt.payload, version: read.opt.version, flags: read.opt.flags, options: options ?? [] },
  };
}

/** Of the question: dns-packet has words for some of them only. */
function classAndType(message: Uint8Array): readonly [number, number] {
  let at = 12;
  while (message[at] !== 0) at += 1 + message[at]!;
  const view = new DataView(message.buffer, message.byteOffset + at + 1);
  return [view.getUint16(2), view.getUint16(0)];
}

function recordOf({ name: owner, ttl, type, data }: ReadMessage["answers"][number]): MeantRecord {
  const known = TYPES[type];
  if (known === undefined) throw new TypeError(`dns-packet reads a type that nobody meant: ${type}`);
  return [absolute(owner), ttl, known[0], v.parse(known[1], data)];
}
