/** Which versions of HTTP are taken for offered: what ALPN ends with, and what is spoken then. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test/support/conformance/server.ts";
import { selfSigned, type Pair } from "../test/support/self-signed.ts";
import { openTransports, type HttpChoice } from "./offers.ts";
import { DEFAULT_TIMEOUT_MS, MAX_BODY_OCTETS, TransportError } from "./transport.ts";

let pair: Pair;
beforeAll(async () => void (pair = await selfSigned()));

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function found(url: URL, choice: HttpChoice): Promise<readonly [spoken: readonly string[], mute: readonly string[]]> {
  const signal = new AbortController().signal;
  const { transports, mute } = await openTransports({ url, ca: pair.cert, timeoutMs: DEFAULT_TIMEOUT_MS, signal }, choice);
  closing.push(() => transports.forEach((transport) => transport.close()));
  return [transports.map(({ version }) => version), mute];
}

async function startServer(options: Parameters<typeof startTestServer>[0]): Promise<TestServer> {
  const server = await startTestServer(options);
  closing.push(server.close);
  return server;
}

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  closing.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server of HTTP/2 that says nothing by ALPN to whoever offers HTTP/1.1 alone, and hangs up, as OpenSSL has it unless told otherwise. */
async function startSilentOne(): Promise<URL> {
  const { port } = (await startServer({ tls: pair, http2: true })).url;
  const unsaying = await portOf(createTlsServer(pair, (socket) => socket.destroy()));
  const front = createServer((socket) => {
    socket.once("data", (hello) => {
      const behind = connect(hello.includes("http/1.1") ? unsaying : Number(port), "127.0.0.1");
      for (const side of [socket, behind]) side.on("error", () => {});
      behind.write(hello);
      socket.pipe(behind).pipe(socket);
    });
  });
  return new URL(`https://127.0.0.1:${await portOf(front)}/dns-query`);
}

describe("a server", () => {
  it("that speaks both versions offers both", async () => {
    const { url } = await startServer({ tls: pair, http2: true });
    expect(await found(url, "offered")).toEqual([["2", "1.1"], []]);
  });

  it("that knows no ALPN is asked by HTTP/1.1", async () => {
    const url = new URL(`https://127.0.0.1:${await portOf(createTlsServer(pair))}/dns-query`);
    expect(await found(url, "offered")).toEqual([["1.1"], []]);
  });

  it("that has HTTP/2 and does not choose HTTP/1.1 is not asked by it, unless one insists", async () => {
    const url = await startSilentOne();
    expect(await found(url, "offered")).toEqual([["2"], []]);
    expect(await found(url, "both")).toEqual([["2", "1.1"], []]);
  });

  it("that hangs up on a version it agreed to is asked by the other, and that is remembered", async () => {
    const server = await startServer({ tls: pair, http2: true });
    server.breakage = ({ headers: { host } }, good) => (host === undefined ? good : Promise.reject(new Error("HTTP/1.1")));
    expect(await found(server.url, "offered")).toEqual([["2"], ["1.1"]]);
    expect(await found(server.url, "both")).toEqual([["2", "1.1"], []]);
    server.breakage = () => ({ status: 200, headers: {}, body: new Uint8Array(MAX_BODY_OCTETS + 1) });
    expect(await found(server.url, "offered")).toEqual([["2", "1.1"], []]);
    server.breakage = () => Promise.reject(new Error("nobody"));
    expect(await found(server.url, "offered")).toEqual([["2", "1.1"], []]);
  });

  it("that does not speak what was asked for is called so", async () => {
    const { url } = await startServer({ tls: pair });
    await expect(found(url, "both")).rejects.toThrow(new TransportError("refused", "the server does not speak HTTP/2"));
  });
});
