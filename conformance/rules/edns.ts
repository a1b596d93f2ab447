/** Rules about EDNS(0) (RFC 6891) and the options that ride on it. */
import { describeMessage, FLAG, optionOf, type Message } from "../message.ts";
import type { OptSpec } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { describeReply, isSuccess, type Subject } from "../subject.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";

export const DO = 0x8000;

const BADVERS = 16;

/** An option code from the range for local use (RFC 6891 §9). */
export const LOCAL_OPTION = 65_001;

const FOREIGN = { name: "example.net." };
const TURNED_DOWN = skipped("the question is turned down by an error of HTTP (RFC 8484 §10)");

export const opt = (message: Message) => message.opts[0];

/** Judges the answer to the SOA question with this OPT record: it must be answered like any other. */
async function asUsual(subject: Subject, spec: OptSpec, unwanted: (message: Message) => boolean, what: string): Promise<Verdict> {
  const message = await subject.ask({ opt: spec });
  return judge(message.rcode === 0 && opt(message) !== undefined && !unwanted(message), what, describeMessage(message));
}

export const EDNS_RULES: readonly Rule[] = [
  {
    id: "E1a",
    title: "an OPT record is answered with one, whatever the answer says",
    level: "MUST",
    source: "RFC 6891 §6.1.1",
    check: async (subject) => {
      const { name } = await subject.facts.madeUp();
      // Not with an unknown opcode: nobody can say what follows the header then (RFC 8906 §3.1.4).
      return judgeEach([{}, { name, type: TYPE.A }, FOREIGN], async (ask) => {
        const message = await subject.askIfTaken({ ...ask, opt: {} });
        return message === undefined ? TURNED_DOWN : judge(message.opts.length === 1, "one OPT record", describeMessage(message));
      });
    },
  },
  {
    id: "E1b",
    title: "without an OPT record there is none in the answer",
    level: "MUST",
    source: "RFC 6891 §7",
    check: (subject) =>
      judgeEach([{}, FOREIGN], async (ask) => {
        const message = await subject.askIfTaken(ask);
        return message === undefined ? TURNED_DOWN : judge(message.opts.length === 0, "no OPT record", describeMessage(message));
      }),
  },
  {
    id: "E2a",
    title: "an EDNS version above 0 is BADVERS",
    level: "MUST",
    source: "RFC 6891 §6.1.3",
    check: (subject) =>
      judgeEach([1, 100], async (version) => {
        const message = await subject.ask({ opt: { version } });
        return judge(message.rcode === BADVERS, `BADVERS for version ${version}`, describeMessage(message));
      }),
  },
  {
    id: "E2b",
    title: "BADVERS says version 0, and no more",
    level: "SHOULD",
    source: "RFC 6891 §6.1.3, RFC 8906 §8.2.2",
    check: async (subject) => {
      const message = await subject.ask({ opt: { version: 100 } });
      const good = opt(message)?.version === 0 && message.answers.length === 0;
      return judge(good, "version 0 and no answer", `version ${opt(message)?.version ?? "(no OPT)"}, ${describeMessage(message)}`);
    },
  },
  {
    id: "E3",
    title: "unknown options are ignored and not echoed",
    level: "MUST",
    source: "RFC 6891 §6.1.2, RFC 8906 §8.2.3",
    check: (subject) =>
      asUsual(
        subject,
        { options: [[LOCAL_OPTION, [1, 2, 3]]] },
        (message) => optionOf(message, LOCAL_OPTION) !== undefined,
        "the usual answer without that option",
      ),
  },
  {
    id: "E4",
    title: "unknown flags are ignored and come back as 0",
    level: "MUST",
    source: "RFC 6891 §6.1.4",
    check: async (subject) => {
      const message = await subject.ask({ opt: { flags: 0x0080 } });
      const flags = opt(message)?.flags ?? 0;
      return judge(
        message.rcode === 0 && (flags & 0x3fff) === 0,
        "flags 0x0000",
        `flags 0x${flags.toString(16).padStart(4, "0")}, ${describeMessage(message)}`,
      );
    },
  },
  {
    id: "E8",
    title: "over HTTP the payload size is ignored: nothing is truncated for it",
    level: "MUST",
    source: "RFC 8484 §6 and §10",
    check: async (subject) => {
      if (!subject.isDoh) return skipped("over UDP the payload size counts");
      return judgeEach([TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.SOA], async (type) => {
        const cut = async (payload: number): Promise<boolean> =>
          ((await subject.ask({ type, opt: { payload, flags: DO } })).flags & FLAG.TC) !== 0;
        // TC may be set for other reasons (RFC 8484 §10): then it is whatever size is stated.
        const judged = !(await cut(512)) || (await cut(0xffff));
        return judge(judged, "TC=0, as where 65,535 octets are stated", `TC=1 for type ${type} where 512 are`);
      });
    },
  },
  {
    id: "E14",
    title: "whatever is asked is answered: unknown types, flags, versions, options",
    level: "SHOULD",
    source: "RFC 8906 §8",
    check: (subject) =>
      judgeEach(
        [
          { type: 1_000 },
          { flags: FLAG.AD | FLAG.CD | FLAG.Z | FLAG.RD },
          { opt: { flags: 0x7fff } },
          { opt: { version: 1, options: [[LOCAL_OPTION, []]] } },
          { opt: { payload: 0 } },
          { opt: { version: 1, flags: DO | 0x40 } },
          { opt: { options: [[0, []]] } },
        ] satisfies { type?: number; flags?: number; opt?: OptSpec }[],
        async (ask) => {
          const reply = await subject.send(subject.query(ask));
          const taken = reply.http === undefined || isSuccess(reply.http);
          const good = taken && reply.message !== undefined && [0, BADVERS].includes(reply.message.rcode);
          return judge(good, "an answer as to any other query", `${describeReply(reply)} for ${JSON.stringify(ask)}`);
        },
      ),
  },
];
