/** Answering DNS from memory: what wire and JSON DoH share. */
import type { Context } from "hono";
import { findEnclosing } from "../../schema/zone.ts";
import type { AnswerContext } from "../dns/answer.ts";
import type { ServedZone } from "../dns/zone.ts";
import type { ResolverEnv } from "../endpoint.ts";
import { problem } from "../problem.ts";
import type { RandomInt } from "../sampling/random.ts";
import { isolateOf, type Isolate } from "./isolate.ts";
import type { NetworkMemory } from "./memory.ts";
import type { Background } from "./refreshed.ts";
import type { Platform } from "./handler.ts";

/** A request for DNS as answering needs it: the same from Hono and from the platform itself. */
export interface Visit {
  readonly request: Request;
  readonly isolate: Isolate;
  readonly background: Background;
}

export const visitOf = (c: Context<ResolverEnv>): Visit => ({ request: c.req.raw, isolate: isolateOf(c.env), background: c.executionCtx });

/** What one visit may be answered from. It remembers which network was asked. */
export class VisitContext implements AnswerContext {
  readonly transport = "doh";
  readonly now: number;
  readonly random: RandomInt;
  /** How many dice were thrown, and the last of them. */
  readonly thrown = { times: 0, faces: 1, face: 0 };
  readonly #visit: Visit;
  /** Which network was asked. */
  memory: NetworkMemory | undefined;
  /** Whether the answer is about this very request, so that no other may have it. */
  personal = false;

  constructor(visit: Visit, random: RandomInt, now: number) {
    this.now = now;
    const { thrown } = this;
    this.random = (below) => {
      thrown.times++;
      thrown.faces = below;
      return (thrown.face = random(below));
    };
    this.#visit = visit;
  }

  zoneFor(name: string): ServedZone | undefined {
    this.memory = findEnclosing(this.#visit.isolate.byApex, name);
    return this.memory?.zoneAt(this.now);
  }

  /** Read only for clients that ask by NSID: the property costs a parse of everything Cloudflare says about the request. */
  get location(): string | undefined {
    this.personal = true;
    const colo = this.#visit.request.cf?.colo;
    return typeof colo === "string" ? colo : undefined;
  }
}

/**
 * Runs `answer` over the zones in memory and makes a response of what it gives. Which zone was asked is known only afterwards: a
 * warm one is then refreshed behind the answer if that is due; for a cold one KV is awaited and the answer made again. Warm answers
 * take no turn of the event loop: two awaits cost as much as drawing the sample. Throws whatever `answer` throws.
 */
export function answering<T>(
  visit: Visit,
  platform: Platform,
  answer: (context: VisitContext) => T,
  respond: (answer: T) => Response,
): Response | Promise<Response> {
  const now = platform.now();
  const context = new VisitContext(visit, platform.random, now);
  const first = answer(context);
  const { memory } = context;
  if (memory === undefined) return respond(first);
  if (memory.isCold(now)) {
    return memory.refresh(now, visit.background).then(() => respond(memory.isCold(now) ? first : answer(context)));
  }
  memory.touch(now, visit.background);
  return respond(first);
}

/** RFC 8484 §5.1: as long as the records may be kept; what nobody should keep is not stored at all. */
export const cacheControl = (lifetime: number): string => (lifetime > 0 ? `public, max-age=${lifetime}` : "no-store");

/** The longest URL answered, in characters: Cloudflare's own limit, so that an edge on a laptop and a deployed one agree. */
export const MAX_URL_LENGTH = 16_384;

export const uriTooLong = (): Response => problem(414, "uri-too-long", "The URL is too long", "Send long messages by POST");
export const notAcceptable = (): Response => problem(406, "not-acceptable", "The Accept header excludes every form of the answer");
