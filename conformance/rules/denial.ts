/** Rules about what a zone has not: NXDOMAIN, NODATA and their SOA record (RFC 2308, RFC 8020). */
import { describeMessage, soaMinimum, type Message } from "../message.ts";
import { isWithin } from "../name.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { judge, judgeEach, PASS, skipped, type Verdict } from "../verdict.ts";
import { serviceName } from "./answers.ts";

/** Types that many names have, asked for at names that have none or few of them. */
const COMMON_TYPES = [TYPE.A, TYPE.AAAA, TYPE.NS, TYPE.TXT, TYPE.MX] as const;

const soaOf = (message: Message, zone: string) => message.authorities.find(({ type, name }) => type === TYPE.SOA && isWithin(zone, name));

const isNodata = (message: Message): boolean => message.rcode === 0 && message.answers.length === 0;

const withSoa = (message: Message, zone: string): Verdict =>
  judge(soaOf(message, zone) !== undefined, "the SOA record in the authority section", describeMessage(message));

export const DENIAL_RULES: readonly Rule[] = [
  {
    id: "Z2a",
    title: "a name with names below it exists (empty non-terminals are NODATA)",
    level: "MUST",
    source: "RFC 8020 §3.1, RFC 4592 §2.2.2",
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
    source: "RFC 8020 §1, RFC 4592 §2.2.3",
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
    source: "RFC 1034 §4.3.2, RFC 8906 §7",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.UNKNOWN });
      return judge(isNodata(message), "NOERROR without answer", describeMessage(message));
    },
  },
  {
    id: "Z8",
    title: "queries that tell of trust anchors (_ta-…) are answered as any other",
    level: "MUST",
    source: "RFC 8145 §5.3",
    check: async (subject) => {
      const message = await subject.ask({ name: `_ta-4a5c.${subject.zone}`, type: TYPE.NULL });
      // By what the zone has there: nothing, a wildcard, or records that were put there to be found.
      return judge(message.rcode === 0 || message.rcode === 3, "NXDOMAIN or NOERROR", describeMessage(message));
    },
  },
  {
    id: "Z10",
    title: "whether a name exists does not depend on the type asked for",
    level: "MUST",
    source: "RFC 2308 §2.1, RFC 9156 §3",
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
];
