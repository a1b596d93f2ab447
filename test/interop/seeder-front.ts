/** The TLS front that an operator puts before the edge for Decred's seeder names: HTTPS on port 443, with `Host` passed on. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

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

/** A self-signed certificate and its key. */
async function makeCertificate(names: readonly string[], folder: string): Promise<{ certificate: string; key: string }> {
  const certificate = join(folder, "front.crt");
  const key = join(folder, "front.key");
  const subject = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`];
  const keyKind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run("openssl", ["req", "-x509", "-days", "2", ...keyKind, ...subject, "-keyout", key, "-out", certificate]);
  return { certificate, key };
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
