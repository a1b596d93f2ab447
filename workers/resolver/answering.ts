/** Answering DNS from memory: what wire and JSON DoH share. */
import type { Context } from "hono";
import { findEnclosing } from "../../schema/zone.ts";
import type { AnswerContext } from "../dns/answer.ts";
import { RCODE, type Rcode } from "../dns/reply.ts";
import type { EdgeEnv } from "../endpoint.ts";
import { problem } from "../problem.ts";
import { isolateOf } from "./isolate.ts";
import type { NetworkMemory } from "./memory.ts";
import { waitUntilOf, type Scene } from "./scene.ts";

/**
 * Runs `answer` over the zones in memory. Which zone was asked is known only afterwards: a warm one is then refreshed behind the
 * answer if that is due; for a cold one KV is awaited and the answer made again. Throws whatever `answer` throws.
 */
export async function answering<T>(c: Context<EdgeEnv>, scene: Scene, answer: (context: AnswerContext) => T): Promise<T> {
  const { byApex } = isolateOf(c.env);
  const now = scene.now();
  const asked: NetworkMemory[] = [];
  const context: AnswerContext = {
    transport: "doh",
    random: scene.random,
    zoneFor: (name) => {
      const memory = findEnclosing(byApex, name);
      if (memory === undefined) return undefined;
      asked.push(memory);
      return memory.zoneAt(now);
    },
    // Read only for clients that ask by NSID: the property costs a parse of everything Cloudflare says about the request.
    get location() {
      return typeof c.req.raw.cf?.colo === "string" ? c.req.raw.cf.colo : undefined;
    },
  };
  const first = answer(context);
  const memory = asked[0];
  if (memory === undefined) return first;
  if (!memory.isCold(now)) {
    memory.touch(now, waitUntilOf(c));
    return first;
  }
  await memory.refresh(now, waitUntilOf(c));
  return memory.isCold(now) ? first : answer(context);
}

const NAMES = new Map(Object.entries(RCODE).map(([name, code]) => [code as number, name]));

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

export const isOverlong = (c: Context<EdgeEnv>): boolean => c.req.url.length > MAX_URL_LENGTH;
export const uriTooLong = (): Response => problem(414, "uri-too-long", "The URL is too long", "Send long messages by POST");
export const notAcceptable = (): Response => problem(406, "not-acceptable", "The Accept header excludes every form of the answer");
