/** Rules about queries that are broken: they are called so, and do no harm (RFC 1035 §4.1). */
import { MAX_NAME_OCTETS, nameWire } from "../name.ts";
import { headerOctets, questionOctets, u16 } from "../query.ts";
import { TYPE } from "../rdata.ts";
import { judgeMalformed } from "./malformed.ts";
import type { Rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { judgeEach, type Verdict } from "../verdict.ts";

const broken = (
  subject: Subject,
  counts: readonly [number, number, number, number],
  octets: Iterable<number>,
  what: string,
): Promise<Verdict> => judgeMalformed(subject, [...headerOctets(0, 0, ...counts), ...octets], what);

const typeAndClass = [...u16(TYPE.SOA), ...u16(1)];

const question = (subject: Subject): number[] => questionOctets(nameWire(subject.zone), TYPE.SOA);

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
];
