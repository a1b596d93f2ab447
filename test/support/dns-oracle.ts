/** An independent reader of DNS messages, for tests: what dns-packet makes of octets, in the shape assertions want. */
import { decode } from "dns-packet";
import * as v from "valibot";

// dns-packet's types know neither the header's flags nor unknown options, so its result is checked instead of believed.
const RecordSchema = v.object({ name: v.string(), type: v.string(), ttl: v.number(), data: v.unknown() });
const OptionSchema = v.object({ code: v.number(), data: v.instance(Uint8Array) });
const OptSchema = v.object({
  type: v.literal("OPT"),
  udpPayloadSize: v.number(),
  extendedRcode: v.number(),
  ednsVersion: v.number(),
  flags: v.number(),
  options: v.array(OptionSchema),
});
const PacketSchema = v.looseObject({
  id: v.number(),
  opcode: v.string(),
  questions: v.array(v.object({ name: v.string(), type: v.string(), class: v.string() })),
  answers: v.array(RecordSchema),
  authorities: v.array(RecordSchema),
  additionals: v.array(v.union([OptSchema, RecordSchema])),
});

const FLAGS = ["qr", "aa", "tc", "rd", "ra", "z", "ad", "cd"];

/** What `readMessage` gives. */
export type ReadMessage = ReturnType<typeof readMessage>;

/** Reads a message. Throws where dns-packet does, where octets are left over, and for anything but one OPT record as additional. */
export function readMessage(message: Uint8Array) {
  const packet = v.parse(PacketSchema, decode(Buffer.from(message)));
  if (decode.bytes !== message.length) throw new Error(`${message.length - decode.bytes} octets are left over`);
  const [opt, ...more] = packet.additionals;
  if (more.length > 0 || (opt !== undefined && !("options" in opt))) throw new Error("additional records that are not one OPT");
  const { id, opcode, questions, answers, authorities } = packet;
  return {
    id,
    opcode,
    questions,
    answers,
    authorities,
    /** Those that are set. */
    flags: FLAGS.filter((flag) => packet[`flag_${flag}`] === true),
    /** With the upper bits from OPT: 0 to 4095. */
    rcode: ((opt?.extendedRcode ?? 0) << 4) | (message[3]! & 0xf),
    opt: opt && {
      payload: opt.udpPayloadSize,
      version: opt.ednsVersion,
      flags: opt.flags,
      /** Each option's code and octets. */
      options: opt.options.map(({ code, data }): [code: number, data: number[]] => [code, Array.from(data)]),
    },
  };
}
