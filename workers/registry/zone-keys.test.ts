import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import { snapshotKey } from "../../schema/snapshot.ts";
import { formatKeySets, KeySetError, unsignedSet } from "../dnssec/keys.ts";
import { signingKeys } from "../dnssec/test-signing.ts";
import { StoreError } from "./database.ts";
import { heal } from "./publish.ts";
import { tick } from "./routes.ts";
import { A, attempt, bankOf, broken, parcelOf, served, ZONE } from "./test-publication.ts";
import { createTestRegistry, NOW, report, TestRegistry } from "./test-registry.ts";

const zoneName = (name: string): string => `${name}.seed.example.org.`;
const keysFor = (name: string) => signingKeys(crypto.subtle, zoneName(name));

/** The same registry with a secret, or without any. */
function having(registry: TestRegistry, keys: string | undefined): TestRegistry {
  const bindings = { ...registry.env, DNSSEC_KEYS: keys };
  return new TestRegistry(bindings, registry.operator);
}

/** A registry that has published its first snapshot, signed where there are keys. */
async function published(name: string, keys: string | undefined): Promise<TestRegistry> {
  const registry = having(await createTestRegistry(name, ZONE), keys);
  await (await registry.enrol("v")).push([report(A)]);
  return registry;
}

/** The same registry with another secret, later, when it is time to publish again. */
function later(registry: TestRegistry, keys: string | undefined): TestRegistry {
  const other = having(registry, keys);
  other.clock.now = registry.clock.now + 300;
  return other;
}

let errors: MockInstance<typeof console.error>;
let warnings: MockInstance<typeof console.warn>;

