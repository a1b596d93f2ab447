/** An HTTPS server on loopback for tests, called `seeder.example`, and the only way to it. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { SEEDER_CERTIFICATE, SEEDER_KEY } from "../../test/support/seeder-certificate.ts";
import { connectTo, type Dialer } from "../net/dial.ts";

export interface TestHttps extends AsyncDisposable {
  readonly port: number;
  /** Leads every name to the server, as a proxy would. */
  readonly dialName: NonNullable<Dialer["dialName"]>;
  /** `host:port` of what was dialled. */
  readonly dialled: readonly string[];
  /** Requests so far, by their path with the query. */
  readonly requested: readonly string[];
}

/** Has this process trust the certificate of `seeder.example`, as NODE_EXTRA_CA_CERTS would. Call it before anything else of TLS. */
export const trustSeeder = (): void => setDefaultCACertificates([...getCACertificates("default"), SEEDER_CERTIFICATE]);

/** Starts a server on a free port; `plain` without TLS. */
export async function startTestHttps(answer: RequestListener, { plain = false } = {}): Promise<TestHttps> {
  const requested: string[] = [];
  const dialled: string[] = [];
  const listener: RequestListener = (request, response) => {
    requested.push(request.url ?? "");
    answer(request, response);
  };
  const server = plain ? createServer(listener) : createSecureServer({ key: SEEDER_KEY, cert: SEEDER_CERTIFICATE }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("not listening on TCP");
  const { port } = bound;
  return {
    port,
    dialName: (host, named, options) => {
      dialled.push(`${host}:${named}`);
      return connectTo("127.0.0.1", port, options);
    },
    dialled,
    requested,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
