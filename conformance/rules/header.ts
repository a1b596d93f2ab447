/** Rules about the header and the question (RFC 1035 §4.1). */
import { describeMessage, FLAG, rcodeName, type Message } from "../message.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";

/** STATUS, an unassigned one, and the last. */
const OPCODES = [2, 7, 15];

const TURNED_DOWN = skipped("unknown opcodes are turned down by an error of HTTP (RFC 8484 §10)");

export const has = (message: Message, flag: number): boolean => (message.flags & flag) !== 0;

/** One positive answer, one NXDOMAIN and one NODATA, as far as there are any. */
async function answersOfZone(subject: Subject): Promise<Message[]> {
  const { message } = await subject.facts.madeUp();
  return [await subject.ask({ flags: FLAG.RD }), message, await subject.ask({ type: TYPE.UNKNOWN })];
}

const bit = (messages: readonly Message[], flag: number, wanted: boolean, name: string): Promise<Verdict> =>
  judgeEach(messages, (message) => judge(has(message, flag) === wanted, `${name}=${wanted ? 1 : 0}`, describeMessage(message)));

export const rcode = (message: Message, wanted: readonly number[], what: string): Verdict =>
  judge(wanted.includes(message.rcode), `${wanted.map(rcodeName).join(" or ")} for ${what}`, describeMessage(message));

export const HEADER_FIELD_RULES: readonly Rule[] = [
  {
    id: "D1a",
    title: "an answer has QR=1, and the query's id and opcode",
    level: "MUST",
    source: "RFC 1035 §4.1.1",
    check: (subject) =>
      judgeEach([0, 1, 54_321], async (id) => {
        const message = await subject.ask({ id });
        const good = has(message, FLAG.QR) && message.id === id && message.opcode === 0;
        return judge(good, `QR=1, id ${id}, opcode 0`, `id ${message.id}, opcode ${message.opcode}, ${describeMessage(message)}`);
      }),
  },
  {
    id: "D1b",
    title: "RD is copied",
    level: "MUST",
    source: "RFC 1035 §4.1.1",
    check: (subject) =>
      judgeEach([true, false], async (wanted) => bit([await subject.ask({ flags: wanted ? FLAG.RD : 0 })], FLAG.RD, wanted, "RD")),
  },
  {
    id: "D1c",
    title: "recursion is not offered (RA=0)",
    level: "SHOULD",
    source: "RFC 1035 §4.1.1, RFC 5358 §4",
    check: async (subject) => bit(await answersOfZone(subject), FLAG.RA, false, "RA"),
  },
  {
    id: "D1d",
    title: "Z=0, also where the query has Z=1",
    level: "MUST",
    source: "RFC 1035 §4.1.1",
    check: async (subject) => bit([await subject.ask({ flags: FLAG.Z })], FLAG.Z, false, "Z"),
  },
  {
    id: "D2a",
    title: "what the zone says has AA=1",
    level: "MUST",
    source: "RFC 1035 §4.1.1",
    check: async (subject) => bit([await subject.ask()], FLAG.AA, true, "AA"),
  },
  {
    id: "D2b",
    title: "what the zone denies has AA=1",
    level: "MUST",
    source: "RFC 1034 §4.3.1, RFC 1035 §4.1.1",
    check: async (subject) => bit([(await subject.facts.madeUp()).message, await subject.ask({ type: TYPE.UNKNOWN })], FLAG.AA, true, "AA"),
  },
  {
    id: "D2c",
    title: "refusals have AA=0",
    level: "SHOULD",
    source: "RFC 1035 §4.1.1, RFC 8906 §8.1.4",
    check: async (subject) => {
      const asks = [{ name: "example.net.", type: TYPE.A, opt: {} }, { flags: 15 << 11 }];
      return judgeEach(asks, async (ask) => {
        const message = await subject.askIfTaken(ask);
        return message === undefined || message.rcode === 0
          ? skipped("nothing was refused with a DNS message")
          : judge(!has(message, FLAG.AA), "AA=0", describeMessage(message));
      });
    },
  },
  {
    id: "D3a",
    title: "AD=0: an authority does not validate itself",
    level: "SHOULD",
    source: "RFC 4035 §3.1.6",
    check: async (subject) =>
      bit([await subject.ask({ flags: FLAG.AD }), await subject.ask({ flags: FLAG.AD, opt: { flags: 0x8000 } })], FLAG.AD, false, "AD"),
  },
  {
    id: "D3b",
    title: "CD is cleared",
    level: "SHOULD",
    source: "RFC 4035 §3.1.6",
    check: async (subject) => bit([await subject.ask({ flags: FLAG.CD })], FLAG.CD, false, "CD"),
  },
  {
    id: "D4a",
    title: "unknown opcodes are NOTIMP",
    level: "SHOULD",
    source: "RFC 1035 §4.1.1, RFC 8906 §3.1.4",
    check: (subject) =>
      judgeEach(OPCODES, async (opcode) => {
        const message = await subject.askIfTaken({ flags: opcode << 11 });
        return message === undefined ? TURNED_DOWN : rcode(message, [4], `opcode ${opcode}`);
      }),
  },
  {
    id: "D4b",
    title: "the opcode is copied, also where it is unknown",
    level: "MUST",
    source: "RFC 1035 §4.1.1",
    check: (subject) =>
      judgeEach(OPCODES, async (opcode) => {
        const message = await subject.askIfTaken({ flags: opcode << 11 });
        return message === undefined ? TURNED_DOWN : judge(message.opcode === opcode, `opcode ${opcode}`, `opcode ${message.opcode}`);
      }),
  },
];
