/** The TLS front that an operator puts before the edge for Decred's seeder names: HTTPS on port 443, with `Host` passed on. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { makeCertificate } from "./certificate.ts";

export interface SeederFrontOptions {
  /** The names that the certificate is for. */
  readonly names: readonly string[];
  readonly host: string;
  readonly edge: URL;
  readonly folder: string;
}

export interface SeederFront {
  /** The certificate, which signs itself: whoever trusts this file trusts the front. */
  readonly certificate: string;
  /** `Host` and target of each request so far. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** Starts the front on port 443. */
export async function startSeederFront({ names, host, edge, folder }: SeederFrontOptions): Promise<SeederFront> {
  const { certificate, key } = await makeCertificate(names, folder);
  const requests: string[] = [];
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (incoming, outgoing) => {
    requests.push(`${incoming.headers.host} ${incoming.url}`);
    const { method, url: path, headers } = incoming;
    const onward = request({ host: edge.hostname, port: edge.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(443, host);
  await once(server, "listening");
  return {
    certificate,
    requests,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
