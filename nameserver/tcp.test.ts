import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { frame } from "./framing.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";
import { tcpService, type Answerer, type TcpLimits } from "./tcp.ts";
import { ended, openTcp } from "./test-client.ts";

const echo: Answerer = (message) => message.slice();
const picky: Answerer = (message) => (message.length === 0 ? undefined : message.slice());
const verbose: Answerer = () => new Uint8Array(65_535);

async function serve(limits: Partial<TcpLimits>, run: (port: number) => Promise<void>, answer = echo): Promise<void> {
  const { server, cut } = tcpService(answer, { ...NAMESERVER_LIMITS, ...limits });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  try {
    await run(typeof address === "object" && address !== null ? address.port : 0);
  } finally {
    cut();
    server.close();
  }
}

afterEach(() => void vi.useRealTimers());

describe("a TCP client", () => {
  it("is cut off when it completes no query in time, silent or dripping", async () => {
    await serve({ queryTimeoutMs: 200 }, async (port) => {
      const [silent, dripping, half, partial] = await Promise.all([openTcp(port), openTcp(port), openTcp(port), openTcp(port)]);
      dripping.write(Uint8Array.of(1, 0));
      half.write(Uint8Array.of(0)); // half of a length
      partial.write(Uint8Array.of(0xff, 0xff, 1, 2, 3)); // 65,535 octets, it says
      const drip = setInterval(() => dripping.write(Uint8Array.of(0)), 20);
      await Promise.all([silent, dripping, half, partial].map(ended));
      clearInterval(drip);
    });
  });

  it("gets more time for each query that it completes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await serve({}, async (port) => {
      const socket = await openTcp(port);
      const closed = ended(socket);
      for (let round = 0; round < 4; round++) {
        socket.write(frame(Uint8Array.of(round)));
        await once(socket, "data");
        vi.advanceTimersByTime(NAMESERVER_LIMITS.queryTimeoutMs - 1);
      }
      vi.advanceTimersByTime(1);
      await closed;
    });
  });

  it.each([{ connections: 2 }, { connectionsPerSource: 2 }])(
    "is refused above the limit, and served when there is room again: %o",
    async (limits) => {
      await serve(limits, async (port) => {
        const [first] = await Promise.all([openTcp(port), openTcp(port)]);
        await ended(await openTcp(port));
        first.destroy();
        const retry = async (): Promise<string> => {
          const socket = await openTcp(port);
          const cut = ended(socket).then(() => "cut");
          socket.write(frame(Uint8Array.of(7)));
          const outcome = await Promise.race([new Promise<string>((resolve) => socket.once("data", () => resolve("served"))), cut]);
          socket.destroy();
          return outcome;
        };
        await expect.poll(retry).toBe("served");
      });
    },
  );

  it("is cut off when it asks and does not read, and the others are served meanwhile", async () => {
    const asking = Buffer.concat(Array.from({ length: 50 }, () => frame(Uint8Array.of(1))));
    await serve(
      { queryTimeoutMs: 500 },
      async (port) => {
        const socket = await openTcp(port);
        socket.pause();
        const insist = setInterval(() => socket.write(asking), 5);
        const cut = ended(socket);
        expect(await answers(await openTcp(port), frame(Uint8Array.of(2)), 65_537)).toHaveLength(65_537);
        await cut;
        clearInterval(insist);
      },
      verbose,
    );
  });

  it("gets everything it asked for, in order, by thousands at once and after it has said that it is done", async () => {
    await serve({}, async (port) => {
      const asked = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => frame(Uint8Array.of(i >> 8, i & 0xff))));
      const socket = await openTcp(port);
      socket.end(asked);
      expect(Buffer.compare(await answers(socket, new Uint8Array(0), asked.length), asked)).toBe(0);
    });
  });

  it("gets the answers to what it asked before it sent what is no query", async () => {
    await serve(
      {},
      async (port) => {
        const asked = Buffer.concat(Array.from({ length: 500 }, (_, i) => frame(Uint8Array.of(i & 0xff))));
        const socket = await openTcp(port);
        const closed = ended(socket);
        expect(Buffer.compare(await answers(socket, Buffer.concat([asked, frame(new Uint8Array(0))]), asked.length), asked)).toBe(0);
        await closed;
      },
      picky,
    );
  });

  it("does not keep the others waiting while it has thousands answered", async () => {
    const order: number[] = [];
    const note: Answerer = (message) => {
      order.push(message[0]!);
      return message.slice();
    };
    await serve(
      { queriesPerTurn: 4 },
      async (port) => {
        const [greedy, modest] = await Promise.all([openTcp(port), openTcp(port)]);
        const many = Buffer.concat(Array.from({ length: 10_000 }, () => frame(Uint8Array.of(1))));
        await Promise.all([answers(greedy, many, many.length), answers(modest, frame(Uint8Array.of(2)), 3)]);
        expect(order.indexOf(2)).toBeLessThan(5_000);
        greedy.destroy();
      },
      note,
    );
  });

  it("is asked to come again when its connection is old, however busy it is", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await serve({}, async (port) => {
      const socket = await openTcp(port);
      const closed = ended(socket);
      const { connectionTimeoutMs, queryTimeoutMs } = NAMESERVER_LIMITS;
      for (let lived = 0; lived < connectionTimeoutMs; lived += queryTimeoutMs / 2) {
        await answers(socket, frame(Uint8Array.of(1)), 3);
        vi.advanceTimersByTime(queryTimeoutMs / 2);
      }
      await closed;
    });
  });

  it("is cut off when it makes the server hold the most of too much, and none that holds little is", async () => {
    const large = new Uint8Array(60_000).fill(0xff); // the beginning of a message of 65,535 octets
    await serve({ heldOctets: 200_000 }, async (port) => {
      const modest = await openTcp(port);
      modest.write(Uint8Array.of(0, 1));
      let cut = 0;
      const greedy = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const socket = await openTcp(port);
          void ended(socket).then(() => cut++);
          socket.write(large);
          return socket;
        }),
      );
      await expect.poll(() => cut).toBe(5);
      expect(await answers(modest, Uint8Array.of(9), 3)).toEqual(Buffer.of(0, 1, 9));
      for (const socket of greedy) socket.destroy();
      modest.destroy();
    });
  });
});

/** Writes, and reads so many octets. */
async function answers(socket: Socket, octets: Uint8Array, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let received = 0;
  const done = Promise.withResolvers<void>();
  const take = (bytes: Buffer): void => {
    pieces.push(bytes);
    received += bytes.length;
    if (received >= length) done.resolve();
  };
  socket.on("data", take);
  const lost = (): void => done.reject(new Error(`only ${received} octets of ${length}`));
  socket.once("close", lost);
  if (octets.length > 0) socket.write(octets);
  await done.promise;
  socket.off("data", take).off("close", lost);
  return Buffer.concat(pieces);
}
