import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { createServer, type RequestListener, type Server } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import type { Report } from "../../schema/report.ts";
import { generateKey, readKey } from "./key-file.ts";
import { startPusher, type Pusher, type PusherOptions } from "./pusher.ts";
import { RegistryModel, sampleReport } from "./registry-model.ts";

const key = await readKey(generateKey());
const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A pusher whose waits are turned by hand: `waits` lists them, `wake()` ends the present one. */
function start(options: Partial<PusherOptions> & Pick<PusherOptions, "edge">) {
  const waits: number[] = [];
  let wake: (() => void) | undefined;
  const current = new Map<string, Report>();
  const pusher = startPusher({
    network: "devnet",
    key,
    db: new DatabaseSync(":memory:"),
    reports: () => current.values(),
    random: () => 0,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        waits.push(ms);
        wake = resolve;
        if (signal.aborted) reject(new Error("aborted"));
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
    ...options,
  });
  cleanups.push(() => pusher.stop());
  return { pusher, waits, current, wake: () => wake?.() };
}

/** A real HTTP server on a free port. */
async function serve(listener: RequestListener): Promise<{ url: URL; server: Server }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => void server.close(resolve));
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server has no port");
  return { url: new URL(`http://127.0.0.1:${bound.port}`), server };
}

/** A model registry behind a real HTTP server. */
async function serveModel() {
  const model = new RegistryModel(key.publicKey, Date.now);
  const { url, server } = await serve((request, response) => {
    void (async () => {
      const headers = new Headers(Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]));
      const body = request.method === "GET" ? {} : { body: Uint8Array.from(await buffer(request)) };
      const reply = await model.fetch(new URL(request.url!, url), {
        method: request.method!,
        headers,
        ...body,
      });
      response.writeHead(reply.status, Object.fromEntries(reply.headers));
      response.end(await reply.text());
    })().catch(() => response.destroy());
  });
  return { model, url, server };
}

