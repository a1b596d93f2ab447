/** What `dohdec`, a DNS over HTTPS client for Node, gets from the edge: by JSON and by messages, with signatures and without. */
import { DNSoverHTTPS } from "dohdec";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseName } from "../../workers/dns/name.ts";
import { TYPE } from "../../workers/dns/records.ts";
import { readData } from "../../workers/dns/test-master-file.ts";
import { readMessage } from "../support/dns-oracle.ts";
import { validates } from "../support/dnssec-validator.ts";
import { APEX, IPV4, IPV6, ONION, startContractEdge, type ContractEdge } from "./test-edge.ts";

let edge: ContractEdge;
beforeAll(async () => {
  edge = await startContractEdge();
}, 60_000);
afterAll(() => edge?.stop());

const RecordSchema = v.strictObject({ name: v.string(), type: v.number(), TTL: v.number(), data: v.string() });
const SectionSchema = v.optional(v.array(RecordSchema), []);
/** The members of both Google's and Cloudflare's documents, and the one of ours. */
const DocumentSchema = v.strictObject({
  Status: v.number(),
  TC: v.boolean(),
  RD: v.boolean(),
  RA: v.boolean(),
  AD: v.boolean(),
  CD: v.boolean(),
  AA: v.boolean(),
  Question: v.array(v.strictObject({ name: v.string(), type: v.number() })),
  Answer: SectionSchema,
  Authority: SectionSchema,
  Additional: SectionSchema,
  Comment: v.optional(v.array(v.string())),
});
type JsonRecord = v.InferOutput<typeof RecordSchema>;

const client = (preferPost: boolean): DNSoverHTTPS => new DNSoverHTTPS({ url: new URL("/dns-query", edge.url).href, preferPost });

const ask = async (name: string, rrtype: string, dnssec = false) =>
  v.parse(DocumentSchema, await client(true).lookup(name, { rrtype, dnssec }));

/** Checks that each set of a section has a signature by one of the zone's keys, all of it read back from text; resolves with the sets' types. */
async function validated(records: readonly JsonRecord[]): Promise<number[]> {
  const { Answer: keys } = await ask(APEX, "DNSKEY");
  const [of, now] = [(type: number) => records.filter((record) => record.type === type), Math.floor(Date.now() / 1_000)];
  const types = [...new Set(records.map(({ type }) => type))].filter((type) => type !== TYPE.RRSIG);
  for (const type of types) {
    const [{ name, TTL } = { name: ".", TTL: 0 }] = of(type);
    const set = { owner: parseName(name), type, ttl: TTL, data: of(type).map(({ data }) => readData(type, data)) };
    const verdicts = of(TYPE.RRSIG).flatMap(({ data: rrsig }) =>
      keys.map(({ data: key }) => validates(set, readData(TYPE.RRSIG, rrsig), readData(TYPE.DNSKEY, key), parseName(APEX), now)),
    );
    expect(await Promise.all(verdicts)).toContain(true);
  }
  return types;
}

describe("by JSON", () => {
  it("gets addresses, in either family's own form", async () => {
    const { Status, Answer } = await ask(APEX, "A");
    expect([Status, Answer.map(({ data }) => data).sort()]).toEqual([0, [...IPV4].sort()]);
    expect((await ask(APEX, "AAAA")).Answer.map(({ data }) => data).sort()).toEqual([...IPV6].sort());
  });

  it.each([
    ["SOA", APEX, /^ns1\.test\. host\.test\. \d+ 3600 600 86400 60$/],
    ["NS", APEX, /^ns1\.test\.$/],
    ["HINFO", APEX, /^"RFC8482" ""$/],
    ["TXT", `_peers.${APEX}`, new RegExp(`^"${ONION}:28333" "services=409"$`)],
    ["SRV", `_contract._tcp.${APEX}`, /^0 1 28333 [0-9a-f]{8}([0-9a-f]{24})?\.peer\.published\.test\.$/],
    ["DNSKEY", APEX, /^25[67] 3 13 [A-Za-z0-9+/]{86}==$/],
    ["NSEC", `_tcp.${APEX}`, undefined],
  ])("gets %s as master files have it", async (type, name, text) => {
    const { Status, Answer } = await ask(name, type);
    expect(Status).toBe(0);
    if (text === undefined) expect(Answer).toEqual([]);
    else for (const { data } of Answer) expect(data).toMatch(text);
    expect(Answer.length > 0).toBe(text !== undefined);
  });

  it("gets no signatures unasked, and with dnssec ones that validate as they stand", async () => {
    for (const [name, type] of [
      [APEX, "A"],
      [APEX, "AAAA"],
      [APEX, "SOA"],
      [APEX, "DNSKEY"],
      [`_peers.${APEX}`, "TXT"],
      [`_contract._tcp.${APEX}`, "SRV"],
    ] as const) {
      expect((await ask(name, type)).Answer.map((record) => record.type)).not.toContain(TYPE.RRSIG);
      const { AD, Answer } = await ask(name, type, true);
      expect([AD, await validated(Answer)]).toEqual([false, [TYPE[type]]]);
    }
    const { Status, Authority } = await ask(APEX, "MX", true);
    expect([Status, await validated(Authority)]).toEqual([0, [TYPE.SOA, TYPE.NSEC]]);
    expect((await ask(`nothing.${APEX}`, "A", true)).Status).toBe(3);
  });

  it("is told of errors", async () => {
    expect(await ask(`nothing.${APEX}`, "A")).toMatchObject({ Status: 3, AA: true, Answer: [] });
    expect(await ask("example.net", "A")).toMatchObject({ Status: 5, AA: false, Comment: ["EDE(20): Not Authoritative"] });
  });

  it("asks for a name in another script by its A-label", async () => {
    const { Status, Question } = await ask(`bücher.${APEX}`, "A");
    expect([Status, Question[0]?.name]).toEqual([3, `xn--bcher-kva.${APEX}.`]);
  });
});

describe.each([
  ["POST", true],
  ["GET", false],
])("by %s of messages", (_, preferPost) => {
  const askWire = async (name: string, rrtype: string, dnssec = false) => {
    const message = await client(preferPost).lookup(name, { rrtype, dnssec, json: false, decode: false });
    if (!(message instanceof Uint8Array)) throw new TypeError("no message");
    return { length: message.length, ...readMessage(Uint8Array.from(message)) };
  };

  it("gets addresses, padded as it pads", async () => {
    const { length, rcode, answers, opt } = await askWire(APEX, "A");
    expect([rcode, answers.map(({ data }) => String(data)).sort()]).toEqual([0, [...IPV4].sort()]);
    expect([length % 468, opt?.flags]).toEqual([0, 0]);
  });

  it("gets signatures with dnssec, and DO back", async () => {
    const { answers, flags, opt } = await askWire(APEX, "AAAA", true);
    expect(answers.map(({ type }) => type)).toEqual([...IPV6.map(() => "AAAA"), "RRSIG"]);
    expect(flags).not.toContain("ad");
    expect(opt?.flags).toBe(0x8000);
  });

  it("is told of errors", async () => {
    expect((await askWire(`nothing.${APEX}`, "A")).rcode).toBe(3);
    expect((await askWire("example.net", "A")).rcode).toBe(5);
  });
});
