/** Judges what a server says to hostile octets: whether it had to answer at all, and whether the answer is one that any client can read. */
import packet from "dns-packet";
import {
  isDnssecOk,
  isSubnet,
  optionsOf,
  optsOf,
  readBody,
  readHeader,
  type ReadBody,
  type ReadHeader,
  type ReadRecord,
} from "./query-reader.ts";
import { signatureFault, soaCount } from "./signed-judge.ts";

/** The transport a query came by. `udp-limited` is UDP above the rate limit: empty answers with TC are right there. */
export type Channel = "doh" | "udp" | "udp-limited" | "tcp";

const QUERY_OPCODE = 0;
const FORMERR = 1;
const NXDOMAIN = 3;
const NOTIMP = 4;
const BADVERS = 16;
/** What a server with a fresh snapshot may say. SERVFAIL is not among them: nothing that a stranger sends is the server's own failure. */
const RCODES = new Set([0, FORMERR, NXDOMAIN, NOTIMP, 5, BADVERS]);

const QR = 0x8000;
const TC = 0x0200;
const RD = 0x0100;
/** RA, Z, AD and CD, which an authoritative answer never has. */
const CLEAR = 0x00f0;
const SUBNET = 8;
const PADDING = 12;
const PADDING_BLOCK = 468;
const UDP_PLAIN = 512;
const UDP_MOST = 1_232;
/** A question with one label of any length directly below the zones of these tests, in octets: no answer to it needs TCP. */
const SHORT_QUESTION = 93;

/** Whether a message is a query, so that silence would be wrong. Over HTTP what has octets left over is none either (RFC 8484 §4.2.1). */
export function mustBeAnswered(query: Uint8Array, channel: Channel): boolean {
  const header = readHeader(query);
  if (header === undefined || (header.flags & QR) !== 0) return false;
  if (channel !== "doh" || header.opcode !== QUERY_OPCODE || header.counts[0] !== 1) return true;
  const body = readBody(query, header);
  return body === undefined || body.left === 0 || !isSound(header, body);
}

/** Whether a query breaks no rule that is answered with FORMERR before anything else is looked at. */
function isSound({ counts }: ReadHeader, body: ReadBody): boolean {
  const [opt, ...more] = optsOf(body);
  if (counts[0] !== 1) return false;
  if (opt === undefined) return true;
  const version = (opt.ttl >>> 16) & 0xff;
  return more.length === 0 && opt.rooted && body.sections[2]!.includes(opt) && (version !== 0 || hasSoundOptions(opt));
}

/** The client subnet is the one option whose contents can make a query malformed. */
const hasSoundOptions = (opt: ReadRecord): boolean => optionsOf(opt)?.every(({ code, data }) => code !== SUBNET || isSubnet(data)) ?? false;

/** What is wrong with a reply to a query that had to be answered, in words; undefined where nothing is. */
export function faultOf(query: Uint8Array, reply: Uint8Array, channel: Channel): string | undefined {
  const asked = readHeader(query);
  const header = readHeader(reply);
  if (asked === undefined || header === undefined) return "no header";
  const body = readBody(reply, header);
  if (body === undefined) return "a body that cannot be read";
  return (
    headerFault(asked, header) ??
    sectionFault(header, body, channel) ??
    questionFault(query, asked, header, body) ??
    ednsFault(query, asked, reply, body, channel) ??
    signatureFault(reply, header, body) ??
    oracleFault(reply, header)
  );
}

function headerFault(asked: ReadHeader, { id, flags, opcode }: ReadHeader): string | undefined {
  if (id !== asked.id) return "another id";
  if ((flags & QR) === 0) return "no response";
  if (opcode !== asked.opcode) return "another opcode";
  if ((flags & RD) !== (asked.flags & RD)) return "another RD bit";
  return (flags & CLEAR) === 0 ? undefined : "flags that must be clear";
}

