/** Rules about types that stand for something else than data: ANY, transfers, meta types, services. */
import { describeMessage, FLAG, recordsOf, type Message } from "../message.ts";
import { sameName } from "../name.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";

const setsOf = ({ answers }: Message): number => new Set(answers.filter(({ type }) => type !== TYPE.RRSIG).map(({ type }) => type)).size;

/** The keys of a SVCB record's parameters, in the order they come; undefined where they overrun. */
function keysOf(data: Uint8Array): number[] | undefined {
  let at = 2;
  while ((data[at] ?? 0) !== 0) at += 1 + (data[at] ?? 0);
  const keys: number[] = [];
  for (at += 1; at < data.length;) {
    if (at + 4 > data.length) return undefined;
    keys.push(((data[at] ?? 0) << 8) | (data[at + 1] ?? 0));
    at += 4 + (((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0));
  }
  return at === data.length ? keys : undefined;
}

export const TYPE_RULES: readonly Rule[] = [
  {
    id: "Z4",
    title: "ANY is answered with one set of records at most",
    level: "MAY",
    source: "RFC 8482 §4",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.ANY });
      return judge(setsOf(message) <= 1, "one set of records, such as HINFO", `${setsOf(message)} sets`);
    },
  },
  {
    id: "Z5",
    title: "the zone is not transferred over DoH (AXFR, IXFR)",
    level: "SHOULD",
    source: "RFC 5936 §4, RFC 8484 §5.4",
    check: (subject) =>
      subject.isDoh
        ? judgeEach([TYPE.AXFR, TYPE.IXFR], async (type) => {
            const message = await subject.ask({ type });
            return judge([4, 5].includes(message.rcode) && message.answers.length === 0, "REFUSED", describeMessage(message));
          })
        : skipped("a name server may transfer its zone"),
  },
  {
    id: "Z7a",
    title: "NXNAME cannot be asked for (FORMERR)",
    level: "SHOULD",
    source: "RFC 9824 §3.5",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.NXNAME });
      return judge(message.rcode === 1, "FORMERR", describeMessage(message));
    },
  },
  {
    id: "Z7b",
    title: "OPT and type 0 are no data, and are not answered with any",
    level: "SHOULD",
    source: "RFC 6891 §6.1.1, RFC 6895 §3.1",
    check: (subject) =>
      judgeEach([TYPE.OPT, 0], async (type) => {
        const message = await subject.ask({ type });
        return judge(
          [0, 1, 4, 5].includes(message.rcode) && message.answers.length === 0,
          "FORMERR",
          `${describeMessage(message)} for type ${type}`,
        );
      }),
  },
  {
    id: "Z7c",
    title: "RRSIG is answered as sparingly as ANY",
    level: "MAY",
    source: "RFC 8482 §7",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.RRSIG });
      return judge(
        [0, 4, 5].includes(message.rcode) && message.answers.length <= 1,
        "one record at most, and no error",
        describeMessage(message),
      );
    },
  },
  {
    id: "Z7d",
    title: "DS at the apex is denied by the zone itself: it stands in the parent",
    level: "MUST",
    source: "RFC 4035 §3.1.4.1",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.DS });
      if ((message.flags & FLAG.RA) !== 0) return skipped("the server offers recursion, and may look in the parent zone");
      const soa = message.authorities.find(({ type }) => type === TYPE.SOA);
      if (soa !== undefined && !sameName(soa.name, subject.zone)) return skipped("the server has the parent zone too");
      return judge(
        message.rcode === 0 && message.answers.length === 0 && soa !== undefined,
        "NODATA with the zone's SOA record",
        describeMessage(message),
      );
    },
  },
  {
    id: "Z13a",
    title: "discovery of resolvers (resolver.arpa) is refused",
    level: "SHOULD",
    source: "RFC 9462 §8.2",
    check: async (subject) => {
      const message = await subject.ask({ name: "_dns.resolver.arpa.", type: TYPE.SVCB });
      return judge(message.rcode === 5, "REFUSED", describeMessage(message));
    },
  },
  {
    id: "Z13b",
    title: "SVCB and HTTPS records have their keys in order, each once",
    level: "MUST",
    source: "RFC 9460 §2.2",
    check: async (subject) => {
      const messages = [await subject.ask({ type: TYPE.HTTPS }), await subject.ask({ type: TYPE.SVCB })];
      const records = messages.flatMap(recordsOf).filter(({ type }) => type === TYPE.HTTPS || type === TYPE.SVCB);
      if (records.length === 0) return skipped("the apex has neither");
      return judgeEach(records, ({ data }) => {
        const keys = keysOf(data);
        const ordered = keys?.every((key, index) => index === 0 || key > (keys[index - 1] ?? 0)) ?? false;
        return judge(ordered, "keys in ascending order", keys === undefined ? "parameters that overrun" : `keys ${keys.join(", ")}`);
      });
    },
  },
];
