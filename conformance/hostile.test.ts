/** Servers that would hang the runner, flood it or end it: each is bounded in time and size, and called by its name. */
import { createServer as createHttp2Server } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { APEX } from "../workers/dns/test-zone.ts";
import { startTestServer } from "../test/support/conformance/server.ts";
import { selfSigned } from "../test/support/self-signed.ts";
import { checkConformance } from "./conformance.ts";
import { openHttp1 } from "./http1.ts";
import { openHttp2 } from "./http2.ts";
import { MAX_SEEN_CHARACTERS, saysNoDns, textReport } from "./report.ts";
import { RULES } from "./rules/rules.ts";
import { MAX_SILENCES } from "./run.ts";
import { DNS_MESSAGE, MAX_KEPT, MAX_KEPT_OCTETS, Subject } from "./subject.ts";
import {
  MAX_BODY_OCTETS,
  MAX_HEADER_OCTETS,
  TransportError,
  type HttpResponse,
  type Transport,
  type TransportOptions,
} from "./transport.ts";

/** Short where the server is silent: it is waited for in full. */
const IMPATIENT_MS = 200;
/** Never waited for. */
const PATIENT_MS = 20_000;

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that does this with every connection. */
async function listen(behave: (socket: Socket) => void): Promise<URL> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    behave(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/dns-query`);
}

function exchange(open: typeof openHttp1, url: URL, timeoutMs: number, more: Partial<TransportOptions> = {}): Promise<HttpResponse> {
  const transport = open({ url, timeoutMs, signal: new AbortController().signal, ...more });
  closing.push(() => transport.close());
  return transport.exchange({ method: "GET", target: "/dns-query", headers: {} });
}

const failureOf = async (answer: Promise<unknown>): Promise<string> => {
  const error = await answer.then(
    () => "answered",
    (reason: unknown) => reason,
  );
  return error instanceof TransportError ? error.failure : String(error);
};

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/dns-message\r\n";

/** Writes these octets until the other side has gone. */
function pour(socket: Socket, octets: Uint8Array | string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(octets)) continue;
  };
  socket.on("drain", more);
  more();
}

describe("over HTTP/1.1", () => {
  it.each<[string, string, number, (socket: Socket) => void]>([
    ["never answers", "timeout", IMPATIENT_MS, (socket) => socket.resume()],
    ["stops in the middle of its headers", "timeout", IMPATIENT_MS, (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-")],
    ["stops in the middle of its body", "timeout", IMPATIENT_MS, (socket) => socket.write(`${HEAD}content-length: 9\r\n\r\nabc`)],
    ["closes before it answers", "closed", PATIENT_MS, (socket) => socket.destroy()],
    ["closes in the middle of its body", "closed", PATIENT_MS, (socket) => socket.end(`${HEAD}content-length: 9\r\n\r\nabc`)],
    ["says what is no HTTP", "malformed", PATIENT_MS, (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
    ["has a body without end", "too-large", PATIENT_MS, (socket) => (socket.write(`${HEAD}\r\n`), pour(socket, Buffer.alloc(65_536)))],
    ["has headers without end", "too-large", PATIENT_MS, (socket) => (socket.write(HEAD), pour(socket, "a: b\r\n".repeat(1_000)))],
  ])("a server that %s is %s", async (_, failure, timeoutMs, behave) => {
    expect(await failureOf(exchange(openHttp1, await listen(behave), timeoutMs))).toBe(failure);
  });

  it("a body is read up to its limit, and not an octet further", async () => {
    const server = await startTestServer();
    closing.push(server.close);
    for (const [octets, failure] of [
      [MAX_BODY_OCTETS, "answered"],
      [MAX_BODY_OCTETS + 1, "too-large"],
    ] as const) {
      server.breakage = () => ({ status: 200, headers: {}, body: new Uint8Array(octets) });
      expect(await failureOf(exchange(openHttp1, server.url, PATIENT_MS))).toBe(failure);
    }
  });

  it("a connection that the server closed while idle is opened again", async () => {
    let connections = 0;
    const url = await listen((socket) => {
      connections++;
      socket.once("data", () => {
        socket.write(`${HEAD}content-length: 0\r\n\r\n`);
        socket.once("data", () => socket.destroy()); // it takes the next request and says nothing
      });
    });
    const transport = openHttp1({ url, timeoutMs: PATIENT_MS, signal: new AbortController().signal });
    closing.push(() => transport.close());
    const request = { method: "GET", target: "/", headers: {} };
    expect((await transport.exchange(request)).status).toBe(200);
    expect((await transport.exchange(request)).status).toBe(200);
    expect(connections).toBe(2);
  });
});

describe("over HTTP/2", () => {
  it.each<[string, string, number, (socket: Socket) => void]>([
    ["never answers", "timeout", IMPATIENT_MS, (socket) => socket.resume()],
    ["closes before it answers", "closed", PATIENT_MS, (socket) => socket.destroy()],
    ["speaks HTTP/1.1", "malformed", PATIENT_MS, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ])("a server that %s is %s", async (_, failure, timeoutMs, behave) => {
    expect(await failureOf(exchange(openHttp2, await listen(behave), timeoutMs))).toBe(failure);
  });

  it("a body is read up to its limit, and not an octet further", async () => {
    const pair = await selfSigned();
    const server = await startTestServer({ tls: pair, http2: true });
    closing.push(server.close);
    for (const [octets, failure] of [
      [MAX_BODY_OCTETS, "answered"],
      [MAX_BODY_OCTETS + 1, "too-large"],
    ] as const) {
      server.breakage = () => ({ status: 200, headers: {}, body: new Uint8Array(octets) });
      expect(await failureOf(exchange(openHttp2, server.url, PATIENT_MS, { ca: pair.cert }))).toBe(failure);
    }
  });

  it("headers are read up to their limit, whatever the server makes of our settings", async () => {
    const server = createHttp2Server({ maxSendHeaderBlockLength: 2 * MAX_HEADER_OCTETS });
    let octets = 0;
    server.on("stream", (stream) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200, filler: "a".repeat(octets) }, { endStream: true });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    closing.push(() => void server.close());
    const url = new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/dns-query`);
    for (const [length, failure] of [
      [MAX_HEADER_OCTETS / 2, "answered"],
      [MAX_HEADER_OCTETS, "too-large"],
    ] as const) {
      octets = length;
      expect(await failureOf(exchange(openHttp2, url, PATIENT_MS))).toBe(failure);
    }
  });

  it("a server that speaks no TLS is called so, in few words", async () => {
    const url = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expect(check(new URL(url.href.replace("http:", "https:")))).rejects.toThrow(/^no TLS: wrong version number$/);
  });

  it("a server whose certificate nobody vouches for is not spoken to", async () => {
    const server = await startTestServer({ tls: await selfSigned(), http2: true });
    closing.push(server.close);
    for (const open of [openHttp1, openHttp2]) expect(await failureOf(exchange(open, server.url, PATIENT_MS))).toBe("closed");
    expect(await failureOf(check(server.url))).toBe("closed");
  });
});

