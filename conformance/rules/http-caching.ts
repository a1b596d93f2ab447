/** Rules about caching: HTTP must never make an answer live longer than DNS lets it (RFC 8484 §5.1). */
import { freshnessOf } from "../freshness.ts";
import { optionOf, soaMinimum, type Message } from "../message.ts";
import { OPTION } from "../query.ts";
import { TYPE } from "../rdata.ts";
import type { Rule } from "../rule.ts";
import { isSuccess, messageOf, type Reply, type Subject } from "../subject.ts";
import type { HttpResponse } from "../transport.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";
import { provoke } from "./http-status.ts";

/** The longest that stale data should be served, seconds: the upper end of what RFC 8767 §5 suggests, three days. */
const MAX_STALE_SECONDS = 259_200;
/** Subnets of two clients, as ECS has them: 192.0.2.0/24 and 198.51.100.0/24 (RFC 5737). */
const SUBNETS: readonly (readonly number[])[] = [
  [0, 1, 24, 0, 192, 0, 2],
  [0, 1, 24, 0, 198, 51, 100],
];

const says = (response: HttpResponse): string => `cache-control: ${response.headers.get("cache-control") ?? "(none)"}`;

/** Replies with an answer, by GET. */
async function positives(subject: Subject): Promise<(Reply & { readonly http: HttpResponse })[]> {
  const replies = [];
  for (const type of await subject.facts.apexTypes()) replies.push(await subject.get(subject.query({ type })));
  return replies.filter(({ message }) => message !== undefined && message.answers.length > 0);
}

const leastTtl = ({ answers }: Message): number => Math.min(...answers.map(({ ttl }) => ttl));

/** Judges a negative answer by GET: it may not live longer than the SOA's MINIMUM. */
async function judgeNegative(subject: Subject, query: Uint8Array): Promise<Verdict> {
  const reply = await subject.get(query);
  const soa = messageOf(reply).authorities.find(({ type }) => type === TYPE.SOA);
  if (soa === undefined) return skipped("the negative answer has no SOA record (rules Z3a, Z3b)");
  const most = Math.min(soaMinimum(soa), soa.ttl);
  return judge((freshnessOf(reply.http).lifetime ?? 0) <= most, `a lifetime of at most ${most} s, by the SOA record`, says(reply.http));
}

export const CACHING_RULES: readonly Rule[] = [
  {
    id: "H8a",
    title: "an answer lives in HTTP no longer than its records",
    level: "MUST",
    source: "RFC 8484 §5.1",
    check: async (subject) =>
      judgeEach(await positives(subject), ({ message, http }) => {
        const most = message === undefined ? 0 : leastTtl(message);
        return judge((freshnessOf(http).lifetime ?? 0) <= most, `a lifetime of at most ${most} s, the least TTL`, says(http));
      }),
  },
  {
    id: "H8b",
    title: "an answer says how long it lives",
    level: "SHOULD",
    source: "RFC 8484 §5.1",
    check: async (subject) =>
      judgeEach(await positives(subject), ({ http }) =>
        judge(freshnessOf(http).lifetime !== undefined, "cache-control: max-age=…", says(http)),
      ),
  },
  {
    id: "H8c",
    title: "an answer lives in HTTP as long as its records",
    level: "SHOULD",
    source: "RFC 8484 §5.1",
    check: async (subject) =>
      judgeEach(await positives(subject), ({ message, http }) => {
        const { lifetime } = freshnessOf(http);
        const most = message === undefined ? 0 : leastTtl(message);
        if (lifetime === undefined) return skipped("no lifetime is said (rule H8b)");
        return judge(lifetime >= most, `a lifetime of ${most} s, the least TTL`, says(http));
      }),
  },
  {
    id: "H9a",
    title: "NXDOMAIN lives in HTTP no longer than the SOA's MINIMUM",
    level: "MUST",
    source: "RFC 8484 §5.1",
    check: async (subject) => {
      await subject.facts.nxdomain();
      const { name } = await subject.facts.madeUp();
      return judgeNegative(subject, subject.query({ name, type: TYPE.A }));
    },
  },
  {
    id: "H9b",
    title: "NODATA lives in HTTP no longer than the SOA's MINIMUM",
    level: "MUST",
    source: "RFC 8484 §5.1",
    check: async (subject) => {
      await subject.facts.nodata();
      return judgeNegative(subject, subject.query({ type: TYPE.UNKNOWN }));
    },
  },
  {
    id: "H10a",
    title: "answers to POST live no longer than their records either",
    level: "MUST",
    source: "RFC 8484 §5.1",
    check: async (subject) => {
      const { message, http } = await subject.post(subject.query());
      if (message === undefined || message.answers.length === 0) return skipped("there was no answer to judge");
      const most = leastTtl(message);
      return judge((freshnessOf(http).lifetime ?? 0) <= most, `no-store, or a lifetime of at most ${most} s`, says(http));
    },
  },
  {
    id: "H10b",
    title: "errors are not kept",
    level: "MAY",
    source: "RFC 8484 §5.1, RFC 9111 §4.2.2",
    check: async (subject) => {
      await provoke(() => subject.requestWith("dns=AAAA"));
      await provoke(() => subject.post(subject.query(), { "content-type": "text/plain" }));
      const errors = subject.responses.filter((response) => response.status >= 400 && response.status !== 404);
      return judgeEach(errors, (response) => {
        const seen = `${says(response)} with HTTP ${response.status}`;
        return judge((freshnessOf(response).lifetime ?? 0) === 0, "cache-control: no-store on errors", seen);
      });
    },
  },
  {
    id: "H11",
    title: "answers made for one client are not shared with others",
    level: "SHOULD",
    source: "RFC 8484 §5.1",
    check: (subject) =>
      judgeEach(SUBNETS, async (subnet) => {
        const { message, http } = await subject.get(subject.query({ type: TYPE.A, opt: { options: [[OPTION.ECS, subnet]] } }));
        const scope = message === undefined ? 0 : (optionOf(message, OPTION.ECS)?.[3] ?? 0);
        const { isPrivate, lifetime } = freshnessOf(http);
        const apart = scope === 0 || isPrivate || lifetime === 0 || http.headers.has("vary");
        return judge(apart, "private, max-age=0 or Vary where answers differ by client", `${says(http)}, and ECS with a scope of ${scope}`);
      }),
  },
  {
    id: "H19",
    title: "stale answers are allowed for at most three days",
    level: "MAY",
    source: "RFC 5861 §3 and §4, RFC 8767 §5",
    check: async (subject) => {
      await subject.get(subject.query());
      const stretched = subject.responses.filter((response) => isSuccess(response) && freshnessOf(response).stale > 0);
      if (stretched.length === 0) return skipped("no answer may be served stale by HTTP caches");
      return judgeEach(stretched, (response) =>
        judge(freshnessOf(response).stale <= MAX_STALE_SECONDS, `at most ${MAX_STALE_SECONDS} s of stale service`, says(response)),
      );
    },
  },
];
