/** Rules about OPT records that are broken (RFC 6891 §6.1, §7). */
import { nameWire } from "../name.ts";
import { describeMessage } from "../message.ts";
import { headerOctets, OPTION, optOctets, questionOctets, u16 } from "../query.ts";
import { TYPE } from "../rdata.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";
import { judgeMalformed, replyToMalformed } from "./malformed.ts";
import type { Rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { LOCAL_OPTION } from "./edns.ts";

/** A question for the apex's SOA with these octets as additional records. */
const withAdditional = (subject: Subject, count: number, octets: readonly number[]): Uint8Array =>
  Uint8Array.from([...headerOctets(0, 0, 1, 0, 0, count), ...questionOctets(nameWire(subject.zone), TYPE.SOA), ...octets]);

/** An OPT record whose one option says that it has more octets than there are. */
const OVERRUN = [0, ...u16(TYPE.OPT), ...u16(1_232), 0, 0, 0, 0, ...u16(6), ...u16(LOCAL_OPTION), ...u16(100), 1, 2];
/** One with a client subnet of 24 bits in two octets (RFC 7871 §6). */
const BAD_SUBNET = optOctets({ options: [[OPTION.ECS, [0, 1, 24, 0, 192, 0]]] });

export const OPT_FORM_RULES: readonly Rule[] = [
  {
    id: "E7a",
    title: "two OPT records are FORMERR",
    level: "MUST",
    source: "RFC 6891 §6.1.1",
    check: (subject) => judgeMalformed(subject, withAdditional(subject, 2, [...optOctets(), ...optOctets()]), "two OPT records"),
  },
  {
    id: "E7b",
    title: "an OPT record of another name than the root's is FORMERR",
    level: "SHOULD",
    source: "RFC 6891 §6.1.2",
    check: (subject) => judgeMalformed(subject, withAdditional(subject, 1, optOctets({}, [1, 97, 0])), "an OPT record owned by a."),
  },
  {
    id: "E7c",
    title: "an option longer than its OPT record is FORMERR",
    level: "MUST",
    source: "RFC 6891 §7",
    check: (subject) => judgeMalformed(subject, withAdditional(subject, 1, OVERRUN), "an option of 100 octets in 2"),
  },
  {
    id: "E7d",
    title: "an OPT record longer than its message is FORMERR",
    level: "MUST",
    source: "RFC 6891 §7",
    check: (subject) =>
      judgeMalformed(
        subject,
        withAdditional(subject, 1, [0, ...u16(TYPE.OPT), ...u16(1_232), 0, 0, 0, 0, ...u16(100), 1, 2]),
        "an OPT record that overruns",
      ),
  },
  {
    id: "E7e",
    title: "a FORMERR about an OPT record has one",
    level: "MUST",
    source: "RFC 6891 §7",
    check: (subject) =>
      judgeEach([OVERRUN, BAD_SUBNET], async (octets) => {
        const message = (await replyToMalformed(subject, withAdditional(subject, 1, octets)))?.message;
        if (message?.rcode !== 1) return skipped("a broken option is not called FORMERR here (rules E7c, E11b)");
        return judge(message.opts.length > 0, "an OPT record in the FORMERR", describeMessage(message));
      }),
  },
];
