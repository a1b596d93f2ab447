/** The headers of every public answer, good or bad, but those of DNS (resolver/kept-init.ts): readable from anywhere, never sniffed. */

/** Response headers that a script of any origin may read, beside the safelisted ones (Fetch, CORS-exposed headers). */
const EXPOSED = "etag, retry-after, warning, seedcast-seq, seedcast-digest, seedcast-key-id, seedcast-signature";

/** The origin is constant, so it needs no `Vary`. */
export const PUBLIC_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": EXPOSED,
  "x-content-type-options": "nosniff",
} as const;