describe("startPusher", () => {
  it("keeps a registry in step over HTTP", async () => {
    const { model, url } = await serveModel();
    const { pusher, current } = start({ edge: url });
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    expect(await pusher.pushNow()).toMatchObject({ state: "in-step", reported: 1, failures: 0, problem: undefined });
    expect(pusher.status().digest).toBe(model.digest);
    current.clear();
    await pusher.pushNow();
    expect(model.reports.size).toBe(0);
  });

  it("looks for changes at its interval", async () => {
    const { model, url } = await serveModel();
    const statuses = events();
    const { waits, current, wake } = start({ edge: url, onStatus: statuses.put, interval: 10_000, gap: 2_000 });
    await statuses.take();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    wake();
    await turn();
    expect(waits).toEqual([2_000, 8_000]);
    expect(model.reports.size).toBe(0);
    wake();
    await statuses.take();
    expect(model.reports.size).toBe(1);
  });

  it("looks sooner when news is announced, but keeps the gap", async () => {
    const { model, url } = await serveModel();
    const statuses = events();
    const { pusher, waits, current, wake } = start({ edge: url, onStatus: statuses.put, interval: 10_000, gap: 2_000 });
    await statuses.take();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    pusher.announce();
    await turn();
    expect(waits).toEqual([2_000]);
    wake();
    await statuses.take();
    expect(model.reports.size).toBe(1);
    expect(waits).toEqual([2_000, 2_000]);
  });

  it("backs off while nobody answers, up to the cap, and recovers", async () => {
    const { model, url, server } = await serveModel();
    const statuses = events();
    let connected = false;
    const gate: typeof fetch = (input, init) => (connected ? fetch(input, init) : Promise.reject(new TypeError("fetch failed")));
    const { pusher, waits, wake } = start({ edge: url, fetch: gate, onStatus: statuses.put });
    for (let i = 0; i < 12; i++) {
      expect(await statuses.take()).toMatchObject({ state: "retrying", failures: i + 1 });
      wake();
    }
    await statuses.take();
    expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(waits.at(-1)).toBe(150_000);
    connected = true;
    expect(await pusher.pushNow()).toMatchObject({ state: "in-step", failures: 0 });
    expect(model.seq).toBe(1);
    expect(server.listening).toBe(true);
  });

  it("tells of a refused connection, a server that hangs up and one that never answers", async () => {
    const gone = await serve(() => undefined);
    await new Promise((resolve) => void gone.server.close(resolve));
    expect(await start({ edge: gone.url }).pusher.pushNow()).toMatchObject({ state: "retrying", problem: "no connection (ECONNREFUSED)" });

    const rude = await serve((request) => request.socket.destroy());
    expect(await start({ edge: rude.url }).pusher.pushNow()).toMatchObject({ state: "retrying" });

    const silent = await serve(() => undefined);
    const { pusher } = start({ edge: silent.url, timeout: 50 });
    expect(await pusher.pushNow()).toMatchObject({ state: "retrying", problem: "no reply within 0.05 s" });
  });

  it("does not follow redirects: the signature is for one address", async () => {
    const { url } = await serve((_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end());
    expect(await start({ edge: url }).pusher.pushNow()).toMatchObject({ state: "retrying", problem: "HTTP 307" });
  });

  it("gives up reading a reply without end", async () => {
    const { url } = await serve((_, response) => {
      const fill = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20, 32)));
        response.once("drain", fill);
      };
      fill();
    });
    const status = await start({ edge: url }).pusher.pushNow();
    expect(status).toMatchObject({ state: "retrying", problem: "the reply is longer than 16777216 octets" });
  });

  it("waits as long as the registry asks", async () => {
    const { model, url } = await serveModel();
    model.faults = ["busy"];
    const statuses = events();
    const { waits } = start({ edge: url, onStatus: statuses.put });
    await statuses.take();
    expect(waits).toEqual([7_000]);
  });

  it("calls the operator where the key is not known, and tries again slowly", async () => {
    const { model, url } = await serveModel();
    model.faults = ["forbidden"];
    const statuses = events();
    const { waits } = start({ edge: url, onStatus: statuses.put });
    const { state, problem } = await statuses.take();
    expect(state).toBe("refused");
    expect(problem).toContain(key.id);
    expect(waits).toEqual([300_000]);
  });

  it("runs one request at a time, however often it is asked", async () => {
    const { model, url } = await serveModel();
    let active = 0;
    let most = 0;
    const counting: typeof fetch = async (input, init) => {
      most = Math.max(most, ++active);
      try {
        return await fetch(input, init);
      } finally {
        active--;
      }
    };
    const { pusher, current } = start({ edge: url, fetch: counting });
    const asked = Array.from({ length: 10 }, (_, i) => {
      current.set(`1.1.1.${i}:1`, sampleReport(`1.1.1.${i}:1`));
      return pusher.pushNow();
    });
    await Promise.all(asked);
    expect(most).toBe(1);
    expect(model.reports.size).toBe(10);
  });

  it("stops in the middle of a request, and answers whoever waits", async () => {
    const arrived = events<true>();
    const { url } = await serve(() => arrived.put(true));
    const { pusher } = start({ edge: url });
    const asked = pusher.pushNow();
    await arrived.take();
    await pusher.stop();
    expect((await asked).state).toBe("stopped");
    expect((await pusher.pushNow()).state).toBe("stopped");
  });

  it("breaks down with its database, and says so to whoever waits", async () => {
    const { url } = await serveModel();
    const db = new DatabaseSync(":memory:");
    const { pusher, current } = start({ edge: url, db });
    await pusher.pushNow();
    db.close();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    const broken = expect(pusher.done).rejects.toThrow("database is not open");
    expect((await pusher.pushNow()).state).toBe("stopped");
    await broken;
  });

  it("stops with the signal it was given", async () => {
    const { url } = await serveModel();
    const controller = new AbortController();
    const { pusher } = start({ edge: url, signal: controller.signal });
    await pusher.pushNow();
    controller.abort();
    await pusher.stop();
    expect(pusher.status().state).toBe("stopped");
  });
});

/** A queue to wait on. */
function events<T = Awaited<ReturnType<Pusher["pushNow"]>>>() {
  const ready: T[] = [];
  const wanted: ((value: T) => void)[] = [];
  return {
    put: (value: T): void => {
      const want = wanted.shift();
      if (want === undefined) ready.push(value);
      else want(value);
    },
    /** The next one; a macrotask later, so that the pusher has come to rest. */
    take: async (): Promise<T> => {
      const value = ready.shift() ?? (await new Promise<T>((resolve) => void wanted.push(resolve)));
      await turn();
      return value;
    },
  };
}

/** One turn of the event loop. */
const turn = (): Promise<unknown> => new Promise((resolve) => void setImmediate(resolve));
