import { describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { dnsInput, MAX_SEED_ADDRESSES, type SeedResolver } from "./dns.ts";
import type { InputAnswer } from "./input.ts";
import { startTestDns, type TestZone } from "./test-dns.ts";

const PORT = 8_333;
const NEVER = new AbortController().signal;

const table = (hosts: string[]): SeedResolver => ({ resolve4: () => Promise.resolve(hosts), resolve6: () => Promise.resolve([]) });

async function ask(zone: TestZone, seed: string): Promise<InputAnswer> {
  await using server = await startTestDns(zone);
  return await dnsInput(seed, PORT, server.resolver).ask(NEVER); // the server lives until then
}

describe("a DNS seed", () => {
  it("names peers of both families on the network's own port", async () => {
    const { addresses, problem } = await ask({ "seed.example": ["8.8.8.8", "2600::1", "8.8.4.4"] }, "seed.example");
    expect(addresses.map(formatAddress)).toEqual(["8.8.8.8:8333", "8.8.4.4:8333", "[2600::1]:8333"]);
    expect(problem).toBeUndefined();
  });

  it.each([
    ["ENOTFOUND", {}],
    ["ESERVFAIL", { "seed.example": "SERVFAIL" }],
    ["ENODATA", { "seed.example": [] }],
  ] as const)("that fails says why: %s", async (problem, zone) => {
    expect(await ask(zone, "seed.example")).toEqual({ addresses: [], problem });
  });

  it("may have one family only", async () => {
    expect(await ask({ "seed.example": ["2600::1"] }, "seed.example")).toMatchObject({ addresses: [{ host: "2600::1" }] });
  });

  it("is not waited for once the crawl stops", async () => {
    await using server = await startTestDns({ "seed.example": "silence" });
    const stop = new AbortController();
    const answer = dnsInput("seed.example", PORT, server.resolver).ask(stop.signal);
    await expect.poll(() => server.asked).toHaveLength(2);
    stop.abort();
    expect(await answer).toEqual({ addresses: [], problem: "ECANCELLED" });
    expect(await dnsInput("seed.example", PORT, server.resolver).ask(stop.signal)).toEqual({ addresses: [], problem: "ECANCELLED" });
  });

  it("names so many peers at most, and what is no address is passed over", async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => `8.8.${n >> 8}.${n & 255}`);
    expect((await dnsInput("full", PORT, () => table(many)).ask(NEVER)).addresses).toHaveLength(MAX_SEED_ADDRESSES);
    expect((await dnsInput("odd", PORT, () => table(["nonsense", "8.8.8.8"])).ask(NEVER)).addresses).toHaveLength(1);
  });
});
