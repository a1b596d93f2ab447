/** Rules about what a zone has: its apex, its wildcards, its data while it is stale (RFC 1034 §4.2.1, RFC 4592, RFC 8767). */
import { describeMessage, optionOf, recordsOf, type Message } from "../message.ts";
import { isWithin, sameName } from "../name.ts";
import { OPTION } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";

/** The longest TTL of stale data, seconds (RFC 8767 §4). */
const STALE_TTL_SECONDS = 30;

const EDE_STALE_ANSWER = 3;

const ofType = (message: Message, type: number) => message.answers.filter((record) => record.type === type);

export const ZONE_RULES: readonly Rule[] = [
  {
    id: "Z1a",
    title: "the apex has one SOA record",
    level: "MUST",
    source: "RFC 1034 §4.2.1, RFC 2181 §6.1",
    check: async (subject) => {
      const message = await subject.ask();
      const records = ofType(message, TYPE.SOA).filter(({ name }) => sameName(name, subject.zone));
      return judge(records.length === 1, "one SOA record", describeMessage(message));
    },
  },
  {
    id: "Z1b",
    title: "the apex has NS records",
    level: "MUST",
    source: "RFC 1034 §4.2.1, RFC 2181 §6.1",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.NS });
      return judge(ofType(message, TYPE.NS).length > 0, "at least one NS record", describeMessage(message));
    },
  },
  {
    id: "Z1c",
    title: "the apex has no CNAME",
    level: "MUST",
    source: "RFC 1034 §3.6.2, RFC 2181 §10.1",
    check: (subject) =>
      judgeEach([TYPE.CNAME, TYPE.A], async (type) => {
        const message = await subject.ask({ type });
        return judge(ofType(message, TYPE.CNAME).length === 0, "no CNAME", describeMessage(message));
      }),
  },
  {
    id: "Z1d",
    title: "name servers inside of the zone have addresses there",
    level: "MUST",
    source: "RFC 2181 §10.3",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.NS });
      const within = ofType(message, TYPE.NS)
        .flatMap(({ names }) => names)
        .filter((name) => isWithin(name, subject.zone));
      if (within.length === 0) return skipped("all name servers have names elsewhere");
      return judgeEach(within, async (name) => {
        const addresses = [
          ...ofType(await subject.ask({ name, type: TYPE.A }), TYPE.A),
          ...ofType(await subject.ask({ name, type: TYPE.AAAA }), TYPE.AAAA),
        ];
        return judge(addresses.length > 0, "an A or AAAA record", `none at ${name}`);
      });
    },
  },
  {
    id: "Z9",
    title: "what a wildcard gives is owned by the name that was asked",
    level: "MUST",
    source: "RFC 1034 §4.3.2, RFC 4592 §3.3.3",
    check: async (subject) => {
      const { name, message } = await subject.facts.madeUp();
      const [first] = message.answers;
      if (message.rcode !== 0 || first === undefined) return skipped("there is no wildcard");
      return judge(sameName(first.name, name), `records of ${name}`, `records of ${first.name}`);
    },
  },
  {
    id: "Z12",
    title: `stale data has a TTL of at most ${STALE_TTL_SECONDS} s`,
    level: "SHOULD",
    source: "RFC 8767 §4",
    check: async (subject) => {
      for (const type of [TYPE.SOA, TYPE.A]) await subject.ask({ type, opt: {} });
      const stale = subject.messages.filter((message) => {
        const ede = optionOf(message, OPTION.EDE);
        return ede !== undefined && (((ede[0] ?? 0) << 8) | (ede[1] ?? 0)) === EDE_STALE_ANSWER;
      });
      if (stale.length === 0) return skipped("no stale answer (EDE 3) was seen");
      return judgeEach(stale.flatMap(recordsOf), ({ ttl, name }) =>
        judge(ttl <= STALE_TTL_SECONDS, `a TTL of at most ${STALE_TTL_SECONDS} s`, `${ttl} s at ${name}`),
      );
    },
  },
];
