/** Rules about what a client accepts, methods and paths (RFC 9110 §12, §15.5). */
import { base64url } from "../query.ts";
import type { Rule } from "../rule.ts";
import { describeReply, describeResponse, DNS_MESSAGE, isSuccess, type Subject } from "../subject.ts";
import type { HttpResponse } from "../transport.ts";
import { judge, judgeEach, skipped } from "../verdict.ts";
import { OTHER_METHOD, status } from "./http-status.ts";

const put = (subject: Subject): Promise<HttpResponse> => {
  const { pathname, search } = subject.doh.url;
  return subject.request({
    method: OTHER_METHOD,
    target: `${pathname}${search}`,
    headers: { accept: DNS_MESSAGE, "content-type": DNS_MESSAGE },
    body: subject.query(),
  });
};

export const NEGOTIATION_RULES: readonly Rule[] = [
  {
    id: "H6g",
    title: "an Accept that excludes every form of the answer is 406",
    level: "MAY",
    source: "RFC 9110 §12.4.1 and §15.5.7",
    check: async (subject) => {
      const { http } = await subject.get(subject.query(), { accept: "image/png" });
      return status(http, 406, "accept: image/png");
    },
  },
  {
    id: "H6h",
    title: "a wildcard in Accept is no reason to refuse",
    level: "MUST",
    source: "RFC 9110 §12.5.1",
    check: (subject) =>
      judgeEach(["*/*", "application/*", "text/html, */*;q=0.1"], async (accept) => {
        const reply = await subject.get(subject.query(), { accept });
        return judge(isSuccess(reply.http), `HTTP 200 for accept: ${accept}`, describeReply(reply));
      }),
  },
  {
    id: "H6i",
    title: "another method is 405, or 501 where none knows it",
    level: "SHOULD",
    source: "RFC 9110 §9.1",
    check: async (subject) => {
      const response = await put(subject);
      return judge([405, 501].includes(response.status), `HTTP 405 or 501 for ${OTHER_METHOD}`, describeResponse(response));
    },
  },
  {
    id: "H6j",
    title: "405 says in Allow which methods there are",
    level: "MUST",
    source: "RFC 9110 §15.5.6",
    check: async (subject) => {
      const response = await put(subject);
      if (response.status !== 405) return skipped("no 405 was seen (rule H6i)");
      const allow = response.headers.get("allow") ?? "";
      const methods = new Set(allow.split(",").map((method) => method.trim()));
      return judge(
        methods.has("GET") && methods.has("POST"),
        "an Allow header with GET and POST",
        allow === "" ? "no Allow header" : `allow: ${allow}`,
      );
    },
  },
  {
    id: "H6k",
    title: "another path is 404",
    level: "SHOULD",
    source: "RFC 9110 §15.5.5",
    check: async (subject) => {
      const target = `/${subject.randomLabel()}?dns=${base64url(subject.query())}`;
      return status(await subject.request({ method: "GET", target, headers: { accept: DNS_MESSAGE } }), 404, "a path that does not exist");
    },
  },
  {
    id: "H6l",
    title: "429 and 503 say when to come back",
    level: "MAY",
    source: "RFC 6585 §4, RFC 9110 §15.6.4",
    check: async (subject) => {
      await subject.get(subject.query());
      const busy = subject.responses.filter((response) => response.status === 429 || response.status === 503);
      if (busy.length === 0) return skipped("neither was seen, and provoking them would be an attack");
      return judgeEach(busy, (response) => judge(response.headers.has("retry-after"), "a Retry-After header", describeResponse(response)));
    },
  },
];
