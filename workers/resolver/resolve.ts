/**
 * `/resolve?name=` and `/dns-query?name=`: DNS over HTTPS as JSON, for browsers and libraries that read Google's or Cloudflare's form,
 * and with `ct=application/dns-message` as a message. What cannot be asked is a problem document with status 400, whose type is
 * `bad-question` or `ambiguous-question`.
 */
import { answerQuestion } from "../dns/answer.ts";
import { encodeJson, type Replies } from "../dns/json.ts";
import { encodeReply } from "../dns/message.ts";
import { lifetimeOf, type Reply } from "../dns/reply.ts";
import type { Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { MAX_URL_LENGTH, notAcceptable, uriTooLong, visitOf, type Visit, type VisitContext } from "./answering.ts";
import { answerAgain, answerFirst, type Asking } from "./asking.ts";
import { JSON_TYPES, QuestionError, readQuestion, type JsonQuestion } from "./json-question.ts";
import { DNS_MESSAGE } from "./kept-init.ts";
import { negotiate } from "./negotiate.ts";
import { parametersOf } from "./parameters.ts";
import { jsonResponse, messageResponse, type Rendered } from "./rendered.ts";
import type { Platform } from "./handler.ts";

export function resolveHandler(platform: Platform): Handler {
  return (c) => answerParameters(visitOf(c), platform, c.req.url);
}

/** Answers the question that a URL's parameters ask. */
export function answerParameters(visit: Visit, platform: Platform, url: string): Response | Promise<Response> {
  if (url.length > MAX_URL_LENGTH) return uriTooLong();
  try {
    const now = platform.now();
    const kept = visit.isolate.json.find(url, now);
    const question = kept === undefined ? readQuestion(parametersOf(url)) : kept.question;
    const accept = visit.request.headers.get("accept") ?? undefined;
    const form = negotiate(accept, question.form === undefined ? JSON_TYPES : [question.form]);
    if (form === undefined) return notAcceptable();
    const asking = askingQuestion(visit, url, form);
    return kept === undefined ? answerFirst(visit, platform, asking, question) : answerAgain(visit, platform, asking, kept, now);
  } catch (error) {
    if (error instanceof QuestionError) return badQuestion(error.kind, error.message);
    throw error;
  }
}

/** How a URL's question is answered in the form that was agreed upon; JSON is the same octets whichever media type it goes by. */
const askingQuestion = (visit: Visit, url: string, form: string): Asking<JsonQuestion> => ({
  url,
  answers: visit.isolate.json,
  make: render,
  respond:
    form === DNS_MESSAGE ? (made) => messageResponse(visit.isolate, "doh-get", made) : (made) => jsonResponse(visit.isolate, form, made),
});

/** Answers each type. */
function render({ name, types, dnssecOk, checkingDisabled, form }: JsonQuestion, context: VisitContext): Rendered {
  const ask = (type: number): Reply => answerQuestion({ name, type, dnssecOk }, context);
  const [first, ...more] = types;
  const replies: Replies = [ask(first), ...more.map(ask)];
  return {
    octets: form === DNS_MESSAGE ? encodeReply(replies[0]) : encodeJson(replies, checkingDisabled),
    lifetime: Math.min(...replies.map(lifetimeOf)),
    rcodes: replies.map(({ rcode }) => rcode),
  };
}

/** A problem document whose `error` member is what Cloudflare's clients show. */
const badQuestion = (slug: string, error: string): Response => problem(400, slug, "This question cannot be asked", error, {}, { error });
