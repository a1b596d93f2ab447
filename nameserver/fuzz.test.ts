/** Hostile input to the name server: the command as it is run, in a process of its own, over real sockets and with every limit on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { residentOctetsOf } from "../bench/processes.ts";
import { FUZZ_APEXES, startFuzzEdge, startFuzzNameserver, type FuzzEdge, type FuzzNameserver } from "../test/support/fuzz-edge.ts";
import { FUZZED_QUERIES, FuzzFailure, fuzzSeed, queryFuzz } from "../test/support/query-fuzz.ts";
import { faultOf, mustBeAnswered } from "../test/support/reply-judge.ts";
import { ValidatorSample } from "../test/support/signed-judge.ts";
import type { RandomInt } from "../workers/sampling/random.ts";
import { seeded } from "../workers/sampling/test-pool.ts";
import { frame } from "./framing.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";
import { exchangeTcp, exchangeUdp, openUdp, prefixAddress, withId } from "./test-fuzz-client.ts";

/** So many of them are enough to bring a process to its working size, before its memory is measured for the first time. */
const WARM_UP = 40_000;
/** By how much the process may have grown at the end, in octets. A leak of 200 octets a query were 70 MiB. */
const GROWTH = 48 * 1_024 * 1_024;
/** Queries from one prefix: few enough to be answered at once, with some to spare for what has to be sent again. */
const A_PREFIX = NAMESERVER_LIMITS.answerBurst - 20;
/** Queries from one prefix that is far above its rate. */
const LIMITED_QUERIES = 20_000;
/** So many of them are on their way at a time: half of them are answered, but for those that are no queries. */
const LIMITED_BATCH = 20;
/** Clients at once. */
const CLIENTS = 8;

/** The bit in a header's third octet. */
const TC = 0x02;

const SECONDS = 1_000;

let edge: FuzzEdge;
let server: FuzzNameserver;
let prefixes = 0;
const sample = new ValidatorSample();

beforeAll(async () => {
  edge = await startFuzzEdge();
  server = await startFuzzNameserver(edge);
}, 60 * SECONDS);

afterAll(async () => {
  await server?.stop();
  await edge?.workerd.stop();
});

/** Runs a task again and again, some at once, until it says that it is enough. */
const together = (task: () => Promise<boolean>): Promise<unknown> =>
  Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (await task());
    }),
  );

async function overUdp(count: number): Promise<void> {
  const seed = fuzzSeed();
  const query = queryFuzz(seed, FUZZ_APEXES);
  let left = count;
  const judge = (message: Buffer, reply: Buffer): void => {
    const fault = faultOf(message, reply, "udp");
    if (fault !== undefined) throw new FuzzFailure(`UDP: ${fault}`, seed, message, reply);
    sample.take(reply);
  };
  await together(async () => {
    const messages = Array.from({ length: Math.min(left, A_PREFIX) }, (_, id) => withId(query(), id));
    left -= messages.length;
    const batch = { port: server.port, address: prefixAddress(prefixes++), messages, window: 8, judge };
    await exchangeUdp({ ...batch, mustBeAnswered: (message) => mustBeAnswered(message, "udp") });
    return left > 0;
  });
}

/** Cuts a stream as its lengths say. */
function messagesOf(stream: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 2 <= stream.length;) {
    const end = at + 2 + stream.readUInt16BE(at);
    if (end > stream.length) break;
    messages.push(stream.subarray(at + 2, end));
    at = end;
  }
  return messages;
}

const frames = (messages: readonly Uint8Array[]): Buffer => Buffer.concat(messages.map(frame));

/** Lies about lengths, and octets lost or added between messages. */
function damaged(stream: Buffer, random: RandomInt): Buffer {
  const at = random(stream.length);
  const rest = stream.subarray(at + random(4));
  return Buffer.concat([stream.subarray(0, at), Buffer.from(Array.from({ length: random(4) }, () => random(256))), rest]);
}

/** Messages on one connection: many, up to the first that ends it, or a stream that is itself damaged. */
function streamOf(query: () => Uint8Array, random: RandomInt): Buffer {
  const kind = random(4);
  const messages: Uint8Array[] = [];
  for (let count = 1 + random(200); count > 0; count--) {
    const message = query();
    const isQuery = mustBeAnswered(message, "tcp");
    if (isQuery || kind === 0) messages.push(message);
    if (!isQuery && kind === 0) break;
  }
  const stream = frames(messages);
  return kind === 1 && stream.length > 0 ? damaged(stream, random) : stream;
}

