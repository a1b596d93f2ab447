import { env } from "cloudflare:workers";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { snapshotKey } from "../../schema/snapshot.ts";
import { statusKey, StatusSchema } from "../../schema/status.ts";
import { ConfigError } from "../config.ts";
import { answerQuery } from "../dns/answer.ts";
import { openBank } from "../dns/bank.ts";
import { TYPE } from "../dns/records.ts";
import type { ServedZone } from "../dns/zone.ts";
import { formatKeySets, KeySetError, unsignedSet, type KeySet, type ZoneKey } from "../dnssec/keys.ts";
import { labelsOf, readMessage, wireName } from "../dnssec/test-message.ts";
import { dsOf, signingKeys } from "../dnssec/test-signing.ts";
import { Validator } from "../dnssec/test-validator.ts";
import { buildPool } from "../sampling/pool.ts";
import { randomInt } from "../sampling/random.ts";
import { heal } from "./publish.ts";
import { tick } from "./routes.ts";
import { StoreError } from "./database.ts";
import { A, attempt, B, bankOf, broken, parcelOf, served, ZONE } from "./test-publication.ts";
import { createTestRegistry, NOW, report, TestRegistry } from "./test-registry.ts";

const zoneName = (name: string): string => `${name}.seed.example.org.`;

/** The same registry with a secret. */
function having(registry: TestRegistry, keys: string): TestRegistry {
  const bindings = { ...registry.env, DNSSEC_KEYS: keys };
  return new TestRegistry(bindings, registry.operator);
}

const random = randomInt((words) => crypto.getRandomValues(words));

/** What a validator makes of the zone as KV has it: the verdicts, and the addresses that it was told. */
async function judge(registry: TestRegistry, keys: KeySet): Promise<{ verdicts: string[]; addresses: string[] }> {
  const [snapshot, bank] = [await served(registry), await bankOf(registry)];
  const { zone, network } = registry.served;
  if (snapshot === undefined || bank === undefined) throw new Error("nothing is signed");
  const held: ServedZone = { zone, network, freshness: "fresh", pool: buildPool(snapshot), serial: snapshot.seq, bank: openBank(bank) };
  const ask = (name: string, type: number) => {
    const opt = [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0];
    const query = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...wireName(labelsOf(name)), 0, type, 0, 1, ...opt]);
    return readMessage(answerQuery(query, { transport: "doh", random, zoneFor: () => held }).message);
  };
  const validator = new Validator(crypto.subtle, labelsOf(zone.name), registry.clock.now);
  await validator.trust(dsOf(keys), ask(zone.name, TYPE.DNSKEY));
  const answers = [
    ask(zone.name, TYPE.SOA),
    ask(zone.name, TYPE.A),
    ask(`nothing.${zone.name}`, TYPE.A),
    ask(`_tcp.${zone.name}`, TYPE.SRV),
  ];
  const verdicts: string[] = [];
  for (const answer of answers) verdicts.push(await validator.judge(answer));
  const addresses = answers[1]!.answer.filter(({ type }) => type === TYPE.A).map(({ data }) => `${data.join(".")}:8333`);
  return { verdicts, addresses };
}

const SECURE = ["secure", "secure", "secure", "secure"];

/** Every text that the registry has stored anywhere. */
async function everythingStored(): Promise<string> {
  const texts: string[] = [];
  const tables = await env.DB.prepare("select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\'").all<{
    name: string;
  }>();
  for (const { name } of tables.results) texts.push(JSON.stringify((await env.DB.prepare(`select * from "${name}"`).all()).results));
  for (const { name, metadata } of (await env.SNAPSHOTS.list()).keys) {
    texts.push(name, JSON.stringify(metadata ?? null), (await env.SNAPSHOTS.get(name)) ?? "");
  }
  return texts.join("\n");
}

const METHODS = ["log", "info", "warn", "error", "debug"] as const;