const check = (url: URL, signal = new AbortController().signal, timeoutMs = PATIENT_MS) =>
  checkConformance({ url, zone: APEX, http: "offered", timeoutMs, signal });

describe("a run", () => {
  it("ends soon where the server has stopped answering, and says so", async () => {
    const { results } = await check(await listen((socket) => socket.resume()), undefined, IMPATIENT_MS);
    expect(results.length).toBe(RULES.length);
    const failed = results.filter(({ verdict }) => verdict.state === "fail");
    expect(failed.length).toBe(MAX_SILENCES);
    expect(results.at(-1)!.verdict).toEqual({ state: "skipped", reason: "the server has stopped answering" });
  });

  it("goes through every rule where nothing makes sense, and shows no control characters", async () => {
    const server = await startTestServer();
    closing.push(server.close);
    const body = Uint8Array.from({ length: 2_000 }, (_, i) => (i * 197) & 0xff);
    const garbage = { "content-type": "application/dns-message", "cache-control": `\u00a0${"max-age=9,".repeat(200)}`, vary: "\u009b31m" };
    server.breakage = () => ({ status: 200, headers: garbage, body });
    const report = await check(server.url);
    expect(report.results.length).toBe(RULES.length);
    for (const line of textReport(report)) {
      expect(line).not.toMatch(/\p{Cc}/u);
      expect(line.length).toBeLessThan(MAX_SEEN_CHARACTERS + 100);
    }
  });

  it("keeps no more of what is said than its limits", async () => {
    const url = new URL("https://seed.example/dns-query");
    for (const [octets, kept] of [
      [MAX_KEPT_OCTETS / 128, 128],
      [12, MAX_KEPT],
    ] as const) {
      const answer = { status: 200, headers: new Map([["content-type", DNS_MESSAGE]]), body: new Uint8Array(octets) };
      const transport: Transport = { version: "1.1", exchange: () => Promise.resolve(answer), close: () => {} };
      const subject = new Subject({
        channel: { kind: "http", url, offers: ["1.1"], mute: [], transport },
        zone: APEX,
        randomLabel: () => "x",
      });
      for (let i = 0; i <= kept; i++) await subject.get(subject.query());
      expect([subject.messages.length, subject.responses.length]).toEqual([kept, kept]);
    }
  });

  it("takes a server that says no DNS at all for what it is", async () => {
    const server = await startTestServer();
    closing.push(server.close);
    server.breakage = () => ({ status: 404, headers: {}, body: new Uint8Array(0) });
    expect(saysNoDns(await check(server.url))).toBe(true);
    server.breakage = ({ method }, good) => (method === "POST" ? { ...good, status: 405 } : good);
    expect(saysNoDns(await check(server.url))).toBe(false);
  });

  it("rejects where nobody listens", async () => {
    const url = await listen(() => {});
    for (const close of closing.splice(0)) await close();
    expect(await failureOf(check(url))).toBe("refused");
  });

  it("ends at once where it is interrupted", async () => {
    const controller = new AbortController();
    const url = await listen((socket) => socket.once("data", () => controller.abort(new Error("enough"))));
    await expect(check(url, controller.signal)).rejects.toThrow("enough");
  });
});
