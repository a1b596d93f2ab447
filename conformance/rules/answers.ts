/** Rules about the form of all answers: sound, compressed as they may be, sets of records as they must be (RFC 1035 §4.1, RFC 2181 §5). */
import { recordsOf, type Message, type ResourceRecord } from "../message.ts";
import { NEVER_COMPRESSED, TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";

const MAX_TTL = 0x7fff_ffff;

/** Everything that was said, after enough was asked that there is something. */
async function said(subject: Subject): Promise<readonly Message[]> {
  await subject.facts.apex();
  await subject.facts.madeUp();
  return subject.messages;
}

const keyOf = ({ name, type, class: class_ }: ResourceRecord): string => `${name.toLowerCase()} ${type} ${class_}`;

const sections = ({ answers, authorities, additionals }: Message): (readonly ResourceRecord[])[] => [answers, authorities, additionals];

export const ANSWER_RULES: readonly Rule[] = [
  {
    id: "D9e",
    title: "answers are sound: nothing overruns, nothing is left over",
    level: "MUST",
    source: "RFC 1035 §4.1",
    check: async (subject) =>
      judgeEach(await said(subject), ({ faults, rcode }) =>
        // A FORMERR may give back the very question that is none (RFC 1035 §4.1.2, RFC 6891 §7).
        rcode === 1 ? skipped("only FORMERR was seen") : judge(faults.length === 0, "a message without faults", faults.join("; ")),
      ),
  },
  {
    id: "D10a",
    title: "owner names are compressed",
    level: "MAY",
    source: "RFC 1035 §4.1.4",
    check: async (subject) => {
      await said(subject);
      // A pointer must not change a name's case, so only the question's very spelling can be pointed to.
      const records = subject.messages.flatMap(({ questions: [question], answers }) =>
        answers.filter(({ name }) => name === question?.name),
      );
      if (records.length === 0) return skipped("no records of the names that were asked were seen");
      return judgeEach(records, ({ name, ownerCompressed }) =>
        judge(ownerCompressed || name === ".", "a pointer to the question's name", `${name} written out`),
      );
    },
  },
  {
    id: "D10b",
    title: "names inside of SRV, SVCB, HTTPS, RRSIG, NSEC and DNAME are not compressed",
    level: "MUST",
    source: "RFC 2782, RFC 4034 §3.1.7 and §4.1.1, RFC 6672 §2.5, RFC 9460 §2.2",
    check: async (subject) => {
      await said(subject);
      const { rcode } = await subject.ask({ name: `_tcp.${subject.zone}`, type: TYPE.SRV });
      if (rcode === 0) await subject.ask({ name: serviceName(subject.zone), type: TYPE.SRV });
      await subject.ask({ opt: { flags: 0x8000 } });
      const records = subject.messages.flatMap(recordsOf).filter(({ type }) => NEVER_COMPRESSED.has(type));
      if (records.length === 0) return skipped("no record of these types was seen");
      return judgeEach(records, ({ name, type, dataCompressed }) =>
        judge(!dataCompressed, `${NEVER_COMPRESSED.get(type)} with its names written out`, `a pointer inside of ${name}'s`),
      );
    },
  },
  {
    id: "D11a",
    title: "records of one set have one TTL",
    level: "MUST",
    source: "RFC 2181 §5.2",
    check: async (subject) =>
      judgeEach((await said(subject)).flatMap(sections), (records) => {
        const ttls = new Map<string, number>();
        for (const record of records) {
          // A signature has the TTL of what it covers (RFC 4034 §3), so those at one name are no set in this sense.
          if (record.type === TYPE.RRSIG) continue;
          const ttl = ttls.get(keyOf(record)) ?? record.ttl;
          if (ttl !== record.ttl) return judge(false, "one TTL", `${keyOf(record)} with ${ttl} and ${record.ttl}`);
          ttls.set(keyOf(record), ttl);
        }
        return { state: "pass" };
      }),
  },
  {
    id: "D11b",
    title: "no TTL is larger than 2³¹ − 1",
    level: "MUST",
    source: "RFC 2181 §8",
    check: async (subject) =>
      judgeEach((await said(subject)).flatMap(recordsOf), ({ name, ttl }) =>
        judge(ttl <= MAX_TTL, `a TTL of at most ${MAX_TTL} s`, `${ttl} s at ${name}`),
      ),
  },
  {
    id: "D11c",
    title: "no record comes twice",
    level: "SHOULD",
    source: "RFC 2181 §5",
    check: async (subject) =>
      judgeEach((await said(subject)).flatMap(sections), (records) => {
        const seen = new Set<string>();
        for (const record of records) {
          const key = `${keyOf(record)} ${Buffer.from(record.data).toString("hex")}`;
          if (seen.has(key)) return judge(false, "each record once", `${keyOf(record)} twice`);
          seen.add(key);
        }
        return { state: "pass" };
      }),
  },
];

/** Where a zone called after its network has that network's service, if anywhere (RFC 2782). */
export const serviceName = (zone: string): string => `_${zone.split(".")[0] ?? ""}._tcp.${zone}`;