describe("a publication of a zone with DNSSEC keys", () => {
  it("has beside the snapshot a bank of the same number and times, from which a validator believes every answer", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("banked"));
    const registry = having(await createTestRegistry("banked", ZONE), formatKeySets([keys]));
    const vantage = await registry.enrol("v");
    await vantage.push([report(A), report(B)]);
    expect(await served(registry)).toMatchObject({ seq: 1, peers: [[A], [B]].map(([address]) => expect.arrayContaining([address])) });
    expect(await bankOf(registry)).toMatchObject({
      zone: zoneName("banked"),
      network: "banked",
      seq: 1,
      generated: NOW,
      expires: NOW + 86_400,
    });
    const { verdicts, addresses } = await judge(registry, keys);
    expect(verdicts).toEqual(SECURE);
    expect(new Set(addresses)).toEqual(new Set([A, B]));
    registry.clock.now += 300;
    expect(await attempt(registry)).toBe("published");
    expect(await bankOf(registry)).toMatchObject({ seq: 2, generated: NOW + 300, expires: NOW + 300 + 86_400 });
    expect((await judge(registry, keys)).verdicts).toEqual(SECURE);
  });

  it("has metadata that KV takes, with the largest numbers", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("metadata"));
    const registry = having(await createTestRegistry("metadata", ZONE), formatKeySets([keys]));
    await (await registry.enrol("v")).push([report(A)]);
    const { metadata } = await env.SNAPSHOTS.getWithMetadata<object>(snapshotKey("metadata"));
    expect(JSON.stringify(metadata).length + 3 * 15).toBeLessThanOrEqual(1_024);
  });

  it("is signed by every algorithm that has keys", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("two-algorithms"), [13, 15]);
    const registry = having(await createTestRegistry("two-algorithms", ZONE), formatKeySets([keys]));
    await (await registry.enrol("v")).push([report(A)]);
    expect((await judge(registry, keys)).verdicts).toEqual(SECURE);
  });

  it("has its status beside it as ever", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("bank-status"));
    const registry = having(await createTestRegistry("bank-status", ZONE), formatKeySets([keys]));
    await (await registry.enrol("v")).push([report(A), report(B, { state: "lapsed" })]);
    const status = v.parse(StatusSchema, await env.SNAPSHOTS.get(statusKey("bank-status"), "json"));
    expect(status).toMatchObject({ network: "bank-status", generated: NOW, servable: 1, refused: { lapsed: 1 } });
  });

  it("gets its bank when KV takes it later", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("bank-healed"));
    const registry = having(await createTestRegistry("bank-healed", ZONE), formatKeySets([keys]));
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    registry.clock.now += 300;
    await vantage.push([]); // so that the vantage counts
    registry.clock.now += 300;
    await expect(attempt(registry, broken(registry))).rejects.toThrow(StoreError);
    expect(await bankOf(registry)).toMatchObject({ seq: 2 });
    registry.clock.now += 60;
    expect(await heal(registry.env, registry.served, registry.clock.now)).toBe(true);
    expect(await served(registry)).toMatchObject({ seq: 3 });
    expect(await bankOf(registry)).toMatchObject({ seq: 3, generated: registry.clock.now, expires: NOW + 600 + 86_400 });
    expect((await judge(registry, keys)).verdicts).toEqual(SECURE);
  });

  it("tells nobody a private key: not D1, not KV, not a log", async () => {
    const spies = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined));
    const keys = await signingKeys(crypto.subtle, zoneName("secret"), [13, 15]);
    const text = formatKeySets([keys]);
    const registry = having(await createTestRegistry("secret", ZONE), text);
    await (await registry.enrol("v")).push([report(A)]);
    registry.clock.now += 300;
    await tick(registry.env, () => registry.clock.now);
    expect(await bankOf(registry)).toMatchObject({ seq: 2 });
    const told = JSON.stringify(spies.flatMap(({ mock }) => mock.calls)) + JSON.stringify(registry.background) + (await everythingStored());
    vi.restoreAllMocks();
    expect(told).toContain(A); // the search does look where things are
    for (const { d } of keys.keys) expect(told).not.toContain(d);
  });
});

describe("a publication has no bank", () => {
  it("where no zone has keys", async () => {
    const registry = await createTestRegistry("unbanked", ZONE);
    await (await registry.enrol("v")).push([report(A)]);
    expect(await parcelOf(registry)).toMatchObject({ snapshot: expect.anything(), bank: undefined });
  });

  it("where only other zones have", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("another"));
    const registry = having(await createTestRegistry("keyless", ZONE), formatKeySets([keys]));
    await (await registry.enrol("v")).push([report(A)]);
    expect(await served(registry)).toMatchObject({ seq: 1 });
    expect(await bankOf(registry)).toBeUndefined();
  });
});

type Spoil = (good: KeySet, other: KeySet) => string;

/** The key set with each key changed. */
const spoilt = (set: KeySet, change: (key: ZoneKey, i: number) => object): string =>
  formatKeySets([{ ...set, keys: set.keys.map((key, i) => Object.assign({}, key, change(key, i))) }]);

