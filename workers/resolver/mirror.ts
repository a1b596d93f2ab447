/** `/v1/networks/{network}/snapshot` and `.sig`: the exact signed bytes, for mirrors, name servers and anyone who wants to check. */
import { sealHeaders } from "../../schema/seal.ts";
import { json, type Handler } from "../endpoint.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import type { Held } from "./memory.ts";
import { ofNetwork, servable, warning, type Platform } from "./handler.ts";

/** Mirrors ask again each time, and mostly get a 304. */
const REVALIDATE = "public, no-cache";

export const snapshotHandler = (platform: Platform): Handler =>
  ofNetwork(platform, async (c, memory, now) => {
    const held = servable(memory, now);
    if (held instanceof Response) return held;
    const headers = { ...PUBLIC_HEADERS, ...tagged(held), ...warning(held, now), "cache-control": REVALIDATE };
    if (matches(c.req.header("if-none-match"), held.seal.digest)) return new Response(null, { status: 304, headers });
    const length = String(held.bytes.byteLength);
    return new Response(held.bytes, { headers: { ...headers, "content-type": "application/json", "content-length": length } });
  });

export const sealHandler = (platform: Platform): Handler =>
  ofNetwork(platform, async (_, memory, now) => {
    const held = servable(memory, now);
    return held instanceof Response ? held : json(held.seal, REVALIDATE, { ...tagged(held), ...warning(held, now) });
  });

/** The exact bytes are what the tag stands for, so the digest is the tag. */
const tagged = ({ seal }: Held): Record<string, string> => ({ etag: `"${seal.digest}"`, ...sealHeaders(seal) });

/** RFC 9110 §13.1.2, weak comparison: an edge that compresses weakens the tag on the way. */
function matches(ifNoneMatch: string | undefined, digest: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((tag) => {
    const bare = tag.trim().replace(/^W\//, "");
    return bare === "*" || bare === `"${digest}"`;
  });
}
