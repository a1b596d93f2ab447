import { describe, expect, it } from "vitest";
import { askSeeds, MAX_SEED_ADDRESSES, type SeedResolver } from "./seeds.ts";

const failing = (code: string): Promise<never> => Promise.reject(Object.assign(new Error("query failed"), { code }));

/** A string stands for an error code. */
type Answers = Readonly<Record<string, string[] | string>>;

const look = (answers: Answers, name: string): Promise<string[]> => {
  const answer = answers[name] ?? "ENOTFOUND";
  return typeof answer === "string" ? failing(answer) : Promise.resolve(answer);
};

/** A resolver over a table. */
const table = (v4: Answers, v6: Answers = {}): SeedResolver => ({ resolve4: (name) => look(v4, name), resolve6: (name) => look(v6, name) });

describe("askSeeds", () => {
  it("joins both families on the network's port, and reports each failing seed", async () => {
    const resolver = table({ a: ["8.8.8.8", "8.8.4.4"], b: "ESERVFAIL" }, { a: ["2600::1"], b: "ETIMEOUT" });
    expect(await askSeeds(["a", "b", "c"], 8_333, resolver)).toEqual([
      {
        seed: "a",
        addresses: [
          { family: "ipv4", host: "8.8.8.8", port: 8_333 },
          { family: "ipv4", host: "8.8.4.4", port: 8_333 },
          { family: "ipv6", host: "2600::1", port: 8_333 },
        ],
        failure: undefined,
      },
      { seed: "b", addresses: [], failure: "ETIMEOUT" },
      { seed: "c", addresses: [], failure: "ENOTFOUND" },
    ]);
  });

  it("is content with one family", async () => {
    const [answer] = await askSeeds(["a"], 1, table({ a: ["8.8.8.8"] }, { a: "ENODATA" }));
    expect(answer).toMatchObject({ failure: undefined, addresses: [{ host: "8.8.8.8" }] });
  });

  it("bounds an answer and skips what is no address", async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => `8.8.${n >> 8}.${n & 255}`);
    const [full, odd, empty] = await askSeeds(["full", "odd", "empty"], 1, table({ full: many, odd: ["nonsense", "8.8.8.8"], empty: [] }));
    expect(full?.addresses).toHaveLength(MAX_SEED_ADDRESSES);
    expect(odd?.addresses).toHaveLength(1);
    expect(empty?.failure).toBe("ENOTFOUND");
  });
});