function pieces(stream: Buffer, random: RandomInt): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const end = at + 1 + random(random(4) === 0 ? 7 : 4_000);
    cut.push(stream.subarray(at, end));
    at = end;
  }
  return cut;
}

/** Returns how many messages were answered. */
async function overTcp(count: number): Promise<number> {
  const seed = fuzzSeed();
  const [query, random] = [queryFuzz(seed, FUZZ_APEXES), seeded(seed + 1)];
  let sent = 0;
  let answered = 0;
  await together(async () => {
    const stream = streamOf(query, random);
    const messages = messagesOf(stream);
    const last = messages.findIndex((message) => !mustBeAnswered(message, "tcp"));
    const expected = last < 0 ? messages : messages.slice(0, last);
    sent += last < 0 ? messages.length : last + 1;
    const replies = messagesOf(await exchangeTcp(server.port, prefixAddress(prefixes++ % 250), pieces(stream, random)));
    answered += replies.length;
    // With more behind what ended it, the connection is reset, and answers may be lost on their way.
    const whole = last < 0 || stream.length === frames(messages.slice(0, last + 1)).length;
    if (replies.length > expected.length || (whole && replies.length < expected.length)) {
      throw new FuzzFailure(`TCP: ${replies.length} answers, expected ${expected.length}`, seed, stream);
    }
    for (const [i, reply] of replies.entries()) {
      const fault = faultOf(expected[i]!, reply, "tcp");
      if (fault !== undefined) throw new FuzzFailure(`TCP: ${fault}`, seed, expected[i]!, reply);
      sample.take(reply);
    }
    return sent < count;
  });
  return answered;
}

describe("a name server under hostile input", () => {
  let resident: number;

  it(
    `answers the first ${WARM_UP} messages over UDP, and as many over TCP`,
    async () => {
      await overUdp(WARM_UP);
      expect(await overTcp(WARM_UP)).toBeGreaterThan(WARM_UP / 2);
      resident = residentOctetsOf(server.pid);
    },
    120 * SECONDS,
  );

  it(
    `answers the rest of ${FUZZED_QUERIES} over UDP, and is silent to those that are no queries`,
    async () => {
      await overUdp(FUZZED_QUERIES - WARM_UP);
    },
    300 * SECONDS,
  );

  it(
    `answers the rest of ${FUZZED_QUERIES} over TCP, and hangs up on those that are no queries`,
    async () => {
      expect(await overTcp(FUZZED_QUERIES - WARM_UP)).toBeGreaterThan(FUZZED_QUERIES / 2);
    },
    300 * SECONDS,
  );

  it(
    `says nothing that a client cannot read to ${LIMITED_QUERIES} from one prefix, far above its rate`,
    async () => {
      const seed = fuzzSeed();
      const query = queryFuzz(seed, FUZZ_APEXES);
      const socket = await openUdp(prefixAddress(prefixes++));
      const sent: Buffer[] = [];
      let truncated = 0;
      try {
        while (sent.length < LIMITED_QUERIES) {
          const batch = sent.length;
          const replied = Promise.withResolvers<void>();
          socket.removeAllListeners("message").on("message", (reply) => {
            const id = reply.readUInt16BE();
            const message = sent[id] ?? Buffer.alloc(0);
            const fault = faultOf(message, reply, "udp-limited");
            if (fault !== undefined) replied.reject(new FuzzFailure(`UDP above the rate: ${fault}`, seed, message, reply));
            if ((reply[2]! & TC) !== 0) truncated++;
            if (id >= batch) replied.resolve();
          });
          while (sent.length < batch + LIMITED_BATCH) {
            const message = withId(query(), sent.length);
            sent.push(message);
            socket.send(message, server.port, "127.0.0.1");
          }
          await replied.promise;
        }
      } finally {
        socket.close();
      }
      // Every second one that is a query.
      expect(truncated).toBeGreaterThan(LIMITED_QUERIES / 4);
    },
    120 * SECONDS,
  );

  it(
    "has said nothing that a validator would not believe",
    async () => {
      expect(await sample.judge(await edge.validator())).toBeGreaterThan(FUZZED_QUERIES / 500);
    },
    60 * SECONDS,
  );

  it("has not grown by all that", () => {
    expect(residentOctetsOf(server.pid) - resident).toBeLessThan(GROWTH);
  });
});
