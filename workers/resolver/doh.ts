/** `/dns-query`: DNS over HTTPS (RFC 8484), the HTTP half. What the message says is workers/dns's business. */
import { getQueryParam, getQueryParams } from "hono/utils/url";
import { answerTo } from "../dns/answer.ts";
import { DnsFormatError, MAX_MESSAGE_OCTETS, readQuery, type Query } from "../dns/query.ts";
import type { Handler } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { answering, MAX_URL_LENGTH, notAcceptable, uriTooLong, visitOf, type Visit, type VisitContext } from "./answering.ts";
import { answerFirst, type Asking } from "./asking.ts";
import { decodeBase64url } from "./base64url.ts";
import { DNS_MESSAGE } from "./kept-init.ts";
import { isMediaType, negotiate } from "./negotiate.ts";
import { messageResponse, type Rendered } from "./rendered.ts";
import { resolveHandler } from "./resolve.ts";
import type { Platform } from "./handler.ts";

/** GET: by `name` a JSON question, else by `dns` a message. The query decides first; `Accept` can only exclude. */
export function dohGetHandler(platform: Platform): Handler {
  const json = resolveHandler(platform);
  return (c) => {
    const { url } = c.req; // the platform makes a new string of it each time
    if (url.length > MAX_URL_LENGTH) return uriTooLong();
    if (getQueryParam(url, "name") !== undefined) return json(c);
    const values = getQueryParams(url, "dns");
    if (!Array.isArray(values)) return badRequest("expected ?dns= with a message, or ?name= with a question");
    if (values.length > 1) return badRequest("expected one ?dns=");
    if (!wantsMessage(c.req.raw)) return notAcceptable();
    const message = decodeBase64url(values[0]!);
    return message === undefined
      ? badRequest("?dns= is not base64url without padding")
      : answerMessage(visitOf(c), platform, message, "doh-get");
  };
}

/** POST: the body is the message. */
export function dohPostHandler(platform: Platform): Handler {
  return async (c) => {
    if (c.req.url.length > MAX_URL_LENGTH) return uriTooLong();
    if (!isMediaType(c.req.header("content-type"), DNS_MESSAGE)) {
      return problem(415, "unsupported-media-type", "The body is not a DNS message", `Expected content-type ${DNS_MESSAGE}`);
    }
    if (!wantsMessage(c.req.raw)) return notAcceptable();
    const message = await readMessage(c.req.raw);
    if (message === "too-large") return problem(413, "message-too-large", "A DNS message has at most 65535 octets");
    if (message === "broken") return badRequest("the body ended early, or its chunks are none");
    return answerMessage(visitOf(c), platform, message, "doh-post");
  };
}

/** Answers a message, whichever way it came. */
export function answerMessage(
  visit: Visit,
  platform: Platform,
  message: Uint8Array,
  transport: "doh-get" | "doh-post",
): Response | Promise<Response> {
  return queried(() =>
    answering(
      visit,
      platform,
      (context) => renderMessage(readQuery(message), context),
      (made) => messageResponse(visit.isolate, transport, made),
    ),
  );
}

/** How a message is answered that a URL holds. */
export const askingMessage = (visit: Visit, url: string): Asking<Query> => ({
  url,
  answers: visit.isolate.messages,
  make: renderMessage,
  respond: (made) => messageResponse(visit.isolate, "doh-get", made),
});

/** Answers the message that a URL holds, and remembers it. */
export const answerUrl = (visit: Visit, platform: Platform, asking: Asking<Query>, message: Uint8Array): Response | Promise<Response> =>
  queried(() => answerFirst(visit, platform, asking, readQuery(message)));

/** What `answer` gives; 400 where it finds that there was no query. */
function queried(answer: () => Response | Promise<Response>): Response | Promise<Response> {
  try {
    return answer();
  } catch (error) {
    if (error instanceof DnsFormatError) return badRequest(error.message);
    throw error;
  }
}

function renderMessage(query: Query, context: VisitContext): Rendered {
  const { message, lifetime, rcode } = answerTo(query, context);
  return { octets: message, lifetime, rcodes: [rcode] };
}

/** The body. No more of it is ever read than the longest DNS message has. */
async function readMessage(request: Request): Promise<Uint8Array | "too-large" | "broken"> {
  try {
    return await readBody(request);
  } catch {
    return "broken"; // the platform's word for a client that hung up, or framed its body wrongly: no failure of ours
  }
}

async function readBody(request: Request): Promise<Uint8Array | "too-large"> {
  const announced = request.headers.get("content-length");
  if (announced !== null) return Number(announced) > MAX_MESSAGE_OCTETS ? "too-large" : new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array(0);
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  let message: Uint8Array | undefined;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return message ?? new Uint8Array(0);
    if ((message?.length ?? 0) + value.length > MAX_MESSAGE_OCTETS) {
      await reader.cancel();
      return "too-large";
    }
    message = message === undefined ? value : joined(message, value);
  }
}

/** Bodies nearly always come in one piece. */
function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** Whether `Accept` lets the answer be a message. Most clients name exactly that, or nothing. */
export function wantsMessage({ headers }: Request): boolean {
  const accept = headers.get("accept");
  return accept === null || accept === DNS_MESSAGE || negotiate(accept, [DNS_MESSAGE]) !== undefined;
}

const badRequest = (detail: string): Response => problem(400, "bad-query", "This is not a DNS query", detail);
