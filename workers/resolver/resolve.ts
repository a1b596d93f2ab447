/** `/resolve?name=` and `/dns-query?name=`: DNS over HTTPS as JSON, for browsers and libraries that read Google's or Cloudflare's form. */
import { answerQuestion } from "../dns/answer.ts";
import { encodeJson } from "../dns/json.ts";
import { DnsNameError } from "../dns/name.ts";
import { DnsTypeError, parseType } from "../dns/records.ts";
import { lifetimeOf, type Reply } from "../dns/reply.ts";
import type { Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import { answering, cacheControl, countAnswer, MAX_URL_LENGTH, notAcceptable, uriTooLong, visitOf } from "./answering.ts";
import { negotiate } from "./negotiate.ts";
import type { Platform } from "./handler.ts";

/** The first is what clients get that do not care. */
const JSON_TYPES = ["application/json", "application/dns-json"];

/** The most types in one request: js-libp2p asks for two. */
export const MAX_TYPES = 8;

export function resolveHandler(platform: Platform): Handler {
  return (c) => {
    if (c.req.url.length > MAX_URL_LENGTH) return uriTooLong();
    const [name, ...names] = c.req.queries("name") ?? [];
    if (name === undefined || names.length > 0) return badQuestion("expected one ?name=");
    const asked = c.req.queries("type") ?? ["A"];
    if (asked.length > MAX_TYPES) return badQuestion(`type: expected at most ${MAX_TYPES}`);
    const contentType = negotiate(c.req.header("accept"), JSON_TYPES);
    if (contentType === undefined) return notAcceptable();
    const visit = visitOf(c);
    const respond = ([first, ...more]: readonly Reply[]): Response => {
      if (first === undefined) return badQuestion("type: expected at least one");
      const replies = [first, ...more];
      for (const { rcode } of replies) countAnswer(visit.isolate, "json", rcode);
      const lifetime = Math.min(...replies.map(lifetimeOf));
      const headers = { ...PUBLIC_HEADERS, "content-type": contentType, "cache-control": cacheControl(lifetime), vary: "accept" };
      return new Response(JSON.stringify(encodeJson(first, ...more)), { headers });
    };
    try {
      const types = asked.map(parseType);
      return answering(visit, platform, (context) => types.map((type) => answerQuestion({ name, type }, context)), respond);
    } catch (error) {
      if (error instanceof DnsTypeError) return badQuestion(`type: ${error.message}`);
      if (error instanceof DnsNameError) return badQuestion(`name: ${error.message}`);
      throw error;
    }
  };
}

/** A problem document whose `error` member is what Cloudflare's clients show. */
const badQuestion = (error: string): Response => problem(400, "bad-question", "This question cannot be asked", error, {}, { error });
