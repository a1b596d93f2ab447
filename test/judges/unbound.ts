/** unbound, the resolver of many clients, with a zone and its child as stubs: it asks the server that it is given and nobody else. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../interop/daemon.ts";
import { scratch } from "../interop/seed.ts";
import { freePort } from "./free-port.ts";
import { APEX } from "./judged-zone.ts";

export interface UnboundOptions {
  /** The zone's server, UDP and TCP. */
  readonly upstream: { readonly host: string; readonly port: number };
  /** The zone, without the final dot: the judged one unless given. */
  readonly apex?: string;
  /** A file as `seedcast dnssec ds --format unbound` writes it; where given, unbound validates. */
  readonly anchor?: string | undefined;
  /** Whether it denies names by what it was told of others (RFC 8198). */
  readonly aggressive?: boolean;
}

export interface Unbound {
  readonly host: string;
  readonly port: number;
  /** Its configuration, by which unbound-host resolves too. */
  readonly file: string;
  /** The names that it asked upstream so far, as it spelt them, each with its type. */
  asked(): readonly string[];
  /** All that it said so far. */
  log(): string;
}

/** From how many addresses it asks: the name server's rate limit is by source, and a resolver that is asked so much at once has many. */
const SOURCES = 16;

/** Starts unbound with query-name minimisation (RFC 9156) and random case (0x20). It stops when `undo` does. */
export async function startUnbound(undo: AsyncDisposableStack, options: UnboundOptions): Promise<Unbound> {
  const folder = scratch(undo);
  const [host, port] = ["127.0.0.1", await freePort()];
  const file = join(folder, "unbound.conf");
  writeFileSync(file, configuration(folder, host, port, options));
  const unbound = startDaemon({ command: "unbound", args: ["-d", "-c", file] });
  undo.defer(() => unbound.stop());
  await unbound.logged(/start of service/, 30);
  const asked = (): readonly string[] =>
    Array.from(unbound.log().matchAll(/sending query: (\S+) (\S+) IN/g), ([, name, type]) => `${name} ${type}`);
  return { host, port, file, asked, log: () => unbound.log() };
}

const configuration = (
  folder: string,
  host: string,
  port: number,
  { upstream, apex = APEX, anchor, aggressive = false }: UnboundOptions,
): string => `server:
  interface: ${host}@${port}
${Array.from({ length: SOURCES }, (_, i) => `  outgoing-interface: 127.3.${i}.1\n`).join("")}  do-ip6: no
  num-threads: 1
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  verbosity: 4
  do-not-query-localhost: no
  qname-minimisation: yes
  use-caps-for-id: yes
  aggressive-nsec: ${aggressive ? "yes" : "no"}
  ede: yes
  module-config: "${anchor === undefined ? "" : "validator "}iterator"
${anchor === undefined ? "" : `include: "${anchor}"\n`}remote-control:
  control-enable: no
${[apex, `peer.${apex}`].map((zone) => `stub-zone:\n  name: "${zone}."\n  stub-addr: ${upstream.host}@${upstream.port}\n`).join("")}`;
