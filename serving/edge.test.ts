import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { describe, expect, it } from "vitest";
import { ask, EdgeError, readBody } from "./edge.ts";

async function serve(server: Server, run: (url: URL) => Promise<void>): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  try {
    await run(new URL(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("reading from the edge", () => {
  it("takes a body up to the limit and gives up on a longer one", async () => {
    const { signal } = new AbortController();
    await serve(
      createServer((_, response) => response.end(Buffer.alloc(1_000))),
      async (url) => {
        expect(await readBody(await ask(url, {}, signal), 1_000)).toHaveLength(1_000);
        await expect(readBody(await ask(url, {}, signal), 999)).rejects.toThrow(EdgeError);
      },
    );
  });

  it("takes no other status than 200 and 304", async () => {
    await serve(
      createServer((_, response) => response.writeHead(500).end("no")),
      async (url) => {
        await expect(ask(url, {}, new AbortController().signal)).rejects.toThrow(EdgeError);
      },
    );
  });
});
