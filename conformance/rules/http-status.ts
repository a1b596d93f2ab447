/** Rules about HTTP status codes: 200 for every DNS answer, whatever it says, and the right 4xx for what is none of DNS (RFC 8484 §4.2.1). */
import { FLAG } from "../message.ts";
import { base64url } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { describeReply, describeResponse, isMessage, isSuccess, isTurnedDown, type Reply, type Subject } from "../subject.ts";
import type { HttpResponse } from "../transport.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";
import { TransportError } from "../transport.ts";

/** Longer than any DNS message, octets. */
const TOO_LONG_BODY = 70_000;

/** Characters of a URL that is longer than most servers take. */
const LONG_URL = 20_000;

/** An unused method that every server knows by name. */
export const OTHER_METHOD = "PUT";

const okWithMessage = (reply: Reply, rcodes: readonly number[], expected: string): Verdict => {
  const good = reply.http !== undefined && isSuccess(reply.http) && reply.message !== undefined && rcodes.includes(reply.message.rcode);
  return judge(good, expected, describeReply(reply));
};

export const status = (response: HttpResponse, wanted: number, what: string): Verdict =>
  judge(response.status === wanted, `HTTP ${wanted} for ${what}`, describeResponse(response));

/** Octets that are no query, by what is wrong with them. */
const NO_QUERIES: Readonly<Record<string, (subject: Subject) => Uint8Array>> = {
  "no octets": () => new Uint8Array(0),
  "fewer octets than a header has": (subject) => subject.query().slice(0, 11),
};

/** By GET and by POST. */
const bothWays = (subject: Subject, query: Uint8Array, what: string, judgeIt: (reply: Reply & { http: HttpResponse }) => Verdict) =>
  judgeEach([subject.get.bind(subject), subject.post.bind(subject)], async (ask) => {
    const verdict = judgeIt(await ask(query));
    return verdict.state === "fail" ? { ...verdict, seen: `${verdict.seen} (for ${what})` } : verdict;
  });

/** Asks for an error of HTTP. That none comes, and the stream is closed instead, is for other rules to judge. */
export async function provoke(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
  }
}

export const STATUS_RULES: readonly Rule[] = [
  {
    id: "H5a",
    title: "NXDOMAIN is HTTP 200",
    level: "MUST",
    source: "RFC 8484 §4.2.1",
    check: (subject) => {
      const query = subject.query({ name: `${subject.randomLabel()}.${subject.zone}`, type: TYPE.A });
      return bothWays(subject, query, "a name made up at random", (reply) =>
        reply.message?.rcode === 0
          ? skipped("a name made up at random is not denied here")
          : okWithMessage(reply, [3], "HTTP 200 with NXDOMAIN"),
      );
    },
  },
  {
    id: "H5b",
    title: "an answer with any response code is HTTP 200",
    level: "MUST",
    source: "RFC 8484 §4.2.1 and §10",
    check: (subject) =>
      judgeEach(
        [
          [{ name: "example.net." }, "a name outside of the zone", [0, 2, 3, 5], "a DNS answer"],
          [{ flags: 15 << 11 }, "an unknown opcode", [1, 4, 5], "NOTIMP"],
        ] as const,
        ([ask, what, rcodes, expected]) =>
          bothWays(subject, subject.query(ask), what, (reply) =>
            isTurnedDown(reply)
              ? skipped("what the server cannot answer is turned down by an error of HTTP (RFC 8484 §10)")
              : okWithMessage(reply, rcodes, `HTTP 200 with ${expected}`),
          ),
      ),
  },
  {
    id: "H5c",
    title: "no other status carries a DNS answer",
    level: "MUST",
    source: "RFC 8484 §4.2.1",
    check: async (subject) => {
      await provoke(() => subject.requestWith(""));
      for (const octets of Object.values(NO_QUERIES)) await provoke(() => subject.post(octets(subject)));
      await provoke(() => subject.request({ method: OTHER_METHOD, target: subject.doh.url.pathname, headers: {} }));
      const errors = subject.responses.filter((response) => !isSuccess(response));
      return judgeEach(errors, (response) =>
        judge(!isMessage(response), "errors of HTTP without a DNS message", describeResponse(response)),
      );
    },
  },
  {
    id: "H6a",
    title: "a GET without ?dns= is 400",
    level: "SHOULD",
    source: "RFC 9110 §15.5.1",
    check: async (subject) => status(await subject.requestWith(""), 400, "a GET without a message"),
  },
  {
    id: "H6b",
    title: "octets that are no DNS message are 400",
    level: "SHOULD",
    source: "RFC 9110 §15.5.1",
    check: (subject) =>
      judgeEach(Object.entries(NO_QUERIES), ([what, octets]) =>
        bothWays(subject, octets(subject), what, ({ http }) => status(http, 400, what)),
      ),
  },
  {
    id: "H6c",
    title: "a response instead of a query is 400",
    level: "SHOULD",
    source: "RFC 9110 §15.5.1",
    check: (subject) =>
      bothWays(subject, subject.query({ flags: FLAG.QR }), "a response", ({ http }) => status(http, 400, "a message with QR=1")),
  },
  {
    id: "H6d",
    title: "octets behind the last record are 400 or FORMERR",
    level: "SHOULD",
    source: "RFC 9110 §15.5.1, RFC 1035 §4.1.1",
    check: (subject) =>
      bothWays(subject, Uint8Array.from([...subject.query(), 0, 1, 2, 3]), "octets behind the last record", (reply) =>
        reply.http.status === 400 ? { state: "pass" } : okWithMessage(reply, [1], "HTTP 400, or 200 with FORMERR"),
      ),
  },
  {
    id: "H6e",
    title: "a body longer than any DNS message is 413",
    level: "SHOULD",
    source: "RFC 9110 §15.5.14, RFC 8484 §6",
    check: async (subject) => {
      const body = new Uint8Array(TOO_LONG_BODY);
      body.set(subject.query());
      return status((await subject.post(body)).http, 413, `a body of ${TOO_LONG_BODY} octets`);
    },
  },
  {
    id: "H6f",
    title: "a URL that is too long is 414",
    level: "SHOULD",
    source: "RFC 9110 §15.5.15",
    check: async (subject) => {
      const long = "A".repeat(LONG_URL);
      const response = await subject.requestWith(`dns=${base64url(subject.query())}&x=${long}`);
      const good = response.status === 414 || response.status === 431 || response.status === 200;
      return judge(good, `HTTP 414 for a URL of ${LONG_URL} characters, or an answer`, describeResponse(response));
    },
  },
];
