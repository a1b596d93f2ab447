/** Answering DNS from memory: what wire and JSON DoH share. */
import type { Context } from "hono";
import { findEnclosing } from "../../schema/zone.ts";
import type { AnswerContext } from "../dns/answer.ts";
import { RCODE, type Rcode } from "../dns/reply.ts";
import type { EdgeEnv } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { isolateOf } from "./isolate.ts";
import type { NetworkMemory } from "./memory.ts";
import type { WaitUntil } from "./refreshed.ts";
import { waitUntilOf, type Scene } from "./scene.ts";

/**
 * Runs `answer` over the zones in memory and makes a response of what it gives. Which zone was asked is known only afterwards: a
 * warm one is then refreshed behind the answer if that is due; for a cold one KV is awaited and the answer made again. Warm answers
 * take no turn of the event loop: two awaits cost as much as drawing the sample. Throws whatever `answer` throws.
 */
export function answering<T>(
  c: Context<EdgeEnv>,
  scene: Scene,
  answer: (context: AnswerContext) => T,
  respond: (answer: T) => Response,
): Response | Promise<Response> {
  const { byApex } = isolateOf(c.env);
  const now = scene.now();
  let memory: NetworkMemory | undefined;
  const context: AnswerContext = {
    transport: "doh",
    random: scene.random,
    zoneFor: (name) => {
      memory = findEnclosing(byApex, name);
      return memory?.zoneAt(now);
    },
    // Read only for clients that ask by NSID: the property costs a parse of everything Cloudflare says about the request.
    get location() {
      return typeof c.req.raw.cf?.colo === "string" ? c.req.raw.cf.colo : undefined;
    },
  };
  const first = answer(context);
  return settle(
    memory,
    now,
    waitUntilOf(c),
    () => respond(first),
    () => respond(answer(context)),
  );
}

function settle(
  memory: NetworkMemory | undefined,
  now: number,
  waitUntil: WaitUntil,
  keep: () => Response,
  again: () => Response,
): Response | Promise<Response> {
  if (memory === undefined) return keep();
  if (memory.isCold(now)) return memory.refresh(now, waitUntil).then(() => (memory.isCold(now) ? keep() : again()));
  memory.touch(now, waitUntil);
  return keep();
}

const NAMES = new Map<number, string>(Object.entries(RCODE).map(([name, code]) => [code, name]));

/** Counts an answer for the metrics: transport and response code, nothing about who asked what. */
export function countAnswer(c: Context<EdgeEnv>, transport: "doh-get" | "doh-post" | "json", rcode: Rcode): void {
  const { answers } = isolateOf(c.env);
  const key = `${transport} ${NAMES.get(rcode) ?? rcode}`;
  answers.set(key, (answers.get(key) ?? 0) + 1);
}

/** RFC 8484 §5.1: as long as the records may be kept; what nobody should keep is not stored at all. */
export const cacheControl = (lifetime: number): string => (lifetime > 0 ? `public, max-age=${lifetime}` : "no-store");

/** The longest URL answered, in characters: Cloudflare's own limit, so that an edge on a laptop and a deployed one agree. */
export const MAX_URL_LENGTH = 16_384;

export const uriTooLong = (): Response => problem(414, "uri-too-long", "The URL is too long", "Send long messages by POST");
export const notAcceptable = (): Response => problem(406, "not-acceptable", "The Accept header excludes every form of the answer");
