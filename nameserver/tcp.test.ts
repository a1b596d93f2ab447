import { once } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { frame } from "./framing.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";
import { tcpService, type Answerer, type TcpLimits } from "./tcp.ts";
import { ended, openTcp } from "./test-client.ts";

const echo: Answerer = (message) => message.slice();
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
      const [silent, dripping] = await Promise.all([openTcp(port), openTcp(port)]);
      dripping.write(Uint8Array.of(1, 0));
      const drip = setInterval(() => dripping.write(Uint8Array.of(0)), 20);
      await Promise.all([ended(silent), ended(dripping)]);
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

  it("is cut off when it asks and does not read", async () => {
    const asking = Buffer.concat(Array.from({ length: 50 }, () => frame(Uint8Array.of(1))));
    await serve(
      {},
      async (port) => {
        const socket = await openTcp(port);
        socket.pause();
        const insist = setInterval(() => socket.write(asking), 5);
        await ended(socket);
        clearInterval(insist);
      },
      verbose,
    );
  });
});
