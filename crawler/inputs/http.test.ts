import type { RequestListener } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { DialError, ProxyError, type Dialer } from "../net/dial.ts";
import { httpGet, HttpError, type HttpOptions } from "./http.ts";
import { startTestHttps, trustSeeder } from "./test-https.ts";

const NEVER = new AbortController().signal;
const OPTIONS = { timeoutMs: 10_000, maxOctets: 100, accept: "text/plain", signal: NEVER };

const elsewhere: RequestListener = (_, response) => response.writeHead(302, { location: "https://evil.example/" }).end();
const silent: RequestListener = () => {};
const slow: RequestListener = (_, response) => void response.write("x");
const switching: RequestListener = ({ socket }) => socket.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
const half: RequestListener = (_, response) => response.writeHead(200, { "content-length": 9 }).write("x", () => response.destroy());
const hangUp: RequestListener = ({ socket }) => socket.destroy();
const endless: RequestListener = (_, response) => {
  const more = (): void => void (response.destroyed || response.write("x".repeat(1_000), more));
  more();
};

/** A proxy that gives no way. */
const failing = (error: Error): { readonly dialName: NonNullable<Dialer["dialName"]> } => ({
  dialName: async () => {
    throw error;
  },
});

beforeAll(trustSeeder);

/** What a GET of `https://<host>/x` brings from a server that answers so. */
async function get(answer: RequestListener, options: Partial<HttpOptions> = {}, host = "seeder.example"): Promise<string> {
  await using server = await startTestHttps(answer);
  const { status, header, body } = await httpGet(new URL(`https://${host}/x`), { ...OPTIONS, dialName: server.dialName, ...options });
  expect(server.dialled).toEqual([`${host}:443`]);
  return `${status} ${header("x-test")} ${Buffer.from(body).toString()}`;
}

describe("httpGet", () => {
  it("reads an answer, whatever its status", async () => {
    expect(await get((_, response) => response.writeHead(200, { "x-test": "1" }).end("whole"))).toBe("200 1 whole");
    expect(await get((_, response) => response.writeHead(503).end())).toBe("503 null ");
    expect(await get(({ headers }, response) => response.end(headers.accept))).toContain("text/plain");
  });

  it("goes by itself where there is no proxy, also without TLS", async () => {
    await using server = await startTestHttps((_, response) => response.end("plain"), { plain: true });
    const { body } = await httpGet(new URL(`http://127.0.0.1:${server.port}/`), OPTIONS);
    expect(Buffer.from(body).toString()).toBe("plain");
    const through = await httpGet(new URL("http://[2001:db8::1]:81/"), { ...OPTIONS, dialName: server.dialName });
    expect(through.status).toBe(200);
    expect(server.dialled).toEqual(["2001:db8::1:81"]);
  });

  it("follows nobody elsewhere", async () => {
    expect(await get(elsewhere)).toMatch(/^302/);
  });

  it("reads so much and no more", async () => {
    expect(await get((_, response) => response.end("x".repeat(100)))).toHaveLength("200 null ".length + 100);
    await expect(get(endless)).rejects.toThrow(new HttpError("the answer is longer than 100 octets"));
  });

  it("waits so long and no longer, for the head and for the rest", async () => {
    for (const answer of [silent, slow]) {
      await expect(get(answer, { timeoutMs: 100 })).rejects.toThrow(new HttpError("no answer within 0.1 s"));
    }
  });

  it("believes no certificate but a good one for the very name", async () => {
    await expect(get((_, response) => response.end("x"), {}, "other.example")).rejects.toThrow("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("says what became of the connection", async () => {
    for (const answer of [hangUp, half]) await expect(get(answer)).rejects.toThrow(new HttpError("no connection (ECONNRESET)"));
    await expect(get(switching)).rejects.toThrow(new HttpError("the connection ended without an answer"));
    await expect(httpGet(new URL("http://127.0.0.1:1/"), OPTIONS)).rejects.toThrow(new HttpError("no connection (ECONNREFUSED)"));
    const url = new URL("https://seeder.example/");
    await expect(httpGet(url, { ...OPTIONS, ...failing(new ProxyError("proxy 127.0.0.1:1 hung up")) })).rejects.toThrow(
      new HttpError("proxy 127.0.0.1:1 hung up"),
    );
    await expect(httpGet(url, { ...OPTIONS, ...failing(new DialError("refused", "the proxy's reply was 0x05")) })).rejects.toThrow(
      new HttpError("the proxy's reply was 0x05"),
    );
  });

  it("ends with its signal", async () => {
    const stop = new AbortController();
    const asked: RequestListener = () => stop.abort();
    await expect(get(asked, { signal: stop.signal })).rejects.toThrow(HttpError);
  });
});
