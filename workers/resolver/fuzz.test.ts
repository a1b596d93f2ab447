import { base64urlnopad } from "@scure/base";
import { describe, expect, it } from "vitest";
import { createTestEdge } from "./test-edge.ts";
import { query } from "./test-wire.ts";

const REQUESTS = 2_000;
const ALLOWED = new Set([200, 400, 404, 405, 406, 413, 414, 415]);

type Below = (limit: number) => number;

/** A small generator of repeatable chance (mulberry32): a failure names its seed. */
function chance(seed: number): Below {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const junk = (below: Below): string =>
  String.fromCharCode(...Array.from({ length: below(below(8) === 0 ? 20_000 : 40) }, () => 33 + below(94)));
const one = <T>(below: Below, list: readonly T[]): T => list[below(list.length)]!;

describe("malformed requests", async () => {
  const edge = await createTestEdge("fuzz");
  await edge.publish();
  const sound = query("fuzz.seed.example.org", "A", { edns: [{ code: 8, data: [0, 1, 24, 0, 192, 0, 2] }] });

  const mutated = (below: Below): Uint8Array<ArrayBuffer> => {
    const message = [...sound];
    for (let change = below(6); change > 0; change--) {
      const at = below(message.length + 1);
      const kind = below(4);
      if (kind === 0) message[at] = below(256);
      else if (kind === 1) message.splice(at, 1 + below(8));
      else if (kind === 2) message.splice(at, 0, ...Array.from({ length: below(20) }, () => below(256)));
      else message.length = Math.min(message.length, at);
    }
    return Uint8Array.from(message, (octet) => octet ?? 0);
  };
  function request(below: Below): [string, RequestInit] {
    const encoded = base64urlnopad.encode(mutated(below));
    const where = one(below, [
      `/dns-query?dns=${encoded}`,
      `/dns-query?dns=${encodeURIComponent(junk(below))}`,
      `/dns-query?${junk(below).replaceAll("#", "")}`,
      `/dns-query?dns=${encoded}&dns=${encoded}`,
      `/dns-query?name=${encodeURIComponent(junk(below))}&type=${encodeURIComponent(junk(below))}`,
      `/resolve?name=fuzz.seed.example.org&type=${below(70_000)}`,
      `/resolve?name=%${junk(below).replaceAll("#", "")}&type=%ff`,
      `/${encodeURIComponent(junk(below))}`,
    ]);
    const method = one(below, ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS"]);
    const headers = {
      accept: one(below, ["*/*", "application/dns-message", "application/json", "text/html", ";;,q=2,", "*/*;q=0", "application/*;q=0.5"]),
      "content-type": one(below, ["application/dns-message", "application/dns-message", "text/plain", "", ";", "a/b/c"]),
    };
    if (method !== "POST" && method !== "PUT") return [where, { method, headers }];
    const body = below(4) === 0 ? new Uint8Array(60_000 + below(10_000)) : mutated(below);
    return [where, { method, headers, body }];
  }

  it(`get an error that says so, never a crash: ${REQUESTS} of them`, async () => {
    const seen = new Map<number, number>();
    for (let seed = 1; seed <= REQUESTS; seed++) {
      const [where, init] = request(chance(seed));
      const response = await edge.fetch(where, init);
      const body = await response.arrayBuffer();
      const expected = init.method === "OPTIONS" ? new Set([204, 404, 414]) : ALLOWED;
      expect(expected, `seed ${seed}: ${init.method} ${where.slice(0, 200)}`).toContain(response.status);
      if (init.method !== "HEAD" && init.method !== "OPTIONS") expect(body.byteLength).toBeGreaterThan(0);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
    }
    // Each kind of answer must come up, or the requests were not as varied as they should be.
    for (const status of ALLOWED) expect(seen.get(status), `${status}`).toBeGreaterThan(0);
  });
});
