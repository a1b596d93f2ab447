/** What js-libp2p asks with: `@multiformats/dns`, by JSON as in browsers, and by its own form of wire queries. */
import { dns, RecordType } from "@multiformats/dns";
import { dnsJsonOverHttps, dnsOverHttps } from "@multiformats/dns/resolvers";
import { decode } from "dns-packet";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { APEX, IPV4, IPV6, ONION, startContractEdge, type ContractEdge } from "./test-edge.ts";

let edge: ContractEdge;
beforeAll(async () => {
  edge = await startContractEdge();
}, 60_000);
afterAll(() => edge?.stop());

const { A, AAAA, TXT, CNAME } = RecordType;

describe.each(["/dns-query", "/resolve"])("its JSON resolver at %s", (path) => {
  const ask = (name: string, ...types: RecordType[]) => dnsJsonOverHttps(new URL(path, edge.url).href)(name, { types });

  it("gets A and AAAA by one question, each once", async () => {
    const { Status, TC, RD, RA, AD, CD, Question, Answer } = await ask(APEX, A, AAAA);
    expect([Status, TC, RD, RA, AD, CD]).toEqual([0, false, true, false, false, false]);
    expect(Question.map(({ name }) => name)).toEqual([`${APEX}.`, `${APEX}.`]);
    expect(Answer.map(({ data }) => data).sort()).toEqual([...IPV4, ...IPV6].sort());
    expect(new Set(Answer.map(({ name, TTL }) => `${name} ${TTL}`))).toEqual(new Set([`${APEX}. 60`]));
  });

  it("gets A where it names no type", async () => {
    const { Answer } = await ask(APEX);
    expect(Answer.map(({ data }) => data).sort()).toEqual([...IPV4].sort());
  });

  it("gets TXT in quotes", async () => {
    const { Answer } = await ask(`_peers.${APEX}`, TXT);
    expect(Answer.map(({ data }) => data)).toEqual([`"${ONION}:28333" "services=409"`]);
  });

  it("gets what is there, with no denial of the rest", async () => {
    expect(await ask(APEX, CNAME, AAAA)).toMatchObject({ Status: 0, Answer: IPV6.map(() => ({ name: `${APEX}.`, TTL: 60 })) });
    expect(await ask(APEX, CNAME)).toMatchObject({ Status: 0, Answer: [] });
  });

  it("is told that a name does not exist, or is not ours", async () => {
    expect(await ask(`nothing.${APEX}`, A)).toMatchObject({ Status: 3, Answer: [] });
    expect(await ask("example.net", A, AAAA)).toMatchObject({ Status: 5, Answer: [] });
  });

  it("fails on what is no name with our status", async () => {
    await expect(ask("a..b", A)).rejects.toThrow("400");
  });
});

it("dns() resolves by way of the edge, and rejects for a name with nothing", async () => {
  const resolver = dns({ resolvers: { ".": dnsJsonOverHttps(new URL("/dns-query", edge.url).href) } });
  const { Answer } = await resolver.query(APEX, { types: [A, AAAA] });
  expect(Answer.map(({ data }) => data).sort()).toEqual([...IPV4, ...IPV6].sort());
  await expect(resolver.query(`nothing.${APEX}`, { types: [A, AAAA] })).rejects.toThrow("failed");
});

/** Asks in wire form; resolves with what the client made of the answer, and with the answer itself. */
async function askWire(...types: RecordType[]) {
  const fetches = vi.spyOn(globalThis, "fetch");
  const made = await dnsOverHttps(new URL("/dns-query", edge.url).href)(APEX, { types });
  const [where = ""] = fetches.mock.calls[0] ?? [];
  fetches.mockRestore();
  const response = await fetch(where);
  return { made, status: response.status, message: await response.bytes() };
}

describe("its wire resolver", () => {
  it("gets one type", async () => {
    const { made, message } = await askWire(AAAA);
    expect(made.Answer.map(({ data }) => data).sort()).toEqual([...IPV6].sort());
    expect(decode(Buffer.from(message))).toMatchObject({ rcode: "NOERROR", questions: [{ name: APEX, type: "AAAA" }] });
  });

  it("is told that two questions are one too many (RFC 9619), and takes that for nothing found", async () => {
    const { made, status, message } = await askWire(A, AAAA);
    expect(made.Answer).toEqual([]);
    expect(status).toBe(200);
    expect(decode(Buffer.from(message))).toMatchObject({ rcode: "FORMERR", questions: [], answers: [], authorities: [] });
  });
});
