/** Hostile requests to the authenticated API: the Worker as it is deployed, over real D1 and KV. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EMPTY_DIGEST, foldDigest } from "../../schema/report.ts";
import worker from "../index.ts";
import type { RandomInt } from "../sampling/random.ts";
import { seeded } from "../sampling/test-pool.ts";
import { changed, damaged, damagedOctets, partsOf, pick, requestOf, tampered, type Parts } from "./test-fuzz.ts";
import { addresses, createTestRegistry, NOW, report, type TestRegistry, type TestVantage } from "./test-registry.ts";
import { readBack } from "./test-step.ts";

/** Requests of whoever cannot sign. */
const FORGED = 16_000;
/** Pushes that are signed, whatever stands in them. */
const PUSHES = 2_000;
/** Requests that an operator has signed, whatever stands in them. */
const OPERATIONS = 500;

/** Every status that the API documents and that a stranger can bring about, with the problems it can have. */
const DOCUMENTED: Readonly<Record<number, readonly string[]>> = {
  200: [],
  204: [],
  400: ["bad-request", "bad-parameter"],
  401: [
    "signature-missing",
    "signature-malformed",
    "signature-stale",
    "key-unknown",
    "signature-invalid",
    "digest-mismatch",
    "signature-replayed",
  ],
  404: ["not-found", "unknown-network", "unknown-vantage", "unknown-snapshot"],
  405: ["method-not-allowed"],
  409: ["out-of-step", "name-taken", "operator-key"],
  413: ["too-large"],
};

/** The seed that the environment gives, or a new one. Keys and signatures are new each time. */
const fuzzSeed = (): number => Number(env.SEEDCAST_FUZZ_SEED || Math.floor(Math.random() * 2 ** 32));

const TABLES = ["vantages", "streams", "reports", "snapshots", "snapshot_parts", "nonces", "audit"] as const;

/** Everything that stands in some tables. */
async function contents(...tables: readonly string[]): Promise<Record<string, unknown[]>> {
  const rows = await Promise.all(tables.map(async (table) => (await env.DB.prepare(`select * from ${table}`).all()).results));
  return Object.fromEntries(tables.map((table, i) => [table, rows[i]!]));
}

/** Sends a request to the whole Worker, and judges the answer. Returns its status and problem, such as `401 key-unknown`, and its text. */
async function ask({ env: bindings }: TestRegistry, parts: Parts, which: string): Promise<{ said: string; text: string }> {
  const context = createExecutionContext();
  const response = await worker.fetch(requestOf(parts), bindings, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  const slug = /^\{"type":"\/problems\/([a-z-]+)"/.exec(text)?.[1] ?? "";
  const fault = faultOf(parts, response, text, slug);
  if (fault === undefined) return { said: `${response.status} ${slug}`.trim(), text };
  const request = JSON.stringify({ ...parts, body: new TextDecoder().decode(parts.body) });
  throw new Error(`${fault}\n${which}: ${request.slice(0, 3_000)}\n${response.status} ${text.slice(0, 1_000)}`);
}

/** What is wrong with an answer; undefined where nothing is. */
function faultOf({ method }: Parts, { status, headers }: Response, text: string, slug: string): string | undefined {
  const slugs = DOCUMENTED[status];
  if (slugs === undefined) return "no documented status";
  if (status < 400 || method === "HEAD") return undefined;
  if (headers.get("content-type") !== "application/problem+json") return "no problem document";
  if (headers.get("cache-control") !== "no-store") return "an error that would be cached";
  const problem: { status: number } = JSON.parse(text);
  if (problem.status !== status) return "a problem that states another status";
  return slugs.includes(slug) ? undefined : "a problem that is not documented";
}

/** What reports say beside the usual. */
const FIELDS: readonly Parameters<typeof report>[1][] = [
  {},
  { state: "lapsed", reason: "refused" },
  { agent: "/u\u00e9\u{1F30D}'\"\\/", height: 0 },
  { services: "ffffffffffffffff", version: 0, asn: 4_294_967_295, country: "DE", coordinates: "-90.0+180.0", uptime: 0 },
];

/** Counts what was said. */
class Tally {
  readonly #seen = new Map<string, number>();
  add(said: string): void {
    this.#seen.set(said, (this.#seen.get(said) ?? 0) + 1);
  }
  /** Each of these must have come up, or the requests were not as varied as they should be. */
  expectAll(...said: readonly string[]): void {
    for (const each of said) expect(this.#seen.get(each) ?? 0, `${each} of ${JSON.stringify([...this.#seen])}`).toBeGreaterThan(0);
  }
}

let registry: TestRegistry;
let vantage: TestVantage;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1_000 });
  registry = await createTestRegistry(`fuzz-${crypto.randomUUID().slice(0, 8)}`);
  vantage = await registry.enrol("v");
  await vantage.push(addresses(20).map((address) => report(address)));
});

