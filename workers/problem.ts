/** Errors of the JSON API: RFC 9457 problem documents with a stable, relative `type`. */
import type { Problem } from "../schema/api.ts";
import { PUBLIC_HEADERS } from "./public-headers.ts";

/**
 * A problem response. `slug` ends the stable `type`; `detail` is for people and must name no secret and no client. Never cacheable:
 * a passing mistake must not outlive itself in a cache. `extensions` are members of this type of problem (RFC 9457 §3.2).
 */
export function problem(
  status: number,
  slug: string,
  title: string,
  detail?: string,
  headers: Record<string, string> = {},
  extensions: object = {},
): Response {
  const body: Problem = { type: `/problems/${slug}`, title, status, ...(detail === undefined ? {} : { detail }), ...extensions };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...PUBLIC_HEADERS, "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}

/** The answer where something broke that nobody foresaw, or the deployment's variables are wrong. What it was is for the log alone. */
export function internalError(error: unknown): Response {
  console.error({ message: "request failed", error: error instanceof Error ? (error.stack ?? String(error)) : String(error) });
  return problem(500, "internal-error", "The edge failed; its log says why");
}

/** The answer for a path that is none of ours. */
export const notFound = (): Response => problem(404, "not-found", "There is nothing here");
