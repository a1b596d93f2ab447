/** Rules about response headers and what carries them. */
import { hostOf } from "../offers.ts";
import { optionOf } from "../message.ts";
import { base64url, OPTION } from "../query.ts";
import type { Rule } from "../rule.ts";
import { describeReply, describeResponse, DNS_MESSAGE, isMessage, isSuccess, messageOf } from "../subject.ts";
import type { HttpResponse } from "../transport.ts";
import { judge, judgeEach, PASS, skipped } from "../verdict.ts";

export const header = ({ headers }: HttpResponse, name: string): string => `${name}: ${headers.get(name) ?? "(none)"}`;

export const HEADER_RULES: readonly Rule[] = [
  {
    id: "H4a",
    title: "a DNS answer is application/dns-message",
    level: "MUST",
    source: "RFC 8484 §4.2 and §5.4",
    check: (subject) =>
      judgeEach([subject.get.bind(subject), subject.post.bind(subject)], async (ask) => {
        const { http } = await ask(subject.query());
        return judge(isSuccess(http) && isMessage(http), `content-type: ${DNS_MESSAGE}`, describeResponse(http));
      }),
  },
  {
    id: "H4b",
    title: "a DNS answer states its length",
    level: "SHOULD",
    source: "RFC 9110 §8.6",
    check: async (subject) => {
      const { http } = await subject.get(subject.query());
      return judge(
        http.headers.get("content-length") === String(http.body.length),
        `content-length: ${http.body.length}`,
        header(http, "content-length"),
      );
    },
  },
  {
    id: "H4c",
    title: "a DNS answer is not compressed where the client does not want it",
    level: "SHOULD",
    source: "RFC 9110 §12.5.3",
    check: async (subject) => {
      const { http } = await subject.get(subject.query({ type: 1 }), { "accept-encoding": "identity" });
      return judge(!http.headers.has("content-encoding"), "no content-encoding", header(http, "content-encoding"));
    },
  },
  {
    id: "H13",
    title: "HEAD has the headers of GET and no body",
    level: "SHOULD",
    source: "RFC 9110 §9.3.2",
    check: async (subject) => {
      const parameters = `dns=${base64url(subject.query())}`;
      const [get, head] = [await subject.requestWith(parameters), await subject.requestWith(parameters, {}, "HEAD")];
      const names = ["content-type", "content-length", "cache-control"];
      const same = head.status === get.status && names.every((name) => head.headers.get(name) === get.headers.get(name));
      const headers = (response: HttpResponse): string => [response.status, ...names.map((name) => header(response, name))].join(", ");
      return judge(same && head.body.length === 0, headers(get), headers(head));
    },
  },
  {
    id: "H16a",
    title: "is reached by https",
    level: "MUST",
    source: "RFC 8484 §5",
    check: ({ doh: { url } }) => {
      if (url.protocol === "https:") return PASS;
      const host = hostOf(url);
      if (host === "localhost" || host === "::1" || host.startsWith("127.")) return skipped("on loopback nobody listens in");
      return judge(false, "an https:// URL", url.protocol);
    },
  },
  {
    id: "H16b",
    title: "speaks HTTP/2",
    level: "SHOULD",
    source: "RFC 8484 §5.2",
    check: ({ doh: { url, offers } }) => {
      if (offers.includes("2")) return PASS;
      return url.protocol === "https:"
        ? judge(false, "HTTP/2 offered by ALPN", "HTTP/1.1 alone")
        : skipped("without TLS nothing is negotiated");
    },
  },
  {
    id: "H16c",
    title: "speaks whichever version of HTTP it agrees to by ALPN",
    level: "MUST",
    source: "RFC 7301 §3.2",
    check: ({ doh: { url, mute } }) =>
      url.protocol === "https:"
        ? judge(mute.length === 0, "an answer", `HTTP/${mute.join(" and HTTP/")} agreed to, and no answer by it`)
        : skipped("without TLS nothing is negotiated"),
  },
  {
    id: "H17",
    title: "ignores options about the transport (edns-tcp-keepalive)",
    level: "SHOULD",
    source: "RFC 8484 §10, RFC 7828 §3",
    check: async (subject) => {
      const message = messageOf(await subject.post(subject.query({ opt: { options: [[OPTION.KEEPALIVE, []]] } })));
      const seen =
        optionOf(message, OPTION.KEEPALIVE) === undefined ? describeReply({ message, http: undefined }) : "option 11 in the answer";
      return judge(message.rcode === 0 && optionOf(message, OPTION.KEEPALIVE) === undefined, "an answer without option 11", seen);
    },
  },
  {
    id: "H18",
    title: "sets no cookies",
    level: "SHOULD",
    source: "RFC 8484 §8.2",
    check: async (subject) => {
      await subject.get(subject.query());
      return judgeEach(subject.responses, (response) =>
        judge(!response.headers.has("set-cookie"), "no set-cookie", header(response, "set-cookie")),
      );
    },
  },
];