afterEach(() => void vi.useRealTimers());

describe("hostile requests to the registry", () => {
  it(`changes nothing for ${FORGED} requests that nobody signed, or that were signed and changed`, async () => {
    const seed = fuzzSeed();
    const random = seeded(seed);
    const reports = vantage.path;
    const operators = "/v1/operator/vantages";
    const paths = [
      reports,
      `${reports}?after=x`,
      operators,
      `${operators}/${vantage.id}/disable`,
      `${operators}/x/enable`,
      "/v1/operator/audit",
    ];
    const { network } = registry;
    const reads = ["peers/20.0.0.1:8333", "peers/x", "snapshots", "snapshots?before=1", "snapshots/1", "snapshots/x"].map(
      (path) => `/v1/networks/${network}/${path}`,
    );
    const enrolment = { name: "o", publicKey: vantage.key.x, networks: [network] };
    // Done once, these are replays; the others prove who sent them, and are refused for what they say.
    const done = [
      await registry.sign(vantage.key, "POST", reports, { body: vantage.delta([]) }),
      await registry.sign(vantage.key, "GET", reports),
      await registry.sign(registry.operator, "POST", operators, { body: enrolment }),
      await registry.sign(registry.operator, "POST", `${operators}/${vantage.id}/enable`),
      await registry.sign(registry.operator, "GET", "/v1/operator/audit"),
    ];
    const refused = [
      await registry.sign(vantage.key, "POST", reports, { body: { ...vantage.delta([report("20.0.0.1:8333")]), seq: 99 } }),
      await registry.sign(registry.operator, "POST", operators, { body: { ...enrolment, networks: ["nowhere"] } }),
      await registry.sign(registry.operator, "POST", `${operators}/nobody/disable`),
    ];
    const sound = await Promise.all([...done, ...refused].map(partsOf));
    for (const request of done) expect((await registry.fetch(request)).status).toBe(200);
    const before = await contents(...TABLES);
    const tally = new Tally();
    for (let i = 0; i < FORGED; i++) {
      const bare = { method: pick(random, ["GET", "POST"]), path: pick(random, [...paths, ...reads]), headers: {}, body: new Uint8Array() };
      const base: Parts = random(8) === 0 ? bare : pick(random, sound);
      let parts = base;
      for (let times = random(32) === 0 ? 0 : 1 + random(3); times > 0; times--) parts = tampered(parts, random, [...paths, ...reads]);
      const { said } = await ask(registry, parts, `SEEDCAST_FUZZ_SEED=${seed}, request ${i}`);
      tally.add(said);
      if (hasOtherBody(parts, base))
        expect(["401 digest-mismatch", "401 signature-replayed"], `seed ${seed}, request ${i}`).toContain(said);
    }
    expect(await contents(...TABLES)).toEqual(before);
    tally.expectAll(
      ...DOCUMENTED[401]!.map((slug) => `401 ${slug}`),
      "400 bad-request",
      "404 not-found",
      "404 unknown-network",
      "405 method-not-allowed",
    );
  }, 60_000);

  it(`does what ${PUSHES} signed pushes say wholly or not at all, whatever stands in them`, async () => {
    const seed = fuzzSeed();
    const random = seeded(seed);
    const other = await registry.enrol("other");
    await other.push(addresses(5).map((address) => report(address)));
    const tally = new Tally();
    let { seq, digest } = vantage;
    let fresh = 1_000;
    for (let i = 0; i < PUSHES; i++) {
      registry.clock.now++;
      vi.setSystemTime(registry.clock.now * 1_000);
      const reports = addresses(random(4), fresh).map((address) => report(address, pick(random, FIELDS)));
      fresh += reports.length;
      const full = random(8) === 0;
      const after = foldDigest(full ? EMPTY_DIGEST : digest, [], reports);
      const push = {
        run: "fuzz",
        seq: seq + 1,
        base: digest,
        ...(full ? { full: { after: null, upto: null } } : {}),
        changes: random(4) === 0 ? [...reports, { address: `8.9.${random(256)}.1:8333`, state: "gone" }] : reports,
        digest: after,
      };
      const parts = await partsOf(await registry.sign(vantage.key, "POST", vantage.path, { text: hostile(push, random) }));
      const { said, text } = await ask(registry, parts, `SEEDCAST_FUZZ_SEED=${seed}, push ${i}`);
      tally.add(said);
      // Both an accepted push and one that is out of step tell where the registry stands.
      if (said === "200" || said === "409 out-of-step") ({ seq, digest } = JSON.parse(text));
    }
    const held = await readBack(vantage);
    expect({ seq: held.seq, digest: held.digest }).toEqual({ seq, digest: foldDigest(EMPTY_DIGEST, [], held.reports) });
    expect(digest).toBe(held.digest);
    expect((await readBack(other)).digest).toBe(other.digest);
    tally.expectAll("200", "400 bad-request", "409 out-of-step");
  }, 60_000);

  it(`enrols nobody by ${OPERATIONS} signed requests that are not the contract`, async () => {
    const seed = fuzzSeed();
    const random = seeded(seed);
    const before = await contents("vantages", "audit", "streams", "reports");
    const tally = new Tally();
    for (let i = 0; i < OPERATIONS; i++) {
      const isEnrolment = random(2) === 0;
      // Nothing that is made of this can name a network that is served.
      const text = hostile({ name: "v", publicKey: pick(random, [vantage.key.x, registry.operator.x]), networks: ["nowhere"] }, random);
      const path = isEnrolment
        ? "/v1/operator/vantages"
        : `/v1/operator/${pick(random, ["vantages/", "audit?before=", "vantages?", ""])}${encodeURI(random(2) === 0 ? "x/disable" : damaged("x/disable", random))}`;
      const method = isEnrolment ? "POST" : pick(random, ["GET", "POST"] as const);
      const parts = await partsOf(await registry.sign(registry.operator, method, path, { text }));
      tally.add((await ask(registry, parts, `SEEDCAST_FUZZ_SEED=${seed}, operation ${i}`)).said);
    }
    expect(await contents("vantages", "audit", "streams", "reports")).toEqual(before);
    tally.expectAll("200", "400 bad-request", "404 unknown-vantage", "404 not-found");
  }, 60_000);
});

/** Whether a signed request has kept all but its body. */
const hasOtherBody = ({ method, path, headers, body }: Parts, base: Parts): boolean =>
  method === "POST" &&
  method === base.method &&
  path === base.path &&
  headers === base.headers &&
  headers["signature"] !== undefined &&
  (body.length !== base.body.length || body.some((octet, i) => octet !== base.body[i]));

/** A document as text: sound, with something else in some places, or no document at all. */
function hostile(document: unknown, random: RandomInt): string {
  const kind = random(8);
  if (kind === 0) return JSON.stringify(document);
  let value = document;
  for (let times = kind === 1 ? 0 : 1 + random(3); times > 0; times--) value = changed(value, random);
  const text = JSON.stringify(value);
  if (kind > 2) return text;
  return kind === 1
    ? damaged(text, random)
    : new TextDecoder().decode(damagedOctets(Uint8Array.from(new TextEncoder().encode(text)), random));
}