describe("keys that cannot sign", () => {
  it.each<[string, string, Spoil]>([
    ["are no JSON", "no-json", (good) => formatKeySets([good]).slice(0, -3)],
    ["are too long", "too-long", (good) => formatKeySets([good]) + " ".repeat(5_000)],
    ["lack a member", "incomplete", (good) => formatKeySets([good]).replaceAll('"role"', '"rule"')],
    ["have a private half of another pair", "mixed-up", (good, other) => spoilt(good, (_, i) => ({ d: other.keys[i]!.d }))],
    ["have a point that is not on the curve", "off-curve", (good) => spoilt(good, ({ x }) => ({ y: x }))],
    ["have all retired", "retired", (good) => spoilt(good, () => ({ retire: NOW, remove: NOW }))],
    ["have no zsk", "no-zsk", (good) => formatKeySets([{ ...good, keys: good.keys.filter(({ role }) => role === "ksk") }])],
  ])("stop the publication loudly where they %s; what is out stays out, and nobody is told a key", async (_what, name, spoil) => {
    const [good, other] = [await signingKeys(crypto.subtle, zoneName(name)), await signingKeys(crypto.subtle, zoneName(name))];
    const signing = having(await createTestRegistry(name, ZONE), formatKeySets([good]));
    const vantage = await signing.enrol("v");
    await vantage.push([report(A)]);
    const before = await env.SNAPSHOTS.get(snapshotKey(name));
    expect((await bankOf(signing))?.seq).toBe(1);

    const spies = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined));
    const bad = having(signing, spoil(good, other));
    bad.clock.now += 300;
    const direct = await failureOf(attempt(bad));
    const ticked = await failureOf(tick(bad.env, () => bad.clock.now));
    const logged = JSON.stringify(spies.flatMap(({ mock }) => mock.calls));
    vi.restoreAllMocks();
    expect(direct).toBeInstanceOf(KeySetError);
    expect(ticked.message).toContain(direct.message);
    const told = logged + [direct, ticked].map((error) => `${String(error)} ${error.stack} ${String(error.cause)}`).join(" ");
    for (const { d, x } of [...good.keys, ...other.keys]) for (const part of [d, x]) expect(told).not.toContain(part.slice(0, 12));
    expect(await env.SNAPSHOTS.get(snapshotKey(name))).toBe(before);
    const latest = env.DB.prepare("select max(seq) as seq from snapshots where network = ?").bind(name);
    expect(await latest.first("seq")).toBe(1);

    // With good keys it goes on where it stood.
    signing.clock.now += 360;
    expect(await attempt(signing)).toBe("published");
    expect((await bankOf(signing))?.seq).toBe(2);
  });
});

/** What a promise rejects with. */
async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}

describe("a zone that cannot be signed as it lies", () => {
  it("is one that has another zone within it", async () => {
    const keys = await signingKeys(crypto.subtle, zoneName("outer"));
    const registry = having(await createTestRegistry("outer", ZONE), formatKeySets([keys]));
    const [outer] = registry.env.ZONES;
    const inner = { ...outer, name: `inner.${zoneName("outer")}`, network: "navio" };
    const both = new TestRegistry({ ...registry.env, ZONES: [...registry.env.ZONES, inner] }, registry.operator);
    await (await registry.enrol("v")).push([report(A)]);
    both.clock.now += 300;
    const attempted = attempt(both);
    await expect(attempted).rejects.toThrow(ConfigError);
    await expect(attempted).rejects.toThrow("which its signed zone would deny");
    // The inner one may be signed, and the outer one served unsigned.
    const others = having(both, formatKeySets([unsignedSet(zoneName("outer")), await signingKeys(crypto.subtle, inner.name)]));
    others.clock.now = both.clock.now;
    expect(await attempt(others)).toBe("published");
    expect(await bankOf(others)).toBeUndefined();
  });

  it("is one with a name so long that signed denials would not fit", async () => {
    const name = `${"a".repeat(60)}.${"b".repeat(60)}.example.`;
    const keys = await signingKeys(crypto.subtle, name);
    const registry = having(await createTestRegistry("long-name", { ...ZONE, name }), formatKeySets([keys]));
    const pushed = await (await registry.enrol("v")).push([report(A)]);
    expect(pushed.status).toBe(200);
    expect(String(registry.background.map((each) => (each.status === "rejected" ? each.reason : "")))).toMatch(
      /ConfigError: DNSSEC_KEYS: .* is \d+ characters too long to be signed/,
    );
    expect(await parcelOf(registry)).toBeUndefined();
  });
});
