/** Writing a reply as a DNS message. */
import { MAX_NSID_OCTETS, OPTION, PADDING_BLOCK_OCTETS, PAYLOAD_OCTETS } from "./edns.ts";
import { MessageWriter } from "./message-writer.ts";
import { MAX_MESSAGE_OCTETS } from "./query.ts";
import { CLASS_IN, countOf, isAddressSet, TYPE, type AddressSet, type DataSet, type RecordSet } from "./records.ts";
import type { Reply } from "./reply.ts";

/**
 * The octets of a reply. Where they are more than `limit`, a set that may be cut is cut to what fits, which is a sample as good; any
 * other reply goes without its records and with the TC bit: the client asks again by TCP (RFC 2181 §9). Only the question and the
 * OPT record are then left, which fit 512 octets.
 */
export function encodeReply(reply: Reply, limit = MAX_MESSAGE_OCTETS): Uint8Array<ArrayBuffer> {
  const whole = write(reply, false);
  if (whole.length <= limit) return whole;
  const [set] = reply.answer;
  if (set !== undefined && !isAddressSet(set) && set.cuttable === true) {
    const cut = shorten(set, whole.length - limit);
    if (cut.data.length > 0) return write({ ...reply, answer: [cut] }, false);
  }
  return write({ ...reply, answer: [], authority: [], additional: [] }, true);
}

/** The set without as many of its last records as take `excess` octets. */
function shorten(set: DataSet, excess: number): DataSet {
  let left = set.data.length;
  for (let spared = 0; left > 0 && spared < excess; left--) spared += RECORD_HEAD_OCTETS + set.data[left - 1]!.length;
  return { ...set, data: set.data.slice(0, left) };
}

/** The octets of a record before its data where its owner is a pointer, as in all answers: the question's name stands before them. */
export const RECORD_HEAD_OCTETS = 12;

function write(reply: Reply, truncated: boolean): Uint8Array<ArrayBuffer> {
  const { question, answer, authority, additional, edns } = reply;
  const writer = new MessageWriter();
  writer.u16(reply.id);
  writer.u16(flags(reply, truncated));
  writer.u16(question === undefined ? 0 : 1);
  writer.u16(recordCount(answer));
  writer.u16(recordCount(authority));
  writer.u16(recordCount(additional) + (edns === undefined ? 0 : 1));
  if (question !== undefined) {
    writer.name(question.name);
    writer.u16(question.type);
    writer.u16(question.class);
  }
  for (const section of [answer, authority, additional]) for (const set of section) writeSet(writer, set);
  if (edns !== undefined) writeOpt(writer, reply);
  return writer.finish();
}

/** QR; opcode and RD as asked; AA; TC; RA, Z, AD and CD clear (RFC 1035 §4.1.1, RFC 4035 §3.1.6). */
function flags({ opcode, authoritative, recursionDesired, rcode }: Reply, truncated: boolean): number {
  return (
    0x8000 | (opcode << 11) | (authoritative ? 0x0400 : 0) | (truncated ? 0x0200 : 0) | (recursionDesired ? 0x0100 : 0) | (rcode & 0xf)
  );
}

function recordCount(sets: readonly RecordSet[]): number {
  let count = 0;
  for (const set of sets) count += countOf(set);
  return count;
}

function writeSet(writer: MessageWriter, set: RecordSet): void {
  if (isAddressSet(set)) return writeAddresses(writer, set);
  for (const data of set.data) {
    writer.name(set.owner);
    writer.u16(set.type);
    writer.u16(CLASS_IN);
    writer.u32(set.ttl);
    writer.u16(data.length);
    writer.octets(data);
  }
}

/** The records of a sample: most of what is ever written, so straight from where their octets are. */
function writeAddresses(writer: MessageWriter, { owner, type, ttl, data: { width, stride, rows, octets } }: AddressSet): void {
  const start = writer.length;
  let head = 0; // octets before the address: the same in all records, since each owner is a pointer to the question
  for (const row of rows) {
    if (head > 0) writer.again(start, head);
    else {
      writer.name(owner);
      writer.u16(type);
      writer.u16(CLASS_IN);
      writer.u32(ttl);
      writer.u16(width);
      head = writer.length - start;
    }
    writer.octetsFrom(octets, row * stride, width);
  }
}

/** RFC 6891 §6.1.2: owner the root, CLASS our payload size, TTL the rcode's upper bits, version 0 and DO. Padding comes last. */
function writeOpt(writer: MessageWriter, { rcode, edns, ede }: Reply): void {
  writer.u8(0);
  writer.u16(TYPE.OPT);
  writer.u16(PAYLOAD_OCTETS);
  writer.u8(rcode >> 4);
  writer.u8(0);
  writer.u16(edns!.dnssecOk ? 0x8000 : 0);
  writer.counted(() => {
    if (edns!.nsid !== undefined) {
      const nsid = edns!.nsid.slice(0, MAX_NSID_OCTETS);
      writer.u16(OPTION.NSID);
      writer.counted(() => writer.ascii(nsid));
    }
    for (const code of ede) {
      writer.u16(OPTION.EDE);
      writer.u16(2);
      writer.u16(code);
    }
    if (edns!.padding) {
      const bare = writer.length + 4;
      writer.u16(OPTION.PADDING);
      // The last block may be cut short by the longest message there is (RFC 7830 §4 asks for no more).
      const padded = Math.min(Math.ceil(bare / PADDING_BLOCK_OCTETS) * PADDING_BLOCK_OCTETS, MAX_MESSAGE_OCTETS);
      writer.counted(() => writer.zeros(padded - bare));
    }
  });
}
