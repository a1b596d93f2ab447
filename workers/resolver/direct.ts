/**
 * The short way of plain queries by GET, in wire form and as JSON, past the router: taking a request apart costs more than answering it. It
 * decides about nothing: whatever is not exactly such a query goes the long way, and both end in the same functions.
 */
import type { ResolverBindings } from "../endpoint.ts";
import { MAX_URL_LENGTH, type Visit } from "./answering.ts";
import { decodeBase64url } from "./base64url.ts";
import { answerMessage, wantsMessage } from "./doh.ts";
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
  return (request, env, context) => {
    if (request.method !== "GET") return undefined;
    const { url } = request; // the platform makes a new string of it each time
    const path = url.indexOf("/", LEAST_ORIGIN);
    if (url.length > MAX_URL_LENGTH) return undefined;
    const visit = (): Visit => ({ request, isolate: isolateOf(env), waitUntil: (work) => context.waitUntil(work) });
    if (JSON_TARGETS.some((target) => url.startsWith(target, path))) return answerParameters(visit(), platform, url);
    if (!url.startsWith(TARGET, path)) return undefined;
    // A second parameter, an escape or a fragment is outside the alphabet.
    const message = decodeBase64url(url, path + TARGET.length);
    if (message === undefined || !wantsMessage(request)) return undefined;
    return answerMessage(visit(), platform, message, "doh-get");
  };
}