beforeEach(() => {
  errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

describe("a secret that cannot be read", () => {
  it("stops the signed zone, and lets the unsigned one go on, both loudly and without a key", async () => {
    const keys = await keysFor("two-signed");
    const good = formatKeySets([keys]);
    const signed = await published("two-signed", good);
    const two = (await createTestRegistry("two-plain", ZONE)).env.ZONES;
    const plain = new TestRegistry({ ...signed.env, ZONES: two }, signed.operator);
    await (await plain.enrol("v")).push([report(A)]);
    const before = await env.SNAPSHOTS.get(snapshotKey("two-signed"));

    const both = later(new TestRegistry({ ...signed.env, ZONES: [...signed.env.ZONES, ...two] }, signed.operator), good.slice(0, -3));
    plain.clock.now = both.clock.now;
    await expect(tick(both.env, () => both.clock.now)).rejects.toThrow(/failed in part: KeySetError: keys are not JSON$/);
    expect(await env.SNAPSHOTS.get(snapshotKey("two-signed"))).toBe(before);
    expect([(await served(signed))?.seq, (await bankOf(signed))?.seq]).toEqual([1, 1]);
    expect(await served(plain)).toMatchObject({ seq: 2, generated: NOW + 300 });
    expect(await bankOf(plain)).toBeUndefined();
    expect(errors.mock.calls).toEqual([
      [expect.objectContaining({ network: "two-plain", zone: zoneName("two-plain"), error: "KeySetError: keys are not JSON" })],
    ]);
    for (const { d } of keys.keys) expect(JSON.stringify(errors.mock.calls)).not.toContain(d.slice(0, 12));
  });

  it("keeps a zone from its first publication: nobody knows what it is to be", async () => {
    const registry = await published("unborn", "{");
    expect(await parcelOf(registry)).toBeUndefined();
    expect(registry.background.at(-1)).toMatchObject({ status: "rejected", reason: expect.any(KeySetError) });
    expect(await attempt(having(registry, "[]"))).toBe("published");
  });

  it("lets nothing unsigned over a signed publication when KV failed in between, and heals an unsigned one", async () => {
    for (const [name, keys] of [
      ["heal-signed", formatKeySets([await keysFor("heal-signed")])],
      ["heal-plain", "[]"],
    ] as const) {
      const first = later(await published(name, keys), keys);
      await expect(attempt(first, broken(first))).rejects.toThrow(StoreError);
      const bad = later(first, "{");
      const healed = heal(bad.env, bad.served, bad.clock.now);
      if (keys === "[]") expect(await healed).toBe(true);
      else await expect(healed).rejects.toThrow(KeySetError);
      expect([(await served(bad))?.seq, (await bankOf(bad))?.seq]).toEqual(keys === "[]" ? [2, undefined] : [1, 1]);
    }
  });

  it("stops every zone while KV does not tell what was published", async () => {
    const bad = later(await published("mute", "[]"), "{");
    const SNAPSHOTS = { put: env.SNAPSHOTS.put.bind(env.SNAPSHOTS), getWithMetadata: () => Promise.reject(new Error("KV is away")) };
    await expect(attempt(bad, { ...bad.env, SNAPSHOTS })).rejects.toThrow(StoreError);
    expect(await served(bad)).toMatchObject({ seq: 1 });
  });

  it("stops a zone of whose publication KV has metadata that say nothing", async () => {
    const bad = later(await published("no-seal", "[]"), "{");
    await env.SNAPSHOTS.put(snapshotKey("no-seal"), "?", { metadata: { of: "something else" } });
    await expect(attempt(bad)).rejects.toThrow(KeySetError);
  });
});

describe("a set that cannot be read among others", () => {
  it("stops its own zone alone", async () => {
    const [own, other] = [await keysFor("set-own"), await keysFor("set-other")];
    const secret = JSON.stringify([{ ...own, keys: 0 }, other]);
    const [ownZone, otherZone] = [await published("set-own", formatKeySets([own])), await published("set-other", formatKeySets([other]))];
    await expect(attempt(later(ownZone, secret))).rejects.toThrow("keys: 0.keys is not as it should be");
    const signed = later(otherZone, secret);
    expect(await attempt(signed)).toBe("published");
    expect(await bankOf(signed)).toMatchObject({ seq: 2 });
    expect(await attempt(later(await published("set-none", "[]"), secret))).toBe("published");
    expect(errors).not.toHaveBeenCalled();
  });

  it("and that does not say whose it is might be any zone's but those that have another", async () => {
    const keys = await keysFor("set-good");
    const secret = JSON.stringify([keys, { ...keys, zone: "no name" }]);
    const good = later(await published("set-good", formatKeySets([keys])), secret);
    expect(await attempt(good)).toBe("published");
    expect(await bankOf(good)).toMatchObject({ seq: 2 });
    expect(warnings).toHaveBeenCalledWith(expect.objectContaining({ error: expect.stringContaining("1.zone is not as it should be") }));
    const lost = await published("set-lost", formatKeySets([await keysFor("set-lost")]));
    await expect(attempt(later(lost, secret))).rejects.toThrow("1.zone is not");
  });
});

describe("a zone that the secret does not name", () => {
  it.each<[string, string, () => Promise<string | undefined>]>([
    ["is deleted", "gone-secret", () => Promise.resolve(undefined)],
    ["is put empty", "gone-empty", () => Promise.resolve("[]")],
    ["is put from another zone's file", "gone-other", async () => formatKeySets([await keysFor("some-other")])],
  ])(
    "does not lose its signatures when the secret %s: what is out stays out, until somebody says what it is to be",
    async (_, name, lost) => {
      const good = formatKeySets([await keysFor(name)]);
      const signed = await published(name, good);
      const before = await env.SNAPSHOTS.get(snapshotKey(name));
      const bare = later(signed, await lost());
      const attempted = attempt(bare);
      await expect(attempted).rejects.toThrow(KeySetError);
      await expect(attempted).rejects.toThrow(
        `no keys for ${zoneName(name)}, which went out signed as far as KV tells: put its keys back; or, ` +
          `once its DS is gone from the parent, run \`npx seedcast dnssec unsign --zone ${zoneName(name)}\` and put the secret`,
      );
      await expect(tick(bare.env, () => bare.clock.now)).rejects.toThrow("put its keys back");
      expect(await env.SNAPSHOTS.get(snapshotKey(name))).toBe(before);

      const back = later(signed, good);
      expect(await attempt(back)).toBe("published");
      expect([(await served(back))?.seq, (await bankOf(back))?.seq]).toEqual([2, 2]);
      const plain = later(back, formatKeySets([unsignedSet(zoneName(name))]));
      expect(await attempt(plain)).toBe("published");
      expect([(await served(plain))?.seq, await bankOf(plain)]).toEqual([3, undefined]);
      // Then it need not be said again.
      const after = later(plain, await lost());
      expect(await attempt(after)).toBe("published");
      expect([(await served(after))?.seq, await bankOf(after)]).toEqual([4, undefined]);
    },
  );

  it("is healed unsigned only if it went out unsigned", async () => {
    for (const [name, keys] of [
      ["bare-signed", formatKeySets([await keysFor("bare-signed")])],
      ["bare-plain", undefined],
    ] as const) {
      const first = later(await published(name, keys), keys);
      await expect(attempt(first, broken(first))).rejects.toThrow(StoreError);
      const bare = later(first, undefined);
      const healed = heal(bare.env, bare.served, bare.clock.now);
      if (keys === undefined) expect(await healed).toBe(true);
      else await expect(healed).rejects.toThrow(KeySetError);
      expect((await served(bare))?.seq).toBe(keys === undefined ? 2 : 1);
    }
  });

  it("waits while KV does not tell how it went out, and goes on at the next attempt", async () => {
    const bare = later(await published("bare-mute", undefined), undefined);
    const SNAPSHOTS = { put: env.SNAPSHOTS.put.bind(env.SNAPSHOTS), getWithMetadata: () => Promise.reject(new Error("KV is away")) };
    const attempted = attempt(bare, { ...bare.env, SNAPSHOTS });
    await expect(attempted).rejects.toThrow(StoreError);
    await expect(attempted).rejects.toThrow("KV does not tell whether the zone went out signed");
    expect(await attempt(bare)).toBe("published");
    expect(await served(bare)).toMatchObject({ seq: 2 });
  });

  it("does not go out over metadata that say nothing", async () => {
    const bare = later(await published("bare-no-seal", undefined), undefined);
    await env.SNAPSHOTS.put(snapshotKey("bare-no-seal"), "?", { metadata: { of: "something else" } });
    await expect(attempt(bare)).rejects.toThrow(KeySetError);
  });
});

describe("a zone that is unsigned on purpose", () => {
  it("is published without a look at KV, even where another set cannot be read", async () => {
    const secret = JSON.stringify([unsignedSet(zoneName("on-purpose")), { zone: "no name" }]);
    const plain = later(await published("on-purpose", formatKeySets([await keysFor("on-purpose")])), secret);
    let looks = 0;
    const getWithMetadata = () => Promise.reject(new Error(`look ${++looks}`));
    expect(await attempt(plain, { ...plain.env, SNAPSHOTS: { put: env.SNAPSHOTS.put.bind(env.SNAPSHOTS), getWithMetadata } })).toBe(
      "published",
    );
    expect(looks).toBe(0);
    expect([(await served(plain))?.seq, await bankOf(plain)]).toEqual([2, undefined]);
  });

  it("is signed again by new keys", async () => {
    const plain = await published("again", formatKeySets([unsignedSet(zoneName("again"))]));
    const signed = later(plain, formatKeySets([await keysFor("again")]));
    expect(await attempt(signed)).toBe("published");
    expect(await bankOf(signed)).toMatchObject({ seq: 2 });
  });
});

describe("keys of a zone that is not served", () => {
  it("are named in the log at each publication, and only these", async () => {
    const [own, misspelt] = [await keysFor("spelt"), await keysFor("speltt")];
    const registry = await published("spelt", formatKeySets([own, misspelt]));
    const warning = expect.objectContaining({ network: "spelt", unused: [zoneName("speltt")] });
    expect(warnings.mock.calls).toEqual([[warning]]);
    registry.clock.now += 300;
    expect(await attempt(registry)).toBe("published");
    expect(await attempt(registry)).toBe("current");
    expect(warnings.mock.calls).toEqual([[warning], [warning]]);
    expect(await bankOf(registry)).toMatchObject({ seq: 2 });
  });
});
