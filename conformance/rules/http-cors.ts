/** Rules about scripts in browsers, and about forms that Accept chooses (Fetch Standard, RFC 9110 §12.5). */
import { base64url } from "../query.ts";
import type { Rule } from "../rule.ts";
import { describeReply, DNS_MESSAGE, isSuccess, type Subject } from "../subject.ts";
import type { HttpResponse } from "../transport.ts";
import { judge, judgeEach, skipped, type Verdict } from "../verdict.ts";
import { header } from "./http-headers.ts";

const tokens = ({ headers }: HttpResponse, name: string): ReadonlySet<string> =>
  new Set((headers.get(name) ?? "").split(",").map((token) => token.trim().toLowerCase()));

const preflight = (subject: Subject): Promise<HttpResponse> =>
  subject.requestWith(
    "",
    { origin: "https://example.com", "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    "OPTIONS",
  );

const readable = (response: HttpResponse): Verdict =>
  judge(
    response.headers.get("access-control-allow-origin") === "*",
    "access-control-allow-origin: *",
    header(response, "access-control-allow-origin"),
  );

export const BROWSER_RULES: readonly Rule[] = [
  {
    id: "H14a",
    title: "scripts of any origin may read answers",
    level: "SHOULD",
    source: "Fetch Standard (CORS protocol)",
    check: async (subject) => readable((await subject.get(subject.query(), { origin: "https://example.com" })).http),
  },
  {
    id: "H14b",
    title: "scripts of any origin may read errors",
    level: "SHOULD",
    source: "Fetch Standard (CORS protocol)",
    check: async (subject) => {
      const response = await subject.requestWith("", { origin: "https://example.com" });
      return isSuccess(response) ? skipped("a GET without ?dns= is no error here") : readable(response);
    },
  },
  {
    id: "H14c",
    title: "browsers may POST: a preflight is answered",
    level: "SHOULD",
    source: "Fetch Standard (CORS-preflight request)",
    check: async (subject) => {
      const response = await preflight(subject);
      const methods = tokens(response, "access-control-allow-methods");
      const headers = tokens(response, "access-control-allow-headers");
      const good = isSuccess(response) && (methods.has("post") || methods.has("*")) && (headers.has("content-type") || headers.has("*"));
      const seen = `HTTP ${response.status}, ${header(response, "access-control-allow-methods")}, ${header(response, "access-control-allow-headers")}`;
      return judge(good, "HTTP 204, POST and content-type allowed", seen);
    },
  },
  {
    id: "H15a",
    title: "reads Accept as a list with weights",
    level: "SHOULD",
    source: "RFC 9110 §12.5.1",
    check: async (subject) => {
      const reply = await subject.get(subject.query(), { accept: "text/html;q=0.9, application/dns-message;q=0.8, image/png" });
      return judge(isSuccess(reply.http) && reply.message !== undefined, "HTTP 200 with a DNS answer", describeReply(reply));
    },
  },
  {
    id: "H15b",
    title: "Vary says so where Accept decides about the form",
    level: "SHOULD",
    source: "RFC 9110 §12.5.5",
    check: async (subject) => {
      const name = encodeURIComponent(subject.zone);
      return judgeEach([`dns=${base64url(subject.query())}`, `name=${name}&type=SOA`], async (parameters) => {
        const forms = [];
        for (const accept of [DNS_MESSAGE, "application/dns-json", "application/json"])
          forms.push(await subject.requestWith(parameters, { accept }));
        const good = forms.filter(isSuccess);
        if (new Set(good.map(({ headers }) => headers.get("content-type"))).size < 2) return skipped("the form does not depend on Accept");
        return judgeEach(good, (response) => {
          const vary = tokens(response, "vary");
          return judge(vary.has("accept") || vary.has("*"), "vary: accept", header(response, "vary"));
        });
      });
    },
  },
];
