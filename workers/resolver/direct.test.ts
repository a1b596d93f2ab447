import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { base64urlnopad } from "@scure/base";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url } from "./base64url.ts";
import { DNS_MESSAGE, jsonInit, messageInit } from "./kept-init.ts";
import { createResolver } from "./routes.ts";
import { createTestEdge, START } from "./test-edge.ts";
import { query } from "./test-wire.ts";

const ORIGIN = "https://edge.example.org";
const APEX = "direct.seed.example.org";
const path = (message: Uint8Array): string => `/dns-query?dns=${base64urlnopad.encode(message)}`;

async function whole(response: Response) {
  return { status: response.status, headers: [...response.headers], body: new Uint8Array(await response.arrayBuffer()) };
}

describe("the short way", async () => {
  const edge = await createTestEdge("direct");
  await edge.publish();
  const { direct, app } = createResolver({ now: () => START, random: () => 0 });
  const both = async (where: string, init?: RequestInit) => {
    const context = createExecutionContext();
    const short = await direct(new Request(`${ORIGIN}${where}`, init), edge.env, context);
    const long = await app.fetch(new Request(`${ORIGIN}${where}`, init), edge.env, context);
    await waitOnExecutionContext(context);
    return { short: short && (await whole(short)), long: await whole(long) };
  };

  it.each([
    ["a sample", path(query(APEX, "A"))],
    ["a sample with EDNS", path(query(APEX, "AAAA", { edns: [] }))],
    ["NXDOMAIN", path(query(`nothing.${APEX}`, "A"))],
    ["REFUSED", path(query("example.net", "A"))],
    ["a message that is none", path(new Uint8Array(5))],
    ["an empty message", "/dns-query?dns="],
    ["a JSON question", `/resolve?name=${APEX}&type=SOA`],
    ["a JSON question beside messages", `/dns-query?name=${APEX}&type=65280`],
    ["an escaped JSON question", "/resolve?name=%41.example.org&type=aaaa"],
    ["a JSON question about nothing", "/resolve?type=A"],
    ["a JSON question that contradicts itself", `/dns-query?name=${APEX}&dns=AAAA`],
  ])("answers %s as the long way does", async (_, where) => {
    const { short, long } = await both(where);
    expect(short).toEqual(long);
  });

  it.each([
    ["another method", path(query(APEX, "A")), { method: "HEAD" }],
    ["another path", "/v1/networks?dns=", {}],
    ["JSON by another method", "/resolve?name=direct.seed.example.org", { method: "HEAD" }],
    ["a longer path", path(query(APEX, "A")).replace("?", "/?"), {}],
    ["another parameter", `/dns-query?x=1&dns=${base64urlnopad.encode(query(APEX, "A"))}`, {}],
    ["a second parameter", `${path(query(APEX, "A"))}&x=1`, {}],
    ["an escape", `${path(query(APEX, "A"))}%41`, {}],
    ["padding", "/dns-query?dns=AAAB=", {}],
    ["an excluded media type", path(query(APEX, "A")), { headers: { accept: "text/html" } }],
    ["an over-long URL", `/dns-query?dns=${"A".repeat(17_000)}`, {}],
  ])("leaves %s to the long way", async (_, where, init) => {
    expect((await both(where, init)).short).toBeUndefined();
  });
});

describe("decodeBase64url", () => {
  it("is the inverse of encoding, from any place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 9 }), (octets, before) => {
        expect(decodeBase64url(before + base64urlnopad.encode(octets), before.length)).toEqual(octets);
      }),
    );
  });

  it.each(["A", "AAAAA", "AA=", "A+AA", "AA/A", "AA A", "ÄÖÜß", "AA\u{1F600}"])("refuses %j", (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });
});

describe("headers of answers", () => {
  it("are made once for each kind and lifetime", () => {
    expect(messageInit(60)).toBe(messageInit(60));
    expect(jsonInit("application/json", 60)).toBe(jsonInit("application/json", 60));
    for (const [lifetime, cache] of [
      [0, "no-store"],
      [30, "public, max-age=30"],
    ] as const) {
      for (const [init, type] of [
        [messageInit(lifetime), DNS_MESSAGE],
        [jsonInit("application/dns-json", lifetime), "application/dns-json"],
      ] as const) {
        const headers = new Headers(init.headers);
        expect([headers.get("content-type"), headers.get("cache-control")]).toEqual([type, cache]);
        expect([headers.get("access-control-allow-origin"), headers.get("vary")]).toEqual(["*", type === DNS_MESSAGE ? null : "accept"]);
      }
    }
  });
});
