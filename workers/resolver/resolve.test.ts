import { describe, expect, it } from "vitest";
import { createTestEdge, START } from "./test-edge.ts";
import { readReply } from "./test-wire.ts";

describe("/dns-query and /resolve, JSON form", async () => {
  const edge = await createTestEdge("json");
  await edge.publish();
  const apex = "json.seed.example.org";
  interface Body {
    Status: number;
    AD: boolean;
    CD: boolean;
    Question: { name: string; type: number }[];
    Answer?: { name: string; type: number; TTL: number; data: string }[];
    Authority?: { type: number; data: string }[];
    Comment?: string[];
    type?: string;
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

  it("H13: answers HEAD with the headers of GET and no body", async () => {
    for (const where of [`/resolve?name=${apex}`, `/dns-query?name=${apex}&ct=application/dns-message`, "/resolve?name=a..b"]) {
      const [full, head] = [await edge.fetch(where), await edge.fetch(where, { method: "HEAD" })];
      // The platform states the length of what it sends, but not here. Each sample has another one.
      const expected = { ...Object.fromEntries(full.headers), "content-length": expect.stringMatching(/^[1-9]\d*$/) };
      expect([head.status, Object.fromEntries(head.headers)]).toEqual([full.status, expected]);
      expect((await full.arrayBuffer()).byteLength).toBeGreaterThan(0);
      expect((await head.arrayBuffer()).byteLength).toBe(0);
    }
  });

  it("H14: lets any origin read, errors too", async () => {
    const preflight = await edge.fetch("/resolve", { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "GET, HEAD, OPTIONS"]);
    for (const where of [`/resolve?name=${apex}`, "/resolve", `/resolve?name=${apex}&cd=2`]) {
      expect((await ask(where)).response.headers.get("access-control-allow-origin")).toBe("*");
    }
  });

  it("asks for each type once, however often it is written", async () => {
    const { body } = await ask(`/resolve?name=${apex}&type=A&type=a&type=1&type=TYPE1&type=AAAA&type=28`);
    expect(body.Question.map(({ type }) => type)).toEqual([1, 28]);
    expect(body.Answer).toHaveLength(30);
  });

  it.each(["", "0", "false", "1", "true"])(
    "takes do=%j and cd=%j, tells cd back, and never says that anything was validated",
    async (flag) => {
      const asked = flag === "1" || flag === "true";
      for (const where of ["/resolve", "/dns-query"]) {
        const { body } = await ask(`${where}?name=${apex}&do=${flag}&cd=${flag}`);
        expect(body).toMatchObject({ Status: 0, AD: false, CD: asked });
        expect(body.Answer).toHaveLength(25);
      }
      const message = await edge.fetch(`/resolve?name=${apex}&do=${flag}&cd=1&ct=application/dns-message`);
      const octets = new Uint8Array(await message.arrayBuffer());
      expect(octets.subarray(2, 4)).toEqual(Uint8Array.of(0x85, 0x00)); // QR, AA, RD: no CD, no AD
      expect(octets.at(-4)).toBe(asked ? 0x80 : 0); // the OPT record's DO, before the length of its options
    },
  );

  it("ignores parameters that it does not know", async () => {
    const { response, body } = await ask(`/resolve?name=${apex}&edns_client_subnet=192.0.2.0/24&random_padding=xxxx&random_padding=&a`);
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(body).not.toHaveProperty("edns_client_subnet");
    expect(body.Answer).toHaveLength(25);
  });

  it.each([
    [".", "."],
    [`${apex}.`, `${apex}.`],
    [`JSON.Seed.Example.ORG`, "JSON.Seed.Example.ORG."],
    ["x9\\.a.json.seed.example.org", "x9\\.a.json.seed.example.org."],
    ["\\106SON.seed.example.org", "jSON.seed.example.org."],
    ["xn--nxasmq6b.json.seed.example.org", "xn--nxasmq6b.json.seed.example.org."],
    [`${"abcdefg.".repeat(31)}hijkl`, `${"abcdefg.".repeat(31)}hijkl.`],
    [`${"abcdefg.".repeat(31)}hijkl.`, `${"abcdefg.".repeat(31)}hijkl.`],
  ])("takes the name %s", async (name, echoed) => {
    const { response, body } = await ask(`/resolve?name=${encodeURIComponent(name)}`);
    expect([response.status, body.Question[0]?.name]).toEqual([200, echoed]);
    expect(body.Status).toBe(name === "." || name.startsWith("abc") ? 5 : name.startsWith("x") ? 3 : 0);
  });

  it.each(["/resolve", "/dns-query"])("%s gives the message where ct asks for it", async (where) => {
    const response = await edge.fetch(`${where}?name=${apex}&type=AAAA&ct=application/dns-message`);
    expect(response.headers.get("content-type")).toBe("application/dns-message");
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    const octets = new Uint8Array(await response.arrayBuffer());
    const { id, rcode, answers } = readReply(octets);
    expect([id, rcode, answers.map(({ type }) => type)]).toEqual([0, 0, Array<number>(5).fill(28)]);
  });

  it.each([
    ["application/dns-json", "*/*", "application/dns-json"],
    ["application/json", "application/dns-json, */*;q=0.1", "application/json"],
    ["Application/DNS-JSON; x=y", "*/*", "application/dns-json"],
    ["", "application/dns-json", "application/dns-json"],
    ["text/html", "*/*", "application/json"],
  ])("takes ct=%s with Accept: %s for %s", async (ct, accept, type) => {
    const { response } = await ask(`/resolve?name=${apex}&ct=${encodeURIComponent(ct)}`, { accept });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
  });

  it("H15: answers 406 where Accept excludes what ct asks for", async () => {
    const { response } = await ask(`/resolve?name=${apex}&ct=application/dns-message`, { accept: "application/dns-json" });
    expect(response.status).toBe(406);
  });

  it.each([
    [`name=${apex}&name=${apex}`],
    [`name=${apex}&do=1&do=1`],
    [`name=${apex}&cd=0&cd=1`],
    [`name=${apex}&ct=&ct=`],
    [`name=${apex}&dns=AAAA`],
    [`dns=AAAA&name=${apex}`],
    [`name=${apex}&type=A&type=AAAA&ct=application/dns-message`],
  ])("answers 400 to %s, which contradicts itself", async (query) => {
    for (const where of ["/resolve", "/dns-query"]) {
      const { response, body } = await ask(`${where}?${query}`);
      expect([response.status, body.type]).toEqual([400, "/problems/ambiguous-question"]);
      expect(body.error).toBeTypeOf("string");
    }
  });

  it.each([
    [`name=${apex}&cd=2`, "cd: expected to be empty or one of 0, false, 1, true"],
    [`name=${apex}&do=yes`, "do: expected to be empty or one of 0, false, 1, true"],
    [`name=${apex}&do=True`, "do: expected to be empty or one of 0, false, 1, true"],
    [`name=${apex}&type=`, expect.stringMatching(/^type: /)],
    ["name=", expect.stringMatching(/^name: /)],
    ["name=b%C3%BCcher.example", expect.stringMatching(/^name: .*xn--/)],
    ["name=%FF.example", expect.stringMatching(/^name: /)],
    ["name=a%20b", expect.stringMatching(/^name: /)],
    ["name=a%5C12", expect.stringMatching(/^name: .*escape/)],
    [`name=${"abcdefg.".repeat(31)}hijklm`, expect.stringMatching(/^name: .*255/)],
  ])("answers 400 to %s and says why", async (query, error) => {
    for (const where of ["/resolve", "/dns-query"]) {
      const { response, body } = await ask(`${where}?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(body).toMatchObject({ type: "/problems/bad-question", error });
    }
  });

  it.each([
    "/resolve",
    "/resolve?dns=AAAA",
    "/resolve?name=",
    `/resolve?name=${apex}&type=0`,
    `/resolve?name=${apex}&type=65536`,
    `/resolve?name=${apex}&type=WAT`,
    `/resolve?name=${apex}&type=`,
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
