/** Rules about what a zone says, whatever stands in it (RFC 1034 §4.2.1, RFC 2308, RFC 8020). */
import { describeMessage, optionOf, recordsOf, soaMinimum, type Message } from "../message.ts";
import { isWithin, sameName } from "../name.ts";
import { OPTION } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { judge, judgeEach, PASS, skipped, type Verdict } from "../verdict.ts";
import { serviceName } from "./form.ts";

/** The longest TTL of stale data, seconds (RFC 8767 §4). */
const STALE_TTL_SECONDS = 30;
const EDE_STALE_ANSWER = 3;
/** Types that many names have, asked for at names that have none or few of them. */
const COMMON_TYPES = [TYPE.A, TYPE.AAAA, TYPE.NS, TYPE.TXT, TYPE.MX] as const;

const ofType = (message: Message, type: number) => message.answers.filter((record) => record.type === type);
const soaOf = (message: Message, zone: string) => message.authorities.find(({ type, name }) => type === TYPE.SOA && isWithin(zone, name));

const isNodata = (message: Message): boolean => message.rcode === 0 && message.answers.length === 0;

const withSoa = (message: Message, zone: string): Verdict =>
  judge(soaOf(message, zone) !== undefined, "the SOA record in the authority section", describeMessage(message));

export const ZONE_RULES: readonly Rule[] = [
  {
    id: "Z1a",
    title: "the apex has one SOA record",
    level: "MUST",
    source: "RFC 1035 §5.2",
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
    source: "RFC 1034 §4.2.1",
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
    source: "RFC 1034 §4.2.1",
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
    id: "Z2a",
    title: "a name with names below it exists (empty non-terminals are NODATA)",
    level: "MUST",
    source: "RFC 8020 §2, RFC 4592 §2.2.2",
    check: async (subject) => {
      const name = `_tcp.${subject.zone}`;
      const message = await subject.ask({ name, type: TYPE.A });
      if (message.rcode === 0) return PASS;
      const below = await subject.ask({ name: serviceName(subject.zone), type: TYPE.SRV });
      if (below.rcode !== 0) return skipped(`no name with names below it is known: there is no ${name}`);
      return judge(false, `NODATA for ${name}, as ${serviceName(subject.zone)} exists`, describeMessage(message));
    },
  },
  {
    id: "Z2b",
    title: "below a name that does not exist nothing does",
    level: "MUST",
    source: "RFC 8020 §2",
    check: async (subject) => {
      await subject.facts.nxdomain();
      const { name } = await subject.facts.madeUp();
      const message = await subject.ask({ name: `a.${name}`, type: TYPE.A });
      return judge(message.rcode === 3, "NXDOMAIN", describeMessage(message));
    },
  },
  {
    id: "Z3a",
    title: "NXDOMAIN comes with the SOA record",
    level: "MUST",
    source: "RFC 2308 §3",
    check: async (subject) => withSoa(await subject.facts.nxdomain(), subject.zone),
  },
  {
    id: "Z3b",
    title: "NODATA comes with the SOA record",
    level: "MUST",
    source: "RFC 2308 §3",
    check: async (subject) => withSoa(await subject.facts.nodata(), subject.zone),
  },
  {
    id: "Z3c",
    title: "that SOA's TTL is the lesser of its own and MINIMUM",
    level: "MUST",
    source: "RFC 2308 §3",
    check: async (subject) => {
      const own = await subject.facts.soa();
      const negatives = [await subject.ask({ type: TYPE.UNKNOWN }), (await subject.facts.madeUp()).message];
      return judgeEach(negatives, (message) => {
        const soa = soaOf(message, subject.zone);
        if (soa === undefined) return skipped("no negative answer has one (rules Z3a, Z3b)");
        const most = Math.min(own.ttl, soaMinimum(soa));
        return judge(soa.ttl <= most, `a TTL of at most ${most} s`, `${soa.ttl} s, MINIMUM ${soaMinimum(soa)} s`);
      });
    },
  },
  {
    id: "Z6",
    title: "a type that nobody knows is NODATA",
    level: "MUST",
    source: "RFC 3597, RFC 8906",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.UNKNOWN });
      return judge(isNodata(message), "NOERROR without answer", describeMessage(message));
    },
  },
  {
    id: "Z8",
    title: "queries that tell of trust anchors (_ta-…) are answered as any other",
    level: "SHOULD",
    source: "RFC 8145",
    check: async (subject) => {
      const message = await subject.ask({ name: `_ta-4a5c.${subject.zone}`, type: TYPE.NULL });
      return judge(message.rcode === 3 || isNodata(message), "NXDOMAIN or NODATA", describeMessage(message));
    },
  },
  {
    id: "Z9",
    title: "what a wildcard gives is owned by the name that was asked",
    level: "MUST",
    source: "RFC 4592",
    check: async (subject) => {
      const { name, message } = await subject.facts.madeUp();
      const [first] = message.answers;
      if (message.rcode !== 0 || first === undefined) return skipped("there is no wildcard");
      return judge(sameName(first.name, name), `records of ${name}`, `records of ${first.name}`);
    },
  },
  {
    id: "Z10",
    title: "whether a name exists does not depend on the type asked for",
    level: "MUST",
    source: "RFC 8020 §2, RFC 9156",
    check: async (subject) => {
      const { name, message } = await subject.facts.madeUp();
      if (message.rcode !== 0 && message.rcode !== 3) return skipped("a name made up at random is neither there nor denied");
      return judgeEach(
        [
          ...COMMON_TYPES.map((type) => [name, type, message.rcode] as const),
          ...COMMON_TYPES.map((type) => [subject.zone, type, 0] as const),
        ],
        async ([asked, type, rcode]) => {
          const next = await subject.ask({ name: asked, type });
          return judge(
            next.rcode === rcode,
            rcode === 0 ? "NOERROR, as for other types" : "NXDOMAIN, as for other types",
            `${describeMessage(next)} for type ${type}`,
          );
        },
      );
    },
  },
  {
    id: "Z11",
    title: "a type of which there is nothing is NODATA, never SERVFAIL",
    level: "MUST",
    source: "RFC 2308 §2.2",
    check: async (subject) => {
      const messages = await subject.facts.apex();
      return judgeEach(messages, ([type, message]) =>
        judge(message.rcode === 0, "NOERROR", `${describeMessage(message)} for type ${type}`),
      );
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