function sectionFault({ flags }: ReadHeader, body: ReadBody, channel: Channel): string | undefined {
  const [answer = [], authority = [], additional = []] = body.sections;
  const [opt, ...more] = optsOf(body);
  const rcode = (flags & 0xf) | (((opt?.ttl ?? 0) >>> 24) << 4);
  if (body.left !== 0) return "octets after the last record";
  if (body.questions.length > 1) return "more than one question";
  if (!RCODES.has(rcode)) return `rcode ${rcode}`;
  if (more.length > 0 || additional.length !== (opt === undefined ? 0 : 1)) return "additional records that are not one OPT";
  if ((rcode !== 0 || (flags & TC) !== 0) && answer.length > 0) return "records where there must be none";
  if ((flags & TC) !== 0 && !channel.startsWith("udp")) return "truncated where there is room";
  const denies = (rcode === 0 || rcode === NXDOMAIN) && answer.length === 0 && (flags & TC) === 0;
  if (soaCount(authority) !== (denies ? 1 : 0)) return denies ? "a denial without its SOA" : "an SOA where nothing is denied";
  for (const { type, data } of answer) {
    if ((type === 1 && data.length !== 4) || (type === 28 && data.length !== 16)) return "an address of the wrong length";
  }
  return undefined;
}

/** The question comes back octet by octet, 0x20 case included; queries that break a rule get FORMERR, foreign opcodes NOTIMP. */
function questionFault(query: Uint8Array, asked: ReadHeader, { flags }: ReadHeader, body: ReadBody): string | undefined {
  const rcode = flags & 0xf;
  if (asked.opcode !== QUERY_OPCODE) return rcode === NOTIMP || (flags & TC) !== 0 ? undefined : "a foreign opcode that is not refused";
  const read = readBody(query, asked);
  const sound = read !== undefined && read.left === 0 && isSound(asked, read);
  const [echoed] = body.questions;
  if (sound && echoed === undefined) return "no question";
  if (echoed !== undefined && Buffer.compare(echoed, query.subarray(12, 12 + echoed.length)) !== 0) return "another question";
  if (asked.counts[0] !== 1 && rcode !== FORMERR && (flags & TC) === 0) return "no FORMERR where there is not one question";
  return undefined;
}

function ednsFault(query: Uint8Array, asked: ReadHeader, reply: Uint8Array, body: ReadBody, channel: Channel): string | undefined {
  const [opt] = optsOf(body);
  const read = readBody(query, asked);
  const [theirs] = read === undefined ? [] : optsOf(read);
  if (read !== undefined && (theirs === undefined) !== (opt === undefined)) return "OPT where there was none, or none where there was";
  if (opt !== undefined && optionsOf(opt) === undefined) return "options that overrun";
  if (opt !== undefined && (opt.class !== UDP_MOST || ((opt.ttl >>> 16) & 0xff) !== 0)) return "another payload size or version";
  const isTruncated = (reply[2]! & (TC >> 8)) !== 0;
  const isShort = (body.questions[0]?.length ?? 0) <= SHORT_QUESTION;
  if (channel === "udp" && isTruncated && isShort && (theirs?.class ?? 0) >= UDP_MOST) return "truncated though it fits";
  if (
    channel.startsWith("udp") &&
    reply.length > Math.min(opt === undefined ? UDP_PLAIN : UDP_MOST, Math.max(UDP_PLAIN, theirs?.class ?? UDP_MOST))
  ) {
    return "more octets than the client can take";
  }
  // What breaks a rule may not have been read as far as its OPT record.
  const sound = read !== undefined && read.left === 0 && isSound(asked, read);
  if (sound && isDnssecOk(theirs) !== isDnssecOk(opt)) return "another DO bit"; // RFC 3225 §3
  const padded =
    sound && theirs !== undefined && ((theirs.ttl >>> 16) & 0xff) === 0 && optionsOf(theirs)?.some(({ code }) => code === PADDING);
  return channel === "doh" && padded === true && reply.length % PADDING_BLOCK !== 0 ? "no padding" : undefined;
}

/** Another codec reads it to the last octet, with as many records. */
function oracleFault(reply: Uint8Array, { counts }: ReadHeader): string | undefined {
  try {
    const { questions, answers, authorities, additionals } = packet.decode(Buffer.from(reply.buffer, reply.byteOffset, reply.length));
    if (packet.decode.bytes !== reply.length) return "octets that dns-packet does not read";
    const read = [questions, answers, authorities, additionals].map((list) => list?.length ?? 0);
    return read.every((count, section) => count === counts[section]) ? undefined : "records that dns-packet does not read";
  } catch (error) {
    return `dns-packet: ${String(error)}`;
  }
}
