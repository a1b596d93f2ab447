/** Rules about the flags DO and CO, and the records that DO asks for (RFC 3225, RFC 4035 §3, RFC 9824). */
import { describeMessage, recordsOf } from "../message.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";
import { DO, opt } from "./edns.ts";

/** Compact answers OK (RFC 9824 §5.1). */
const CO = 0x4000;

export const DNSSEC_RULES: readonly Rule[] = [
  {
    id: "E5a",
    title: "DO is copied",
    level: "MUST",
    source: "RFC 3225 §3",
    check: (subject) =>
      judgeEach([DO, 0], async (flags) => {
        const message = await subject.ask({ opt: { flags } });
        return judge(((opt(message)?.flags ?? 0) & DO) === flags, `DO=${flags === DO ? 1 : 0}`, describeMessage(message));
      }),
  },
  {
    id: "E5b",
    title: "without DO there are no signatures",
    level: "MUST",
    source: "RFC 3225 §3, RFC 4035 §3",
    check: async (subject) => {
      const messages = [await subject.ask(), await subject.ask({ opt: {} }), (await subject.facts.madeUp()).message];
      return judgeEach(messages, (message) => {
        const records = recordsOf(message).filter(({ type }) => type === TYPE.RRSIG || type === TYPE.NSEC || type === TYPE.NSEC3);
        return judge(records.length === 0, "no RRSIG, NSEC or NSEC3", `${records.length} of them`);
      });
    },
  },
  {
    id: "E5c",
    title: "with DO a signed zone's answers have signatures",
    level: "MUST",
    source: "RFC 4035 §3.1.1",
    check: async (subject) => {
      if (!(await subject.facts.signed())) return skipped("the zone is unsigned");
      const message = await subject.ask({ opt: { flags: DO } });
      return judge(
        message.answers.some(({ type }) => type === TYPE.RRSIG),
        "an RRSIG record beside the SOA",
        describeMessage(message),
      );
    },
  },
  {
    id: "E6",
    title: "where the flag CO is echoed, NXDOMAIN is said plainly",
    level: "MUST",
    source: "RFC 9824 §5.1",
    check: async (subject) => {
      const message = await subject.ask({ name: `${subject.randomLabel()}.${subject.zone}`, type: TYPE.A, opt: { flags: DO | CO } });
      if (((opt(message)?.flags ?? 0) & CO) === 0) return skipped("CO is not echoed: compact answers are not spoken here");
      return judge(message.rcode === 3, "NXDOMAIN for a name that does not exist", describeMessage(message));
    },
  },
];
