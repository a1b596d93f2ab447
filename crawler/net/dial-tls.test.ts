import { once } from "node:events";
import { createServer, request } from "node:https";
import type { Server } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { SEEDER_CERTIFICATE, SEEDER_KEY } from "../../test/support/seeder-certificate.ts";
import { dialTls } from "./dial-tls.ts";
import { socksDialer } from "./socks.ts";
import { startTestProxy } from "./test-proxy.ts";

const OPTIONS = { timeoutMs: 5_000, signal: new AbortController().signal };

async function seeder(): Promise<number> {
  const server: Server = createServer({ key: SEEDER_KEY, cert: SEEDER_CERTIFICATE }, (_, response) => response.end("peers"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

/** The body that `https://<host>/` has behind a proxy; only the proxy knows where that is. */
async function get(host: string, ca?: string): Promise<string> {
  const port = await seeder();
  await using server = await startTestProxy(() => ({ to: { host: "127.0.0.1", port } }));
  const { dialName } = socksDialer({ proxy: server.proxy, families: [], isolate: true });
  const socket = await dialTls(dialName, host, 443, OPTIONS, ca === undefined ? {} : { ca });
  const call = request(`https://${host}/`, { createConnection: () => socket });
  call.end();
  const [response] = await once(call, "response");
  const chunks = await response.toArray();
  expect(server.requests).toMatchObject([{ host, port: 443 }]);
  return Buffer.concat(chunks).toString();
}

describe("dialTls", () => {
  it("carries an HTTPS request to a name that only the proxy resolves", async () => {
    expect(await get("seeder.example", SEEDER_CERTIFICATE)).toBe("peers");
  });

  it("checks the certificate: who signed it, and for which name", async () => {
    await expect(get("seeder.example")).rejects.toThrow(/self-signed/);
    await expect(get("other.example", SEEDER_CERTIFICATE)).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });
});
