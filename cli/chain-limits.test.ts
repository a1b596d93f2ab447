import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { CHAIN_LIMITS, limitedFetch } from "./chain-limits.ts";

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

async function host(answer: RequestListener): Promise<URL> {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  undo.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const { signal } = new AbortController();

describe("auditing a hostile source", () => {
  it("ends at the first answer that is too long", async () => {
    const url = await host((_, response) => {
      const pour = (): void => {
        while (response.write(Buffer.alloc(65_536)));
        response.once("drain", pour);
      };
      pour();
    });
    await expect(limitedFetch(signal)(url)).rejects.toThrow(`longer than ${CHAIN_LIMITS.answerOctets} octets`);
  });

  it("ends when all answers together are too long", async () => {
    const url = await host((_, response) => void response.end(Buffer.alloc(400)));
    const fetch = limitedFetch(signal, { ...CHAIN_LIMITS, octets: 800 });
    await fetch(url);
    expect((await fetch(url)).bytes).toHaveLength(400);
    await expect(fetch(url)).rejects.toThrow("gave up after 800 octets");
    const less = limitedFetch(signal, { ...CHAIN_LIMITS, octets: 500 });
    await less(url);
    await expect(less(url)).rejects.toThrow("longer than 100 octets");
  });

  it("ends when it takes too long", async () => {
    const url = await host(() => undefined);
    await expect(limitedFetch(signal, { ...CHAIN_LIMITS, seconds: 0.05 })(url)).rejects.toThrow("gave up after 0.05 s");
  });
});
