/**
 * `/resolve?name=` and `/dns-query?name=`: DNS over HTTPS as JSON, for browsers and libraries that read Google's or Cloudflare's form,
 * and with `ct=application/dns-message` as a message. What cannot be asked is a problem document with status 400, whose type is
 * `bad-question` or `ambiguous-question`.
 */
import { answerQuestion } from "../dns/answer.ts";
import { formatJson, type Replies } from "../dns/json.ts";
import { encodeReply } from "../dns/message.ts";
import { lifetimeOf } from "../dns/reply.ts";
import type { Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { answering, countAnswer, MAX_URL_LENGTH, notAcceptable, uriTooLong, visitOf, type Visit } from "./answering.ts";
import { JSON_TYPES, QuestionError, readQuestion, type JsonQuestion } from "./json-question.ts";
import { DNS_MESSAGE, jsonInit, messageInit } from "./kept-init.ts";
import { negotiate } from "./negotiate.ts";
import { parametersOf } from "./parameters.ts";
import type { Platform } from "./handler.ts";

export function resolveHandler(platform: Platform): Handler {
  return (c) => answerParameters(visitOf(c), platform, c.req.url);
}

/** Answers the question that a URL's parameters ask. */
export function answerParameters(visit: Visit, platform: Platform, url: string): Response | Promise<Response> {
  if (url.length > MAX_URL_LENGTH) return uriTooLong();
  try {
    const question = questionOf(visit, url);
    const accept = visit.request.headers.get("accept") ?? undefined;
    const form = negotiate(accept, question.form === undefined ? JSON_TYPES : [question.form]);
    if (form === undefined) return notAcceptable();
    return answerQuestions(visit, platform, question, form);
  } catch (error) {
    if (error instanceof QuestionError) return badQuestion(error.kind, error.message);
    throw error;
  }
}

/** The question, which is read once for each URL. Throws `QuestionError`. */
function questionOf({ isolate: { questions } }: Visit, url: string): JsonQuestion {
  const kept = questions.get(url);
  if (kept !== undefined) return kept;
  const question = readQuestion(parametersOf(url));
  questions.put(url, question, question.name.length);
  return question;
}

/** Answers each type. */
function answerQuestions(visit: Visit, platform: Platform, question: JsonQuestion, form: string): Response | Promise<Response> {
  const { name, types, dnssecOk, checkingDisabled } = question;
  const [first, ...more] = types;
  return answering(
    visit,
    platform,
    (context): Replies => {
      const ask = (type: number): Replies[0] => answerQuestion({ name, type, dnssecOk }, context);
      return [ask(first), ...more.map(ask)];
    },
    (replies) => (form === DNS_MESSAGE ? asMessage(visit, replies) : asJson(visit, replies, form, checkingDisabled)),
  );
}

function asJson({ isolate }: Visit, replies: Replies, contentType: string, checkingDisabled: boolean): Response {
  for (const { rcode } of replies) countAnswer(isolate, "json", rcode);
  const lifetime = Math.min(...replies.map(lifetimeOf));
  return new Response(formatJson(replies, checkingDisabled), jsonInit(contentType, lifetime));
}

function asMessage({ isolate }: Visit, [reply]: Replies): Response {
  countAnswer(isolate, "doh-get", reply.rcode);
  const octets = encodeReply(reply);
  return new Response(octets, messageInit(lifetimeOf(reply)));
}

/** A problem document whose `error` member is what Cloudflare's clients show. */
const badQuestion = (slug: string, error: string): Response => problem(400, slug, "This question cannot be asked", error, {}, { error });
