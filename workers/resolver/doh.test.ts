import { base64urlnopad } from "@scure/base";
import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../schema/ip.ts";
import { createTestEdge, START } from "./test-edge.ts";
import { query, readReply, TYPES } from "./test-wire.ts";

const APEX = "doh.seed.example.org";
const MESSAGE = "application/dns-message";

const path = (message: Uint8Array): string => `/dns-query?dns=${base64urlnopad.encode(message)}`;
const post = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": MESSAGE, ...headers },
  body,
});

async function decode(response: Response) {
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(MESSAGE);
  return readReply(new Uint8Array(await response.arrayBuffer()));
}
const drop = async (response: Response): Promise<Response> => {
  await response.arrayBuffer();
  return response;
};
const maxAge = (response: Response): number => Number(/max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "")?.[1] ?? Number.NaN);

describe("/dns-query, wire form", async () => {
  const edge = await createTestEdge("doh");
  await edge.publish();
  const get = (message: Uint8Array, init?: RequestInit) => edge.fetch(path(message), init);
  const status = async (path_: string, init?: RequestInit) => (await drop(await edge.fetch(path_, init))).status;

  it("H1: answers GET and POST with a sample of the snapshot", async () => {
    for (const response of [await get(query(APEX, "A")), await edge.fetch("/dns-query", post(query(APEX, "A")))]) {
      const { answers } = await decode(response);
      expect(answers).toHaveLength(25);
      for (const { type, ttl, data } of answers) {
        expect([type, ttl, formatIpv4(data)]).toEqual([TYPES.A, 60, expect.stringMatching(/^20\.\d+\.0\.1$/)]);
      }
    }
    expect((await decode(await get(query(`x409.${APEX}`, "AAAA")))).answers).toHaveLength(5);
  });

  it("gives peers on overlays as TXT: address first, then service bits", async () => {
    const { rcode, answers } = await decode(await get(query(`_peers.${APEX}`, "TXT")));
    const data = new TextEncoder().encode(`\x44${"a".repeat(56)}.onion:28333\x0aservices=9`);
    expect([rcode, answers]).toEqual([0, [{ type: TYPES.TXT, ttl: 60, data }]]);
  });

  it("H2: reads base64url, the example of RFC 8484 section 4.1.1 included", async () => {
    const example =
      "AAABAAABAAAAAAAAAWE-NjJjaGFyYWN0ZXJsYWJlbC1tYWtlcy1iYXNlNjR1cmwtZGlzdGluY3QtZnJvbS1zdGFuZGFyZC1iYXNlNjQHZXhhbXBsZQNjb20AAAEAAQ";
    expect((await decode(await edge.fetch(`/dns-query?dns=${example}`))).rcode).toBe(5);
  });

  it.each(["AAAB=", "AAAB%3D", "AA+/", "AA%2B%2F", "AA AA", "AAAAA", "ÄÖ", ""])("H2: refuses dns=%s with 400", async (text) => {
    expect(await status(`/dns-query?dns=${text}`)).toBe(400);
  });

  it("H2: refuses a repeated dns, and one beside a name", async () => {
    const encoded = base64urlnopad.encode(query(APEX, "A"));
    expect(await status(`/dns-query?dns=${encoded}&dns=${encoded}`)).toBe(400);
    expect(await status(`/dns-query?dns=${encoded}&name=${APEX}`)).toBe(400);
  });

  it("H3: wants application/dns-message in a POST, in any case and with any parameters", async () => {
    const body = query(APEX, "A");
    expect(await status("/dns-query", post(body, { "content-type": "Application/DNS-Message; charset=x" }))).toBe(200);
    for (const type of ["text/plain", "application/dns-json", "", "application/dns-messages"]) {
      expect(await status("/dns-query", post(body, { "content-type": type }))).toBe(415);
    }
  });

  it("H4: states its type and no encoding; the exact length is the platform's to state (conformance rule H4)", async () => {
    const response = await get(query(APEX, "A"), { headers: { "accept-encoding": "gzip, br" } });
    expect(response.headers.get("content-type")).toBe(MESSAGE);
    expect(response.headers.get("content-encoding")).toBeNull();
  });

  const twoQuestions = query(APEX, "A").with(5, 2);
  it.each([
    ["NXDOMAIN", 3, query(`nothing.${APEX}`, "A")],
    ["REFUSED", 5, query("example.net", "A")],
    ["FORMERR", 1, twoQuestions],
    ["NOTIMP", 4, query(APEX, "A", { opcode: 2 })],
  ])("H5: answers %s with HTTP 200", async (_, rcode, message) => {
    expect((await decode(await get(message))).rcode).toBe(rcode);
    expect((await decode(await edge.fetch("/dns-query", post(message)))).rcode).toBe(rcode);
  });

  it("H5, H6: answers SERVFAIL with HTTP 200, not 503, where no snapshot was ever loaded", async () => {
    const cold = await createTestEdge("coldoh");
    const message = query("coldoh.seed.example.org", "A", { edns: [] });
    const response = await cold.fetch(path(message));
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { rcode, additionals } = await decode(response);
    expect(rcode).toBe(2);
    expect([...(additionals[0]?.data ?? [])]).toEqual([0, 15, 0, 2, 0, 14]); // EDE 14, Not Ready
  });

  const sound = query(APEX, "A");
  it.each([
    ["no dns at all", "/dns-query", {}],
    ["eleven octets", path(sound.subarray(0, 11)), {}],
    ["a response", path(Uint8Array.from(sound, (octet, i) => (i === 2 ? octet | 0x80 : octet))), {}],
    ["octets after the question", path(Uint8Array.of(...sound, 0)), {}],
    ["an empty body", "/dns-query", post(new Uint8Array(0))],
    ["a short body", "/dns-query", post(sound.slice(0, 5))],
  ])("H6: answers 400 to %s", async (_, where, init) => {
    const response = await edge.fetch(where, init);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: "/problems/bad-query" });
  });

  it("H6: answers 413 to a body above 65535 octets, announced or not", async () => {
    const body = new Uint8Array(70_000);
    expect(await status("/dns-query", post(body, { "content-length": "70000" }))).toBe(413);
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(10_000));
      },
    });
    expect(await status("/dns-query", { method: "POST", headers: { "content-type": MESSAGE }, body: stream })).toBe(413);
  });

  it("H6: answers 414 to an over-long URL, 405 with Allow, 404 elsewhere", async () => {
    expect(await status(`/dns-query?dns=${"A".repeat(17_000)}`)).toBe(414);
    expect(await status(`/resolve?name=${"a".repeat(17_000)}`)).toBe(414);
    const refused = await drop(await edge.fetch("/dns-query", { method: "PUT" }));
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, OPTIONS"]);
    expect(await status("/dns-query/more")).toBe(404);
  });

  it.each([
    ["text/html", 406],
    ["application/dns-json", 406],
    ["application/dns-message;q=0, */*", 406],
    ["*/*", 200],
    ["application/*", 200],
    ["text/html, application/dns-message;q=0.1", 200],
    ["Application/DNS-Message", 200],
    ["", 200],
  ])("H6: to Accept: %s answers %i", async (accept, expected) => {
    expect(await status(path(sound), { headers: { accept } })).toBe(expected);
    expect(await status("/dns-query", post(sound, { accept }))).toBe(expected);
  });

  it("H7: takes messages of up to 65535 octets", async () => {
    const padded = query(APEX, "A", { edns: [{ code: 65001, data: Array<number>(65_400).fill(0) }] });
    expect(padded.length).toBeGreaterThan(65_000);
    expect((await decode(await edge.fetch("/dns-query", post(padded)))).answers).toHaveLength(25);
  });

  it("H8: may be cached exactly as long as the least TTL of the answer", async () => {
    for (const type of ["A", "AAAA", "NS", "SOA"] as const) {
      const response = await get(query(APEX, type));
      const { answers } = await decode(response);
      const ttls = answers.map(({ ttl }) => ttl);
      expect(response.headers.get("cache-control")).toBe(`public, max-age=${Math.min(...ttls)}`);
    }
  });

  it("H9: may be cached no longer than SOA.MINIMUM without an answer", async () => {
    for (const message of [query(`nothing.${APEX}`, "A"), query(APEX, "MX")]) {
      const response = await get(message);
      const { answers, authorities } = await decode(response);
      expect(answers).toEqual([]);
      const [soa] = authorities;
      if (soa?.type !== TYPES.SOA) throw new Error("no SOA");
      const minimum = new DataView(soa.data.buffer, soa.data.byteOffset).getUint32(soa.data.length - 4);
      expect(maxAge(response)).toBe(Math.min(soa.ttl, minimum));
    }
  });

  it("H10: forbids to store what answers a POST, and errors", async () => {
    const posted = await drop(await edge.fetch("/dns-query", post(sound)));
    expect(posted.headers.get("cache-control")).toBe("no-store");
    for (const [where, init] of [
      ["/dns-query"],
      [path(sound), { headers: { accept: "text/html" } }],
      ["/dns-query", { method: "PUT" }],
    ] as const) {
      const response = await drop(await edge.fetch(where, init));
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    const refused = await drop(await get(query("example.net", "A")));
    expect(refused.headers.get("cache-control")).toBe("no-store");
  });

  it("H11: does not tailor: a client subnet changes nothing and is not sent back", async () => {
    const message = query(APEX, "A", { edns: [{ code: 8, data: [0, 1, 24, 0, 192, 0, 2] }] });
    const response = await get(message);
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(response.headers.get("vary")).toBeNull();
    const { additionals } = await decode(response);
    expect(additionals).toMatchObject([{ type: 41, data: new Uint8Array(0) }]);
  });

  it("H12: echoes the id, whatever it is", async () => {
    for (const id of [0, 4660, 65535]) expect((await decode(await get(query(APEX, "A", { id })))).id).toBe(id);
  });

  it("H13: answers HEAD with the headers of GET and no body", async () => {
    const message = query(APEX, "SOA");
    const [full, head] = [await get(message), await get(message, { method: "HEAD" })];
    // The platform states the length of what it sends, but not here.
    const { byteLength } = await full.arrayBuffer();
    expect(Object.fromEntries(head.headers)).toEqual({ ...Object.fromEntries(full.headers), "content-length": String(byteLength) });
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    expect(await status("/dns-query", { method: "HEAD" })).toBe(400);
  });

  it("H14: lets any origin read and post", async () => {
    const preflight = await edge.fetch("/dns-query", {
      method: "OPTIONS",
      headers: { origin: "https://a.example", "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST, OPTIONS");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("content-type, accept");
    expect(Number(preflight.headers.get("access-control-max-age"))).toBeGreaterThan(0);
    for (const response of [preflight, await drop(await get(sound)), await drop(await edge.fetch("/dns-query"))]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("vary")).toBeNull();
    }
  });

  it("H16: carries no header that ties it to one HTTP version", async () => {
    const response = await drop(await get(sound));
    for (const header of ["connection", "keep-alive", "transfer-encoding", "upgrade"]) expect(response.headers.get(header)).toBeNull();
  });

  it("H17: neither reads nor sends edns-tcp-keepalive", async () => {
    const message = query(APEX, "A", { edns: [{ code: 11, data: [] }] });
    expect((await decode(await get(message))).additionals).toMatchObject([{ type: 41, data: new Uint8Array(0) }]);
  });

  it("H18: sets no cookie, whatever cookies come", async () => {
    const response = await drop(await get(sound, { headers: { cookie: "a=b" } }));
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("H19: promises no stale HTTP answer, and clamps TTL and lifetime while the snapshot is stale", async () => {
    const old = await createTestEdge("stale");
    await old.publish();
    await drop(await old.fetch(path(query("stale.seed.example.org", "A"))));
    old.clock.now = START + 900;
    const response = await old.fetch(path(query("stale.seed.example.org", "A")));
    expect(response.headers.get("cache-control")).toBe("public, max-age=30");
    expect((await decode(response)).answers[0]).toMatchObject({ ttl: 30 });
    old.clock.now = START + 86_400;
    expect((await decode(await old.fetch(path(query("stale.seed.example.org", "A"))))).rcode).toBe(2);
  });

  it("counts answers by transport and response code", async () => {
    const counted = await createTestEdge("counted");
    await counted.publish();
    const ask = async (where: string, init?: RequestInit) => drop(await counted.fetch(where, init));
    await ask(path(query("counted.seed.example.org", "A")));
    await ask(path(query("counted.seed.example.org", "A")));
    await ask("/dns-query", post(query("example.net", "A")));
    await ask("/resolve?name=x7.counted.seed.example.org");
    const text = await (await counted.fetch("/metrics")).text();
    expect(text).toContain('seedcast_answers_total{transport="doh-get",rcode="NOERROR"} 2\n');
    expect(text).toContain('seedcast_answers_total{transport="doh-post",rcode="REFUSED"} 1\n');
    expect(text).toContain('seedcast_answers_total{transport="json",rcode="NXDOMAIN"} 1\n');
  });
});
