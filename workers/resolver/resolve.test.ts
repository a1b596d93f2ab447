import { describe, expect, it } from "vitest";
import { createTestEdge, START } from "./test-edge.ts";

describe("/dns-query and /resolve, JSON form", async () => {
  const edge = await createTestEdge("json");
  await edge.publish();
  const apex = "json.seed.example.org";
  interface Body {
    Status: number;
    Question: { name: string; type: number }[];
    Answer?: { name: string; type: number; TTL: number; data: string }[];
    Authority?: { type: number; data: string }[];
    Comment?: string[];
    error?: string;
  }
  const ask = async (where: string, headers: Record<string, string> = {}) => {
    const response = await edge.fetch(where, { headers });
    return { response, body: await response.json<Body>() };
  };

  it.each(["/resolve", "/dns-query"])("%s answers by name and type", async (where) => {
    const { response, body } = await ask(`${where}?name=${apex}&type=AAAA`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(body).toMatchObject({ Status: 0, TC: false, RA: false, AD: false, CD: false, Question: [{ name: `${apex}.`, type: 28 }] });
    expect(body.Answer).toHaveLength(5);
    expect(body.Answer?.[0]).toMatchObject({ name: `${apex}.`, type: 28, TTL: 60, data: expect.stringMatching(/^2a0\d:1::1$/) });
  });

  it("answers repeated types in one document, as js-libp2p asks", async () => {
    const { body } = await ask(`/dns-query?name=${apex}&type=A&type=AAAA`, { accept: "application/dns-json" });
    expect(body.Question.map(({ type }) => type)).toEqual([1, 28]);
    expect(new Set(body.Answer?.map(({ type }) => type))).toEqual(new Set([1, 28]));
  });

  it("writes TXT as quoted strings", async () => {
    const { response, body } = await ask(`/resolve?name=_peers.${apex}&type=TXT`);
    const data = `"${"a".repeat(56)}.onion:28333" "services=9"`;
    expect(body).toMatchObject({ Status: 0, Answer: [{ name: `_peers.${apex}.`, type: 16, TTL: 60, data }] });
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
  });

  it.each([
    ["A", 1],
    ["aaaa", 28],
    ["28", 28],
    ["TYPE65280", 65280],
    ["type28", 28],
  ])("takes type=%s", async (type, number) => {
    expect((await ask(`/resolve?name=${apex}&type=${type}`)).body.Question).toEqual([{ name: `${apex}.`, type: number }]);
  });

  it("H5, H9: gives NXDOMAIN with HTTP 200, its SOA and its lifetime", async () => {
    const { response, body } = await ask(`/resolve?name=nothing.${apex}`);
    expect(body.Status).toBe(3);
    expect(body.Authority?.[0]?.type).toBe(6);
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
  });

  it.each([
    ["application/dns-json", "application/dns-json"],
    ["application/json", "application/json"],
    ["text/html;q=0.9, application/dns-json;q=0.5, application/json;q=0.1", "application/dns-json"],
    ["*/*", "application/json"],
    ["", "application/json"],
  ])("H15: to Accept: %s says %s, and that it depends on it", async (accept, type) => {
    for (const where of [`/resolve?name=${apex}`, `/dns-query?name=${apex}`]) {
      const { response } = await ask(where, { accept });
      expect(response.headers.get("content-type")).toBe(type);
      expect(response.headers.get("vary")).toBe("accept");
    }
  });

  it("H15: answers 406 where Accept excludes JSON", async () => {
    expect((await ask(`/dns-query?name=${apex}`, { accept: "application/dns-message" })).response.status).toBe(406);
  });

  it.each([
    "/resolve",
    "/resolve?name=",
    `/resolve?name=${apex}&type=0`,
    `/resolve?name=${apex}&type=65536`,
    `/resolve?name=${apex}&type=WAT`,
    `/resolve?name=${apex}&type=`,
    `/resolve?name=${apex}&name=${apex}`,
    `/resolve?name=${"a".repeat(64)}.org`,
    `/resolve?name=${"abcdefg.".repeat(40)}`,
    `/resolve?name=a..b`,
    `/resolve?name=${apex}${"&type=A".repeat(9)}`,
  ])("answers 400 with an error to %s", async (where) => {
    const { response, body } = await ask(where);
    expect(response.status).toBe(400);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(body.error).toBeTypeOf("string");
  });

  it("comments a stale answer", async () => {
    edge.clock.now = START + 900;
    const { body } = await ask(`/resolve?name=${apex}`);
    expect(body.Comment).toEqual(["EDE(3): Stale Answer"]);
    expect(body.Answer?.[0]?.TTL).toBe(30);
  });
});
