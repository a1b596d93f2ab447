/** The chain as the publisher makes it and the registry gives it, walked by those who do not trust either. */
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { placeSighting, type Sighting } from "../../schema/chain-audit.ts";
import { ChainPageSchema } from "../../schema/chain.ts";
import { walkChain, type ChainReader, type ChainWalk } from "../../schema/chain-walk.ts";
import { sealFromHeaders, type SealedBytes } from "../../schema/seal.ts";
import { configOf } from "../config.ts";
import { CHAIN_PAGE } from "./public-routes.ts";
import { SNAPSHOT_TEXTS_KEPT } from "./chain.ts";
import { A, attempt, ZONE } from "./test-publication.ts";
import { createTestRegistry, newKey, report, type TestRegistry } from "./test-registry.ts";

/** More than one page of links, and than texts are kept. The key is changed when half of the kept ones are out. */
const LENGTH = CHAIN_PAGE + SNAPSHOT_TEXTS_KEPT + 5;
const ROTATED = LENGTH - SNAPSHOT_TEXTS_KEPT / 2;

let registry: TestRegistry;
let keys: readonly string[];
let newest: SealedBytes;
const seen: Sighting[] = [];

const sealed = async (response: Response): Promise<SealedBytes> => ({
  bytes: new Uint8Array(await response.arrayBuffer()),
  seal: sealFromHeaders((name) => response.headers.get(name)),
});

const reader: ChainReader = {
  snapshot: async (seq) => {
    const response = await registry.fetch(`/v1/networks/walked/snapshots/${seq}`);
    return response.status === 200 ? sealed(response) : undefined;
  },
  links: async (seq) => {
    const response = await registry.fetch(`/v1/networks/walked/snapshots?before=${seq + 1}`);
    return v.parse(ChainPageSchema, await response.json()).snapshots;
  },
};

const walk = (trusted: readonly string[] = keys, until = 1): Promise<ChainWalk> =>
  walkChain(
    newest,
    reader,
    { network: "walked", keys: trusted, crypto: crypto.subtle, decodeText: (bytes: Uint8Array) => new TextDecoder().decode(bytes) },
    { until },
  );

beforeAll(async () => {
  registry = await createTestRegistry("walked", { ...ZONE, interval: 60 });
  const next = await newKey();
  keys = [...configOf(registry.env).snapshotKeys, next.x];
  const rotated = { ...registry.env, SNAPSHOT_PUBLIC_KEYS: [...keys], SNAPSHOT_KEY: JSON.stringify(next) };
  const vantage = await registry.enrol("v");
  await vantage.push([report(A)]);
  for (let seq = 2; seq <= LENGTH; seq++) {
    registry.clock.now += 30;
    await vantage.push([report(A, { height: 840_000 + seq })]); // too early for the push to publish by itself
    registry.clock.now += 30;
    expect(await attempt(registry, seq <= ROTATED ? registry.env : rotated)).toBe("published");
  }
  newest = await sealed(await registry.fetch(`/v1/networks/walked/snapshots/${LENGTH}`));
  const { snapshots } = v.parse(ChainPageSchema, await (await registry.fetch("/v1/networks/walked/snapshots")).json());
  seen.push(...snapshots.map(({ seq, digest }) => ({ seq, digest })));
}, 120_000);

describe("the registry's chain", () => {
  it("is proven as far as texts are kept, and agrees with its links to the beginning", async () => {
    const whole = await walk();
    expect(whole.fault).toBeUndefined();
    const from = LENGTH - SNAPSHOT_TEXTS_KEPT + 1;
    expect(whole.checked).toEqual({ from, to: LENGTH });
    expect([...whole.links.keys()]).toEqual(Array.from({ length: LENGTH }, (_, i) => LENGTH - i));
    expect([...whole.links.values()].filter(({ proven }) => proven)).toHaveLength(SNAPSHOT_TEXTS_KEPT + 1);
    expect(whole.signed).toMatchObject([
      { from: ROTATED + 1, to: LENGTH },
      { from, to: ROTATED },
    ]);
    for (const sighting of seen) {
      expect(placeSighting(whole, sighting)).toEqual({ standing: sighting.seq >= from - 1 ? "proven" : "claimed" });
    }
  });

  it("is not believed where a key of its time is not given", async () => {
    expect((await walk(keys.slice(1))).fault).toEqual({ reason: "unknown-key", seq: ROTATED });
    expect((await walk(keys.slice(1), ROTATED)).fault).toBeUndefined();
  });
});
