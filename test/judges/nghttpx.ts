/** nghttpx before the edge: TLS with HTTP/2, and HTTP/2 in clear, which a local workerd has neither of. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "../interop/certificate.ts";
import { startDaemon } from "../interop/daemon.ts";
import { scratch } from "../interop/seed.ts";
import { eventually, listening } from "../interop/waiting.ts";
import { freePort } from "./free-port.ts";

const HOST = "127.0.0.1";
/** The name in the certificate, beside the address. */
export const DOH_HOST = "doh.test";
export const DOH_PATH = "/dns-query";

export interface Nghttpx {
  readonly host: string;
  /** HTTP/2 over TLS. */
  readonly port: number;
  /** HTTP/2 by prior knowledge, in clear. */
  readonly plainPort: number;
  /** PEM file of the certificate to trust. */
  readonly certificate: string;
}

/** Starts nghttpx before a server of HTTP/1.1 on 127.0.0.1; it stops when `undo` does. */
export async function startNghttpx(undo: AsyncDisposableStack, backend: URL): Promise<Nghttpx> {
  const folder = scratch(undo);
  const { certificate, key } = await makeCertificate([DOH_HOST, HOST], folder);
  const [port, plainPort] = [await freePort(), await freePort()];
  const file = join(folder, "nghttpx.conf");
  const settings = [
    `frontend=${HOST},${port}`,
    `frontend=${HOST},${plainPort};no-tls`,
    `backend=${backend.hostname},${backend.port}`,
    `private-key-file=${key}`,
    `certificate-file=${certificate}`,
    "workers=1",
    "accesslog-file=/dev/null",
  ];
  writeFileSync(file, settings.map((line) => `${line}\n`).join(""));
  const nghttpx = startDaemon({ command: "nghttpx", args: [`--conf=${file}`] });
  undo.defer(() => nghttpx.stop());
  for (const each of [port, plainPort]) await eventually(`nghttpx listens on ${each}`, 30, () => listening(HOST, each));
  return { host: HOST, port, plainPort, certificate };
}
