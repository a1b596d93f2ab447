/** `/v1/networks/{network}/snapshot`, `/bank` and their `.sig`: the exact signed bytes, for mirrors, name servers and anyone who wants to check. */
import { sealHeaders } from "../../schema/seal.ts";
import { json, type Handler } from "../endpoint.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import { problem } from "../problem.ts";
import type { Held, HeldBank, NetworkMemory } from "./memory.ts";
import { ofNetwork, servable, warning, type Platform } from "./handler.ts";

/** Mirrors ask again each time, and mostly get a 304. */
const REVALIDATE = "public, no-cache";

/** What can be mirrored: the snapshot, and the bank of a signed zone. */
type Document = Pick<HeldBank, "bytes" | "seal">;
type Choose = (held: Held) => Document | undefined;

export const snapshotOf: Choose = (held) => held;
export const bankOf: Choose = ({ bank }) => bank;

/** The document's exact bytes. */
export const documentHandler = (platform: Platform, choose: Choose): Handler =>
  ofNetwork(platform, async (c, memory, now) => {
    const found = find(memory, now, choose);
    if (found instanceof Response) return found;
    const { bytes, seal, headers } = found;
    if (matches(c.req.header("if-none-match"), seal.digest)) {
      return new Response(null, { status: 304, headers: { ...PUBLIC_HEADERS, ...headers, "cache-control": REVALIDATE } });
    }
    const body = { "content-type": "application/json", "content-length": String(bytes.byteLength) };
    return new Response(bytes, { headers: { ...PUBLIC_HEADERS, ...headers, "cache-control": REVALIDATE, ...body } });
  });

/** Its seal, as JSON. */
export const sealHandler = (platform: Platform, choose: Choose): Handler =>
  ofNetwork(platform, async (_, memory, now) => {
    const found = find(memory, now, choose);
    return found instanceof Response ? found : json(found.seal, REVALIDATE, found.headers);
  });

function find(memory: NetworkMemory, now: number, choose: Choose): (Document & { readonly headers: Record<string, string> }) | Response {
  const held = servable(memory, now);
  if (held instanceof Response) return held;
  const document = choose(held);
  if (document === undefined) return problem(404, "no-bank", "This network's zone is not signed by DNSSEC");
  const { bytes, seal } = document;
  return { bytes, seal, headers: { ...tagged(document), ...warning(held, now) } };
}

/** The exact bytes are what the tag stands for, so the digest is the tag. */
const tagged = ({ seal }: Document): Record<string, string> => ({ etag: `"${seal.digest}"`, ...sealHeaders(seal) });

/** RFC 9110 §13.1.2, weak comparison: an edge that compresses weakens the tag on the way. */
function matches(ifNoneMatch: string | undefined, digest: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((tag) => {
    const bare = tag.trim().replace(/^W\//, "");
    return bare === "*" || bare === `"${digest}"`;
  });
}
