/** Status and headers of an answer in wire form. They depend on its length and lifetime alone, so they are made once for each. */
import { cacheControl } from "./answering.ts";

export const DNS_MESSAGE = "application/dns-message";

/** The most sets of headers kept. An isolate's zones give a few dozen; strange names must not add to them without end. */
export const MAX_KEPT_INITS = 512;

const kept = new Map<number, Map<number, ResponseInit>>();
let count = 0;

/** What `Response` needs beside a body of so many octets, which may be kept for so many seconds; 0 is "not at all". */
export function messageInit(length: number, lifetime: number): ResponseInit {
  let byLength = kept.get(lifetime);
  if (byLength === undefined) kept.set(lifetime, (byLength = new Map()));
  let init = byLength.get(length);
  if (init === undefined) {
    if (++count > MAX_KEPT_INITS) {
      kept.clear();
      count = 1;
      kept.set(lifetime, (byLength = new Map()));
    }
    byLength.set(length, (init = { headers: new Headers(headersOf(length, lifetime)) }));
  }
  return init;
}

const headersOf = (length: number, lifetime: number): Record<string, string> => ({
  "access-control-allow-origin": "*",
  "x-content-type-options": "nosniff",
  "content-type": DNS_MESSAGE,
  "content-length": String(length),
  "cache-control": cacheControl(lifetime),
});
