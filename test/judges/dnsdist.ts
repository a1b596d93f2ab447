/** dnsdist before the DoH endpoint: a name server for whoever speaks only UDP and TCP, as an operator may run one. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../interop/daemon.ts";
import { scratch } from "../interop/seed.ts";
import { freePort } from "./free-port.ts";
import { APEX } from "./judged-zone.ts";
import { DOH_HOST, DOH_PATH, type Nghttpx } from "./nghttpx.ts";

export interface Relay {
  readonly host: string;
  /** UDP and TCP. */
  readonly port: number;
}

/** Starts dnsdist; resolves when it has found the endpoint to answer. It stops when `undo` does. */
export async function startDnsdist(undo: AsyncDisposableStack, doh: Nghttpx): Promise<Relay> {
  const relay = { host: "127.0.0.1", port: await freePort() };
  const file = join(scratch(undo), "dnsdist.lua");
  const upstream = [
    `address="${doh.host}:${doh.port}", tls="openssl", subjectName="${DOH_HOST}", dohPath="${DOH_PATH}"`,
    `validateCertificates=true, caStore="${doh.certificate}", checkName="${APEX}.", checkType="SOA", mustResolve=true`,
  ];
  writeFileSync(file, `setLocal("${relay.host}:${relay.port}")\nsetACL("127.0.0.0/8")\nnewServer({${upstream.join(", ")}})\n`);
  const dnsdist = startDaemon({ command: "dnsdist", args: ["--supervised", "--disable-syslog", "-C", file] });
  undo.defer(() => dnsdist.stop());
  await dnsdist.logged(/Marking downstream .* as 'up'/, 30);
  return relay;
}
