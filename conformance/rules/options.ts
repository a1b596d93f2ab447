/** Rules about single EDNS options: padding, cookies, client subnets, extended errors, name server identity. */
import { describeMessage, optionOf, type Message } from "../message.ts";
import { OPTION } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";

/** Answers to padded queries are a multiple of this (RFC 8467 §4.1). */
const PADDING_BLOCK_OCTETS = 468;
const BADCOOKIE = 23;
/** 192.0.2.0/24 as ECS has it (RFC 7871 §6). */
const SUBNET = [0, 1, 24, 0, 192, 0, 2];

/** The answers to padded queries: two positive ones and, as a rule, a negative one. */
async function padded(subject: Subject): Promise<Message[]> {
  const opt = { options: [[OPTION.PADDING, Array.from({ length: 50 }, () => 0)]] } as const;
  const { name } = await subject.facts.madeUp();
  return Promise.all([{}, { type: TYPE.A }, { name, type: TYPE.A }].map((ask) => subject.ask({ ...ask, opt })));
}

const isPadded = (message: Message): boolean => optionOf(message, OPTION.PADDING) !== undefined;

/** Whether a good client subnet comes back, as it does from whoever knows what it is (RFC 7871 §7.2.1). */
const speaksSubnets = async (subject: Subject): Promise<boolean> =>
  optionOf(await subject.ask({ opt: { options: [[OPTION.ECS, SUBNET]] } }), OPTION.ECS) !== undefined;

const overPlain = (subject: Subject): Verdict | undefined =>
  subject.isDoh ? undefined : skipped("padding hides nothing on a plain channel (RFC 7830 §6)");

export const OPTION_RULES: readonly Rule[] = [
  {
    id: "E9a",
    title: "where padding is spoken, every answer to a padded query is padded",
    level: "MUST",
    source: "RFC 7830 §4",
    check: async (subject) => {
      const plain = overPlain(subject);
      if (plain !== undefined) return plain;
      const messages = await padded(subject);
      if (!messages.some(isPadded)) return skipped("padding is not spoken here (rule E9e)");
      return judgeEach(messages, (message) => judge(isPadded(message), "option 12, as in other answers", describeMessage(message)));
    },
  },
  {
    id: "E9b",
    title: `padded answers are a multiple of ${PADDING_BLOCK_OCTETS} octets long`,
    level: "SHOULD",
    source: "RFC 8467 §4.1",
    check: async (subject) =>
      overPlain(subject) ??
      judgeEach(await padded(subject), (message) => {
        if (!isPadded(message)) return skipped("nothing is padded (rule E9e)");
        const { length } = message.octets;
        return judge(length % PADDING_BLOCK_OCTETS === 0, `a multiple of ${PADDING_BLOCK_OCTETS} octets`, `${length} octets`);
      }),
  },
  {
    id: "E9c",
    title: "padding is made of zeros",
    level: "SHOULD",
    source: "RFC 7830 §3",
    check: async (subject) =>
      overPlain(subject) ??
      judgeEach(await padded(subject), (message) => {
        const padding = optionOf(message, OPTION.PADDING);
        if (padding === undefined) return skipped("nothing is padded (rule E9e)");
        return judge(
          padding.every((octet) => octet === 0),
          "zeros",
          `octets such as 0x${(padding.find((octet) => octet !== 0) ?? 0).toString(16)}`,
        );
      }),
  },
  {
    id: "E9d",
    title: "without an OPT record nothing is padded",
    level: "MUST",
    source: "RFC 7830 §4",
    check: async (subject) => {
      const message = await subject.ask();
      return judge(!isPadded(message), "no option 12", describeMessage(message));
    },
  },
  {
    id: "E9e",
    title: "padding is spoken: a padded query's answer hides its length too",
    level: "MAY",
    source: "RFC 8484 §9, RFC 7830 §4",
    check: async (subject) =>
      overPlain(subject) ?? judge((await padded(subject)).some(isPadded), "option 12 in answers to padded queries", "none in any"),
  },
  {
    id: "E10",
    title: "a client's cookie is no reason to refuse",
    level: "SHOULD",
    source: "RFC 7873 §5.2",
    check: async (subject) => {
      const message = await subject.ask({ opt: { options: [[OPTION.COOKIE, [1, 2, 3, 4, 5, 6, 7, 8]]] } });
      const seen = message.rcode === BADCOOKIE ? "BADCOOKIE" : describeMessage(message);
      return judge(message.rcode === 0, "the usual answer", seen);
    },
  },
  {
    id: "E11a",
    title: "a client subnet comes back as it was, or not at all",
    level: "MUST",
    source: "RFC 7871 §7.2.1",
    check: async (subject) => {
      const message = await subject.ask({ type: TYPE.A, opt: { options: [[OPTION.ECS, SUBNET]] } });
      const ecs = optionOf(message, OPTION.ECS);
      const good = ecs === undefined || SUBNET.every((octet, index) => index === 3 || ecs[index] === octet);
      return judge(
        good && message.rcode === 0,
        "the same family, prefix and address",
        `${Array.from(ecs ?? []).join(" ")}, ${describeMessage(message)}`,
      );
    },
  },
  {
    id: "E11b",
    title: "a client subnet that is none is FORMERR",
    level: "SHOULD",
    source: "RFC 7871 §6",
    check: (subject) =>
      judgeEach(
        [
          [0, 1, 24, 0, 192, 0], // too few octets
          [0, 1, 24, 0, 192, 0, 2, 1], // too many
          [0, 1, 20, 0, 192, 0, 31], // bits beyond the prefix
        ],
        async (subnet) => {
          const message = await subject.ask({ opt: { options: [[OPTION.ECS, subnet]] } });
          // Who does not know the option has to ignore it (RFC 6891 §6.1.2), and cannot tell a good one either.
          if (message.rcode === 0 && !(await speaksSubnets(subject))) return skipped("client subnets are not spoken here");
          return judge(message.rcode === 1, `FORMERR for ${subnet.join(" ")}`, describeMessage(message));
        },
      ),
  },
  {
    id: "E12",
    title: "extended errors have a code and UTF-8 text",
    level: "MUST",
    source: "RFC 8914 §2",
    check: async (subject) => {
      await subject.askIfTaken({ name: "example.net.", opt: {} });
      const options = subject.messages.flatMap(({ opts }) => opts.flatMap((opt) => opt.options));
      const errors = options.filter(({ code }) => code === OPTION.EDE).map(({ data }) => data);
      if (errors.length === 0) return skipped("no extended error was seen");
      return judgeEach(errors, (data) =>
        judge(data.length >= 2 && isUtf8(data.subarray(2)), "two octets of code, then UTF-8", `${data.length} octets`),
      );
    },
  },
  {
    id: "E13",
    title: "the server's identity (NSID) is told only to who asks",
    level: "MUST",
    source: "RFC 5001 §2.2",
    check: async (subject) => {
      const asked = await subject.ask({ opt: { options: [[OPTION.NSID, []]] } });
      if (asked.rcode !== 0) return judge(false, "the usual answer to who asks for it", describeMessage(asked));
      const message = await subject.ask({ opt: {} });
      return judge(optionOf(message, OPTION.NSID) === undefined, "no option 3", "option 3, though nobody asked");
    },
  },
];

function isUtf8(octets: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(octets);
    return true;
  } catch {
    return false;
  }
}
