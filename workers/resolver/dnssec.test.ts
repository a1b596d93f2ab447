import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { sealFromHeaders } from "../../schema/seal.ts";
import { TYPE } from "../dns/records.ts";
import { STALE_TTL } from "../dns/zone.ts";
import type { WireMessage } from "../dnssec/test-message.ts";
import { apexOf, ask, publishSigned, startSigned } from "./test-bank.ts";
import { createTestEdge, START, type TestEdge } from "./test-edge.ts";

const hasSignatures = ({ answer, authority }: WireMessage): boolean => [...answer, ...authority].some(({ type }) => type === TYPE.RRSIG);

/** The types of the records in a JSON answer, each once. */
async function jsonTypes(edge: TestEdge, query: string): Promise<number[]> {
  interface Reply {
    readonly Answer?: readonly { readonly type: number }[];
    readonly Authority?: Reply["Answer"];
  }
  const { Answer = [], Authority = [] } = await (await edge.fetch(`/resolve?${query}`)).json<Reply>();
  return [...new Set([...Answer, ...Authority].map(({ type }) => type))];
}

/** A binding that nobody may look at. */
const forbidden = (name: string): PropertyDescriptor => ({
  enumerable: true,
  get: () => {
    throw new Error(`the resolver looked at ${name}`);
  },
});

