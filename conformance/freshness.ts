/** For how long HTTP lets caches keep and reuse a response (RFC 9111 §4.2, RFC 5861). */
import type { HttpResponse } from "./transport.ts";

export interface Freshness {
  /** Seconds that any cache may take it for fresh; 0 where it must not be reused; undefined where nothing is said, so that caches guess. */
  readonly lifetime: number | undefined;
  /** Seconds beyond that in which it may still be served: `stale-while-revalidate` or `stale-if-error`. */
  readonly stale: number;
  /** Only for whoever asked. */
  readonly isPrivate: boolean;
}

export function freshnessOf({ headers }: Pick<HttpResponse, "headers">): Freshness {
  const directives = directivesOf(headers.get("cache-control") ?? "");
  const seconds = (name: string): number | undefined => {
    const text = directives.get(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const ages = [seconds("max-age"), seconds("s-maxage")].filter((age) => age !== undefined);
  const lifetime =
    directives.has("no-store") || directives.has("no-cache") ? 0 : ages.length > 0 ? Math.max(...ages) : untilExpiry(headers);
  return {
    lifetime,
    stale: Math.max(seconds("stale-while-revalidate") ?? 0, seconds("stale-if-error") ?? 0),
    isPrivate: directives.has("private"),
  };
}

function directivesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .toLowerCase()
      .split(",")
      .map((part): [string, string] => {
        const [name = "", value = ""] = part.trim().split("=", 2);
        return [name.trim(), value.trim().replaceAll('"', "")];
      }),
  );
}

/** By `Expires` and `Date`; a date that is none has passed (RFC 9111 §5.3). */
function untilExpiry(headers: HttpResponse["headers"]): number | undefined {
  const expires = headers.get("expires");
  if (expires === undefined) return undefined;
  const seconds = (Date.parse(expires) - Date.parse(headers.get("date") ?? "")) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}
