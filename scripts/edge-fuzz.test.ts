/** Hostile input to the edge: the Worker as it is deployed, on raw workerd, over real connections. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FUZZ_APEXES, startFuzzEdge, type FuzzEdge } from "../test/support/fuzz-edge.ts";
import { brokenHttp, httpFuzz, wireGet, wirePost } from "../test/support/http-fuzz.ts";
import { httpFault, PLATFORM_STATUSES, PUBLIC_STATUSES, wireFault } from "../test/support/http-judge.ts";
import { exchangeOctets, pipeline, type HttpReply } from "../test/support/http-pipeline.ts";
import { jsonFuzz } from "../test/support/json-fuzz.ts";
import { JSON_STATUSES, jsonFault } from "../test/support/json-judge.ts";
import { FUZZED_QUERIES, FuzzFailure, fuzzSeed, queryFuzz } from "../test/support/query-fuzz.ts";
import { ValidatorSample } from "../test/support/signed-judge.ts";
import { APEX } from "../serving/test-edge.ts";
import { seeded } from "../workers/sampling/test-pool.ts";

/** Sound HTTP around nonsense. */
const ODD_REQUESTS = 10_000;
/** URLs of the JSON API in each half, right ones and wrong ones. */
const JSON_REQUESTS = 25_000;
/** Requests that are no HTTP, each on a connection of its own. */
const BROKEN_REQUESTS = 3_000;
const HALF = FUZZED_QUERIES / 2;
/**
 * By how much both processes together may have grown from the end of the first half to the end, in octets. V8 lets the heap of any Worker
 * grow in steps, an empty one's too, until it has had a million requests; a leak of 2 KiB a request were 430 MiB.
 */
const GROWTH = 256 * 1_024 * 1_024;

const SECONDS = 1_000;

type Method = "GET" | "POST";

/** A process for each method, so that both can be asked at once. */
let edges: Readonly<Record<Method, FuzzEdge>>;
/** For each, since each signs with keys of its own. */
const samples: Readonly<Record<Method, ValidatorSample>> = { GET: new ValidatorSample(), POST: new ValidatorSample() };

beforeAll(async () => {
  edges = { GET: await startFuzzEdge(), POST: await startFuzzEdge() };
}, 60 * SECONDS);

afterAll(async () => {
  for (const { workerd } of Object.values(edges ?? {})) await workerd.stop();
});

const portOf = ({ workerd }: FuzzEdge): number => Number(new URL(workerd.url).port);

const bothAtOnce = <T>(run: (method: Method) => Promise<T>): Promise<[T, T]> => Promise.all([run("GET"), run("POST")]);

const memory = (): number => edges.GET.workerd.residentOctets() + edges.POST.workerd.residentOctets();

/** Sends `count` hostile messages and judges every answer. */
async function ask(method: Method, count: number): Promise<Map<number, number>> {
  const seed = fuzzSeed();
  const [query, random] = [queryFuzz(seed, FUZZ_APEXES), seeded(seed + 1)];
  const seen = new Map<number, number>();
  let left = count;
  const next = () => {
    if (left-- <= 0) return undefined;
    const message = query();
    const judge = (reply: HttpReply): void => {
      const fault = wireFault(message, reply, method);
      if (fault !== undefined) throw new FuzzFailure(`${method}: HTTP ${reply.status}: ${fault}`, seed, message, reply.body);
      if (reply.status === 200) samples[method].take(reply.body);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
    };
    return { request: method === "GET" ? wireGet(message) : wirePost(message, random), judge };
  };
  await pipeline({ port: portOf(edges[method]), connections: 4, depth: 32, next });
  return seen;
}

/** Asks `count` hostile URLs of the JSON API, and judges every answer. */
async function resolve(method: Method, count: number): Promise<Map<number, number>> {
  const seed = fuzzSeed();
  const request = jsonFuzz(seeded(seed), FUZZ_APEXES);
  const seen = new Map<number, number>();
  let left = count;
  const next = () => {
    if (left-- <= 0) return undefined;
    const { octets } = request();
    const judge = (reply: HttpReply): void => {
      const fault = jsonFault(reply);
      if (fault !== undefined) throw new FuzzFailure(`JSON: HTTP ${reply.status}: ${fault}`, seed, octets, reply.body);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
    };
    return { request: octets, judge };
  };
  await pipeline({ port: portOf(edges[method]), connections: 4, depth: 32, next });
  return seen;
}

