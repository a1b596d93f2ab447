/**
 * Status and headers of DNS answers, made once for each kind and lifetime: making headers costs more than drawing a sample. The platform
 * adds the exact length. Lifetimes are the zones' few TTLs, so that what is kept stays small.
 */
import { cacheControl } from "./answering.ts";

export const DNS_MESSAGE = "application/dns-message";

const kept = new Map<string, Map<number, ResponseInit>>();

/** What `Response` needs beside a DNS message that may be kept for `lifetime` seconds; 0 is "not at all". */
export const messageInit = (lifetime: number): ResponseInit => initOf(DNS_MESSAGE, lifetime);

/** The same beside JSON of this media type. Which it is depends on what the client accepts. */
export const jsonInit = (contentType: string, lifetime: number): ResponseInit => initOf(contentType, lifetime);

function initOf(contentType: string, lifetime: number): ResponseInit {
  let byLifetime = kept.get(contentType);
  if (byLifetime === undefined) kept.set(contentType, (byLifetime = new Map()));
  let init = byLifetime.get(lifetime);
  if (init === undefined) {
    // Each header costs: nobody sniffs a message or JSON (MIME Sniffing §7), and no header of ours is to be exposed.
    const common = { "access-control-allow-origin": "*", "content-type": contentType, "cache-control": cacheControl(lifetime) };
    const json = { ...common, vary: "accept" };
    byLifetime.set(lifetime, (init = { headers: new Headers(contentType === DNS_MESSAGE ? common : json) }));
  }
  return init;
}
