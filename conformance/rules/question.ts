/** Rules about the question: how many, of which class and name, and how it comes back (RFC 1035 §4.1.2, RFC 9619). */
import { describeMessage, FLAG, optionOf } from "../message.ts";
import { isWithin, nameWire } from "../name.ts";
import { headerOctets, OPTION, questionOctets } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";
import { has, rcode } from "./header.ts";
import { judgeMalformed } from "./malformed.ts";

const CLASS_CHAOS = 3;
const CLASS_ANY = 255;
/** From the range for private use (RFC 6895 §3.2). */
const CLASS_PRIVATE = 65_280;

/** A name in letters of both cases. */
const mixedCase = (name: string): string =>
  Array.from(name, (letter, index) => (index % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase())).join("");

export const QUESTION_RULES: readonly Rule[] = [
  {
    id: "D5a",
    title: "two questions are FORMERR",
    level: "MUST",
    source: "RFC 9619 §4",
    check: async (subject) => {
      const question = questionOctets(nameWire(subject.zone), TYPE.SOA);
      const query = Uint8Array.from([...headerOctets(0, 0, 2, 0, 0, 0), ...question, ...question]);
      return judgeMalformed(subject, query, "two questions");
    },
  },
  {
    id: "D5b",
    title: "no question is FORMERR",
    level: "MAY",
    source: "RFC 7873 §5.4",
    check: (subject) => judgeMalformed(subject, headerOctets(0, 0, 0, 0, 0, 0), "a query without question"),
  },
  {
    id: "D6a",
    title: "other classes are refused, not answered from class IN",
    level: "SHOULD",
    source: "RFC 1035 §4.1.1, RFC 6895 §3.2",
    check: (subject) =>
      judgeEach([CLASS_CHAOS, CLASS_PRIVATE], async (class_) => {
        const message = await subject.ask({ class: class_ });
        return judge([4, 5].includes(message.rcode), `REFUSED for class ${class_}`, describeMessage(message));
      }),
  },
  {
    id: "D6b",
    title: "class ANY is turned down or answered from class IN",
    level: "SHOULD",
    source: "RFC 1035 §3.2.5 and §6.2",
    check: async (subject) => {
      const message = await subject.ask({ class: CLASS_ANY });
      const good = [1, 4, 5].includes(message.rcode) || (message.rcode === 0 && message.answers.every((record) => record.class === 1));
      return judge(good, "REFUSED, NOTIMP or FORMERR, or records of class IN", describeMessage(message));
    },
  },
  {
    id: "D7a",
    title: "names outside of the zone are REFUSED",
    level: "SHOULD",
    source: "RFC 8914 §4.21, RFC 7871 §7.3",
    check: async (subject) => {
      const { name, message } = await subject.facts.foreign();
      if (has(message, FLAG.AA) && message.rcode === 0) return skipped(`the server has ${name} too`);
      return rcode(message, [5], name);
    },
  },
  {
    id: "D7b",
    title: "a refusal has no records: no SOA, no referral upwards",
    level: "MAY",
    source: "RFC 8499 §4",
    check: async (subject) => {
      const { message } = await subject.facts.foreign();
      if (message.rcode !== 5) return skipped("nothing was refused (rule D7a)");
      const records = message.answers.length + message.authorities.length + message.additionals.length;
      return judge(records === 0, "no records beside OPT", describeMessage(message));
    },
  },
  {
    id: "D7c",
    title: "a refusal says why (EDE 20, Not Authoritative)",
    level: "SHOULD",
    source: "RFC 8914 §4.21",
    check: async (subject) => {
      const { message } = await subject.facts.foreign();
      if (message.rcode !== 5) return skipped("nothing was refused (rule D7a)");
      const ede = optionOf(message, OPTION.EDE);
      const code = ede === undefined ? undefined : ((ede[0] ?? 0) << 8) | (ede[1] ?? 0);
      return judge(code === 20, "EDE 20", code === undefined ? "no EDE" : `EDE ${code}`);
    },
  },
  {
    id: "D8a",
    title: "the question comes back octet by octet, in the case it was asked",
    level: "MUST",
    source: "RFC 1034 §6.2.1, RFC 4343 §4",
    check: async (subject) => {
      const name = mixedCase(subject.zone);
      const { questions } = await subject.ask({ name });
      const [question] = questions;
      const good = questions.length === 1 && question?.name === name && question.type === TYPE.SOA && question.class === 1;
      return judge(good, `the question ${name}`, question === undefined ? "no question" : `the question ${question.name}`);
    },
  },
  {
    id: "D8b",
    title: "names match in any case",
    level: "MUST",
    source: "RFC 1035 §2.3.3, RFC 4343 §3",
    check: async (subject) => {
      await subject.facts.soa();
      const message = await subject.ask({ name: mixedCase(subject.zone) });
      const good = message.rcode === 0 && message.answers.some((record) => record.type === TYPE.SOA && isWithin(record.name, subject.zone));
      return judge(good, "the SOA record, as in lower case", describeMessage(message));
    },
  },
];