describe("an edge with a signed zone", async () => {
  const { edge, keys, apex, trust, validator } = await startSigned("dnssec");
  const pair = await publishSigned(edge, keys, { seq: 7 });

  it.each(["GET", "POST"] as const)(
    "answers by %s with signatures and denial that validate, and without for those who do not ask",
    async (method) => {
      await trust();
      for (const name of [apex, `x9.${apex}`, `_devnet._tcp.${apex}`, `_tcp.${apex}`, `nothing.${apex}`, `a.x9.${apex}`]) {
        for (const type of [TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.SRV, TYPE.SOA, TYPE.ANY]) {
          expect(await validator.judge(await ask(edge, name, type, { method })), `${name} ${type}`).toBe("secure");
          expect(hasSignatures(await ask(edge, name, type, { method, dnssecOk: false }))).toBe(false);
        }
      }
    },
  );

  it("answers JSON with do=1 with the same records", async () => {
    expect(await jsonTypes(edge, `name=${apex}&type=A&do=1`)).toEqual([TYPE.A, TYPE.RRSIG]);
    expect(await jsonTypes(edge, `name=${apex}&type=A`)).toEqual([TYPE.A]);
    expect(await jsonTypes(edge, `name=nothing.${apex}&do=1`)).toEqual([TYPE.SOA, TYPE.RRSIG, TYPE.NSEC]);
    expect(await jsonTypes(edge, `name=nothing.${apex}`)).toEqual([TYPE.SOA]);
  });

  it("passes on the bank's exact bytes with its seal, and its seal beside it", async () => {
    const response = await edge.fetch("/v1/networks/dnssec/bank");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(response.headers.get("content-length")).toBe(String(pair.bank.text.length));
    expect(response.headers.get("etag")).toBe(`"${pair.bank.seal.digest}"`);
    expect(await (await edge.fetch("/v1/networks/dnssec")).json()).toMatchObject({ signed: true });
    expect(sealFromHeaders((name) => response.headers.get(name))).toEqual(pair.bank.seal);
    expect(await response.text()).toBe(pair.bank.text);
    expect(await (await edge.fetch("/v1/networks/dnssec/bank.sig")).json()).toEqual(pair.bank.seal);
    expect(await (await edge.fetch("/v1/networks/dnssec/snapshot")).text()).toBe(pair.snapshot.text);
  });

  it("answers HEAD as GET without the body, and 304 to who has it", async () => {
    const head = await edge.fetch("/v1/networks/dnssec/bank", { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, `"${pair.bank.seal.digest}"`, ""]);
    const held = await edge.fetch("/v1/networks/dnssec/bank", { headers: { "if-none-match": `W/"${pair.bank.seal.digest}"` } });
    expect([held.status, held.headers.get("seedcast-seq"), await held.text()]).toEqual([304, "7", ""]);
    const other = await edge.fetch("/v1/networks/dnssec/bank", { headers: { "if-none-match": `"${pair.snapshot.seal.digest}"` } });
    expect([other.status, (await other.text()).length]).toEqual([200, pair.bank.text.length]);
  });

  it("answers from memory alone: not a signature, not a read of KV, and nothing that only the registry may see", async () => {
    const reads = vi.fn<(key: string) => void>();
    const store = {
      get: (key: string) => (reads(key), env.SNAPSHOTS.get(key)),
      getWithMetadata: (key: string) => (reads(key), env.SNAPSHOTS.getWithMetadata(key, "arrayBuffer")),
    };
    const { ZONES, SNAPSHOT_PUBLIC_KEYS, OPERATOR_PUBLIC_KEYS } = edge.env;
    const visible = { ZONES, SNAPSHOT_PUBLIC_KEYS, OPERATOR_PUBLIC_KEYS, SNAPSHOTS: store };
    const secrets = Object.fromEntries(["DB", "SNAPSHOT_KEY", "DNSSEC_KEYS"].map((name) => [name, forbidden(name)]));
    const isolate = edge.over(Object.defineProperties(visible, secrets) as unknown as Env);
    await ask(isolate, apex, TYPE.SOA);
    expect(reads).toHaveBeenCalledTimes(1);
    const spies = (["sign", "verify", "digest", "importKey"] as const).map((method) => vi.spyOn(crypto.subtle, method));
    for (let i = 0; i < 50; i++) {
      for (const name of [apex, `x9.${apex}`, `nothing${i}.${apex}`])
        for (const type of [TYPE.A, TYPE.ANY, TYPE.DNSKEY]) await ask(isolate, name, type);
    }
    for (const path of ["/v1/networks", "/v1/networks/dnssec/bank", "/v1/networks/dnssec/peers", "/ready", "/metrics", "/"]) {
      expect((await isolate.fetch(path)).status, path).toBe(200);
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(reads).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });

  it("takes TTLs down while it is stale, goes on to validate, and says SERVFAIL when it has expired", async () => {
    await trust();
    edge.clock.now = START + 900;
    const stale = await ask(edge, apex, TYPE.A);
    for (const { ttl } of stale.answer) expect(ttl).toBe(STALE_TTL);
    for (const at of [START + 900, START + 86_399]) {
      edge.clock.now = validator.now = at;
      expect(await validator.judge(await ask(edge, apex, TYPE.A))).toBe("secure");
      expect(await validator.judge(await ask(edge, `nothing.${apex}`, TYPE.A))).toBe("secure");
    }
    expect((await edge.fetch("/v1/networks/dnssec/bank")).headers.get("warning")).toBe('110 - "Response is Stale"');
    edge.clock.now = START + 86_400;
    expect((await ask(edge, apex, TYPE.A)).rcode).toBe(2);
    expect((await edge.fetch("/v1/networks/dnssec/bank")).status).toBe(503);
  });
});

describe("a zone", () => {
  it("that is not signed has no bank, and answers DO as ever", async () => {
    const edge = await createTestEdge("dnssec-none");
    await edge.publish();
    const response = await edge.fetch("/v1/networks/dnssec-none/bank");
    expect([response.status, (await response.json<{ type: string }>()).type]).toEqual([404, "/problems/no-bank"]);
    expect((await edge.fetch("/v1/networks/dnssec-none/bank.sig")).status).toBe(404);
    const { answer, dnssecOk } = await ask(edge, apexOf("dnssec-none"), TYPE.A);
    expect([answer.length, answer.every(({ type }) => type === TYPE.A), dnssecOk]).toEqual([25, true, true]);
  });

  it("becomes signed, and unsigned again, with a publication", async () => {
    const { edge, keys, apex } = await startSigned("dnssec-turns");
    await edge.publish({ seq: 1 });
    expect(hasSignatures(await ask(edge, apex, TYPE.A))).toBe(false);
    await publishSigned(edge, keys, { seq: 2 });
    edge.clock.now += 60;
    await ask(edge, apex, TYPE.A); // refreshes behind the answer
    expect(hasSignatures(await ask(edge, apex, TYPE.A))).toBe(true);
    await edge.publish({ seq: 3 });
    edge.clock.now += 60;
    await ask(edge, apex, TYPE.A);
    expect(hasSignatures(await ask(edge, apex, TYPE.A))).toBe(false);
  });

  it("gets a bank that was made anew for the same snapshot, as healing does", async () => {
    const { edge, keys } = await startSigned("dnssec-again");
    const [first] = [await publishSigned(edge, keys, { seq: 2 })];
    expect((await edge.fetch("/v1/networks/dnssec-again/bank")).headers.get("etag")).toBe(`"${first.bank.seal.digest}"`);
    const generated = edge.clock.now;
    edge.clock.now += 60;
    const second = await publishSigned(edge, keys, { seq: 2, generated, stale: generated + 900, expires: generated + 86_400 });
    expect(second.snapshot.seal.digest).toBe(first.snapshot.seal.digest);
    await edge.fetch("/v1/networks/dnssec-again/bank");
    expect((await edge.fetch("/v1/networks/dnssec-again/bank")).headers.get("etag")).toBe(`"${second.bank.seal.digest}"`);
  });
});

describe("a cold isolate", () => {
  it("waits for snapshot and bank, and then answers signed at once", async () => {
    const { edge, keys, apex, trust, validator } = await startSigned("dnssec-cold");
    await publishSigned(edge, keys);
    await trust();
    for (const method of ["GET", "POST"] as const) {
      expect(await validator.judge(await ask(edge.with({}), apex, TYPE.A, { method }))).toBe("secure");
      expect(await validator.judge(await ask(edge.with({}), `nothing.${apex}`, TYPE.A, { method }))).toBe("secure");
    }
  });
});
