/** Rules about the form of messages: broken queries are called so, answers are sound (RFC 1035 §4.1, RFC 2181 §5). */
import { recordsOf, type Message, type ResourceRecord } from "../message.ts";
import { MAX_NAME_OCTETS, nameWire } from "../name.ts";
import { headerOctets, questionOctets, u16 } from "../query.ts";
import { NEVER_COMPRESSED, TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { describeReply, type Subject } from "../subject.ts";
import { TransportError } from "../transport.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";

const MAX_TTL = 0x7fff_ffff;

/** A query of octets that are none: HTTP 400 or FORMERR, and never an answer, a crash or silence. A name server may also drop it. */
async function broken(
  subject: Subject,
  counts: readonly [number, number, number, number],
  octets: Iterable<number>,
  what: string,
): Promise<Verdict> {
  const expected = subject.isDoh ? `HTTP 400 or FORMERR for ${what}` : `FORMERR or nothing for ${what}`;
  try {
    const reply = await subject.send(Uint8Array.from([...headerOctets(0, 0, ...counts), ...octets]));
    const good = reply.http !== undefined && reply.http.status === 400 ? reply.message === undefined : reply.message?.rcode === 1;
    return judge(good && (reply.http === undefined || reply.http.status < 500), expected, describeReply(reply));
  } catch (error) {
    if (!subject.isDoh && error instanceof TransportError) return { state: "pass" };
    throw error;
  }
}

/** Everything that was said, after enough was asked that there is something. */
async function said(subject: Subject): Promise<readonly Message[]> {
  await subject.facts.apex();
  await subject.facts.madeUp();
  return subject.messages;
}

const typeAndClass = [...u16(TYPE.SOA), ...u16(1)];
const question = (subject: Subject): number[] => questionOctets(nameWire(subject.zone), TYPE.SOA);

const keyOf = ({ name, type, class: class_ }: ResourceRecord): string => `${name.toLowerCase()} ${type} ${class_}`;
const sections = ({ answers, authorities, additionals }: Message): (readonly ResourceRecord[])[] => [answers, authorities, additionals];

export const FORM_RULES: readonly Rule[] = [
  {
    id: "D9a",
    title: "label types that do not exist are no name",
    level: "MUST",
    source: "RFC 1035 §4.1.4, RFC 6891 §5",
    check: (subject) =>
      judgeEach([0x40, 0x80], (type) =>
        broken(subject, [1, 0, 0, 0], [type | 1, 97, 0, ...typeAndClass], `label type 0x${type.toString(16)}`),
      ),
  },
  {
    id: "D9b",
    title: "a pointer in the question's name is refused, and a loop of them harmless",
    level: "SHOULD",
    source: "RFC 1035 §4.1.4",
    check: (subject) =>
      judgeEach([12, 14, 0x3fff], (target) =>
        broken(subject, [1, 0, 0, 0], [0xc0 | (target >> 8), target & 0xff, ...typeAndClass], `a pointer to octet ${target}`),
      ),
  },
  {
    id: "D9c",
    title: "counts of more records than there are octets for are refused",
    level: "MUST",
    source: "RFC 1035 §4.1.1",
    check: (subject) =>
      judgeEach(
        [
          [65_535, 0, 0, 0],
          [1, 65_535, 0, 0],
          [1, 0, 0, 65_535],
        ] as const,
        (counts) => broken(subject, counts, question(subject), `counts of ${counts.join(", ")}`),
      ),
  },
  {
    id: "D9d",
    title: `names longer than ${MAX_NAME_OCTETS} octets are refused`,
    level: "MUST",
    source: "RFC 1035 §2.3.4",
    check: (subject) => {
      const labels = Array.from({ length: 5 }, () => [63, ...Array.from({ length: 63 }, () => 97)]).flat();
      return broken(subject, [1, 0, 0, 0], [...labels, 0, ...typeAndClass], "a name of 321 octets");
    },
  },
  {
    id: "D9e",
    title: "answers are sound: nothing overruns, nothing is left over",
    level: "MUST",
    source: "RFC 1035 §4.1",
    check: async (subject) =>
      judgeEach(await said(subject), ({ faults }) => judge(faults.length === 0, "a message without faults", faults.join("; "))),
  },
  {
    id: "D10a",
    title: "owner names are compressed",
    level: "MAY",
    source: "RFC 1035 §4.1.4",
    check: async (subject) => {
      await said(subject);
      const records = subject.messages.filter(({ questions }) => questions.length > 0).flatMap(({ answers }) => answers);
      if (records.length === 0) return skipped("no records were seen");
      return judgeEach(records, ({ name, ownerCompressed }) =>
        judge(ownerCompressed || name === ".", "a pointer to the question's name", `${name} written out`),
      );
    },
  },
  {
    id: "D10b",
    title: "names inside of SRV, SVCB, HTTPS, RRSIG, NSEC and DNAME are not compressed",
    level: "MUST",
    source: "RFC 2782, RFC 4034 §3.1.7 and §4.1.1, RFC 9460 §2.2",
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