/** Sends `count` sound requests for nonsense, and judges every answer. */
async function bother(count: number): Promise<Map<number, number>> {
  const seed = fuzzSeed();
  const request = httpFuzz(seeded(seed), APEX, queryFuzz(seed + 1, FUZZ_APEXES));
  const seen = new Map<number, number>();
  let left = count;
  const next = () => {
    if (left-- <= 0) return undefined;
    const { octets, method } = request();
    const judge = (reply: HttpReply): void => {
      const fault = httpFault(method, reply);
      if (fault !== undefined) throw new FuzzFailure(`HTTP ${reply.status}: ${fault}`, seed, octets, reply.body);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
    };
    return { request: octets, bodiless: method === "HEAD", judge };
  };
  // One at a time: workerd ends a connection whose body it will not read to the end.
  await pipeline({ port: portOf(edges.POST), connections: 16, depth: 1, patience: 3, next });
  return seen;
}

describe("an edge under hostile input", () => {
  let resident: number;

  // Two halves: by the end of the first a process has its working size.
  describe.each(["first", "second"])("the %s half", () => {
    it(
      `answers ${HALF} messages by GET and as many by POST with a message, or says by 400 that they are no queries`,
      async () => {
        for (const seen of await bothAtOnce((method) => ask(method, HALF))) {
          expect((seen.get(200) ?? 0) + (seen.get(400) ?? 0)).toBe(HALF);
          expect(seen.get(400)).toBeGreaterThan(HALF / 100);
        }
      },
      300 * SECONDS,
    );

    it(
      `answers ${JSON_REQUESTS} URLs of the JSON API with a document of the contract, or with a problem document`,
      async () => {
        for (const seen of await bothAtOnce((method) => resolve(method, JSON_REQUESTS / 2))) {
          for (const status of JSON_STATUSES) expect(seen.get(status) ?? 0, `${status}`).toBeGreaterThan(JSON_REQUESTS / 250);
          expect(seen.get(200)).toBeGreaterThan(JSON_REQUESTS / 10);
        }
      },
      120 * SECONDS,
    );

    it(
      `answers ${ODD_REQUESTS} requests for nonsense with a documented status and a problem document`,
      async () => {
        const seen = await bother(ODD_REQUESTS);
        for (const status of PUBLIC_STATUSES) expect(seen.get(status) ?? 0, `${status}`).toBeGreaterThan(10);
        resident ??= memory();
      },
      120 * SECONDS,
    );
  });

  it(
    `survives ${BROKEN_REQUESTS} requests that are broken as HTTP, and never calls the fault its own`,
    async () => {
      const seed = fuzzSeed();
      const random = seeded(seed);
      const request = httpFuzz(seeded(seed + 1), APEX, queryFuzz(seed + 2, FUZZ_APEXES));
      const allowed = new Set([...PUBLIC_STATUSES, ...PLATFORM_STATUSES]);
      let left = BROKEN_REQUESTS;
      const breakOff = async (): Promise<void> => {
        while (left-- > 0) {
          const octets = brokenHttp(request().octets, random);
          const received = await exchangeOctets(portOf(edges.POST), octets);
          // What was one request may have become several, or none; each answer is known by its first line.
          const statuses = Array.from(received.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
          if (statuses.some((status) => !allowed.has(status))) throw new FuzzFailure(`HTTP ${statuses.join()}`, seed, octets, received);
        }
      };
      await Promise.all(Array.from({ length: 8 }, breakOff));
      expect((await ask("POST", 100)).get(200)).toBeGreaterThan(50);
    },
    120 * SECONDS,
  );

  it(
    "has said nothing that a validator would not believe",
    async () => {
      for (const validated of await bothAtOnce(async (method) => samples[method].judge(await edges[method].validator()))) {
        expect(validated).toBeGreaterThan(HALF / 500);
      }
    },
    60 * SECONDS,
  );

  it("has not grown by all that", () => {
    expect(memory() - resident).toBeLessThan(GROWTH);
  });
});
