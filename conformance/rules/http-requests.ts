/** Rules about requests that a DoH server has to take (RFC 8484 §4.1, §6). */
import { FLAG, type Message } from "../message.ts";
import { base64url, OPTION } from "../query.ts";
import type { Rule } from "../rule.ts";
import { describeReply, describeResponse, isSuccess, messageOf, type Reply, type Subject } from "../subject.ts";
import { judge, judgeEach, type Verdict } from "../verdict.ts";

/** Octets of padding for a query that is longer than any without extensions. */
const LONG_PADDING = 4_000;
/** As much as a URL carries without trouble anywhere. */
const LONG_GET_PADDING = 1_000;

const isAnswer = (message: Message | undefined): boolean => message !== undefined && (message.flags & FLAG.QR) !== 0;

const answered = (reply: Reply): Verdict =>
  judge(reply.http !== undefined && isSuccess(reply.http) && isAnswer(reply.message), "HTTP 200 with a DNS answer", describeReply(reply));

/** What would be a sound query if one overlooked what is wrong with its text is refused, be it by HTTP or by FORMERR. */
const refused = async (subject: Subject, parameters: string, what: string): Promise<Verdict> => {
  const reply = await subject.getWith(parameters);
  const { status } = reply.http;
  const good = (status >= 400 && status < 500) || (isSuccess(reply.http) && reply.message?.rcode === 1);
  return judge(good, `HTTP 400 for ${what}`, describeReply(reply));
};

/** A query whose base64url form has both characters that base64 has not. */
const speakingQuery = (subject: Subject): Uint8Array => subject.query({ id: 0xfbff, flags: FLAG.RD | FLAG.CD });

/** The base64url form of a query that has a multiple of three octets, so that its text ends with a whole group of four. */
function wholeText(subject: Subject): string {
  const texts = [0, 1, 2].map((octets) => base64url(paddedQuery(subject, octets)));
  return texts.find((text) => text.length % 4 === 0) ?? "";
}

export const REQUEST_RULES: readonly Rule[] = [
  {
    id: "H1a",
    title: "answers POST",
    level: "MUST",
    source: "RFC 8484 §4.1",
    check: async (subject) => answered(await subject.post(subject.query())),
  },
  {
    id: "H1b",
    title: "answers GET",
    level: "MUST",
    source: "RFC 8484 §4.1",
    check: async (subject) => answered(await subject.get(subject.query())),
  },
  {
    id: "H2a",
    title: "reads the base64url alphabet, - and _ included",
    level: "MUST",
    source: "RFC 8484 §6, RFC 4648 §5",
    check: async (subject) => {
      const { message, http } = await subject.get(speakingQuery(subject));
      const good = isSuccess(http) && message?.id === 0xfbff;
      return judge(good, "an answer with the query's id", describeReply({ message, http }));
    },
  },
  {
    id: "H2b",
    title: "refuses characters that base64url has not",
    level: "MUST",
    source: "RFC 4648 §3.3",
    check: (subject) =>
      judgeEach(
        [
          [/^/, "!"],
          [/-/g, "%2B"],
          [/_/g, "%2F"],
        ] as const,
        ([place, character]) =>
          refused(
            subject,
            `dns=${base64url(speakingQuery(subject)).replace(place, character)}`,
            `?dns= with ${decodeURIComponent(character)}`,
          ),
      ),
  },
  {
    id: "H2c",
    title: "refuses base64url of a length that no octets have",
    level: "SHOULD",
    source: "RFC 4648 §4 and §5",
    check: (subject) => refused(subject, `dns=${wholeText(subject)}A`, "?dns= with a single character at its end"),
  },
  {
    id: "H2d",
    title: "refuses two ?dns= at once",
    level: "MAY",
    source: "RFC 8484 §4.1",
    check: (subject) => {
      const text = base64url(subject.query());
      return refused(subject, `dns=${text}&dns=${text}`, "two messages in one request");
    },
  },
  {
    id: "H2e",
    title: "takes or refuses padding (=), and never fails by it",
    level: "MAY",
    source: "RFC 8484 §6",
    check: async (subject) => {
      const text = base64url(subject.query());
      const response = await subject.requestWith(`dns=${text}${"%3D".repeat((4 - (text.length % 4)) % 4 || 1)}`);
      return judge(response.status === 200 || response.status === 400, "HTTP 200 or 400", describeResponse(response));
    },
  },
  {
    id: "H3a",
    title: "refuses a body of another media type with 415",
    level: "SHOULD",
    source: "RFC 9110 §15.5.16",
    check: (subject) =>
      judgeEach(["text/plain", "application/dns-json"], async (type) => {
        const { http } = await subject.post(subject.query(), { "content-type": type });
        return judge(http.status === 415, `HTTP 415 for content-type ${type}`, describeResponse(http));
      }),
  },
  {
    id: "H3b",
    title: "compares the media type without regard to case",
    level: "MUST",
    source: "RFC 9110 §8.3.1",
    check: async (subject) => answered(await subject.post(subject.query(), { "content-type": "Application/DNS-Message" })),
  },
  {
    id: "H3c",
    title: "ignores parameters of the media type, which has none",
    level: "SHOULD",
    source: "RFC 2046 §1",
    check: async (subject) => answered(await subject.post(subject.query(), { "content-type": "application/dns-message; charset=x" })),
  },
  {
    id: "H7a",
    title: "takes messages longer than 512 octets by POST",
    level: "MUST",
    source: "RFC 8484 §6",
    check: async (subject) => answered(await subject.post(paddedQuery(subject, LONG_PADDING))),
  },
  {
    id: "H7b",
    title: "takes messages longer than 512 octets by GET",
    level: "MUST",
    source: "RFC 8484 §6",
    check: async (subject) => answered(await subject.get(paddedQuery(subject, LONG_GET_PADDING))),
  },
  {
    id: "H12",
    title: "gives back the id of each query, and never another's",
    level: "MUST",
    source: "RFC 8484 §4.1, RFC 1035 §4.1.1",
    check: (subject) =>
      judgeEach([0, 4_660, 0, 65_535], async (id) => {
        const message = messageOf(await subject.get(subject.query({ id })));
        return judge(message.id === id, `id ${id}`, `id ${message.id}`);
      }),
  },
];

const paddedQuery = (subject: Subject, octets: number): Uint8Array =>
  subject.query({ opt: { options: [[OPTION.PADDING, Array.from({ length: octets }, () => 0)]] } });
