/**
 * The short way of plain queries by GET, in wire form and as JSON, past the router: taking a request apart costs more than answering it. It
 * decides about nothing: whatever is not exactly such a query goes the long way, and both end in the same functions.
 */
import type { ResolverBindings } from "../endpoint.ts";
import { MAX_URL_LENGTH, type Visit } from "./answering.ts";
import { answerAgain } from "./asking.ts";
import { decodeBase64url } from "./base64url.ts";
import { answerUrl, askingMessage, wantsMessage } from "./doh.ts";
import { isolateOf } from "./isolate.ts";
import { answerParameters } from "./resolve.ts";
import type { Platform } from "./handler.ts";

/** Answers a request, or undefined: then it is for the router. */
export type Direct = (request: Request, env: ResolverBindings, context: ExecutionContext) => Response | Promise<Response> | undefined;

const TARGET = "/dns-query?dns=";
const JSON_TARGETS = ["/resolve?", "/dns-query?name="] as const;
/** No URL's path begins before this: "http://" and a host. */
const LEAST_ORIGIN = 8;

export function directAnswer(platform: Platform): Direct {
  return (request, env, background) => {
    if (request.method !== "GET") return undefined;
    const { url } = request; // the platform makes a new string of it each time
    if (url.length > MAX_URL_LENGTH) return undefined;
    const path = url.indexOf("/", LEAST_ORIGIN);
    const visit = (): Visit => ({ request, isolate: isolateOf(env), background });
    if (url.startsWith(TARGET, path)) return wireAnswer(visit(), platform, url, path + TARGET.length);
    return JSON_TARGETS.some((target) => url.startsWith(target, path)) ? answerParameters(visit(), platform, url) : undefined;
  };
}

function wireAnswer(visit: Visit, platform: Platform, url: string, from: number): Response | Promise<Response> | undefined {
  if (!wantsMessage(visit.request)) return undefined;
  const now = platform.now();
  const asking = askingMessage(visit, url);
  const kept = asking.answers.find(url, now);
  if (kept !== undefined) return answerAgain(visit, platform, asking, kept, now);
  const message = decodeBase64url(url, from); // a second parameter, an escape or a fragment is outside the alphabet
  return message && answerUrl(visit, platform, asking, message);
}
