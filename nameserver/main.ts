/** Runs a name server behind a delegation: `node nameserver/main.ts --edge https://seed.example.org --key <public key>`. */
import { parseArgs } from "node:util";
import { startNameserver } from "./nameserver.ts";

const USAGE = `usage: node nameserver/main.ts --edge URL --key KEY [--key KEY] [--host ADDRESS] [--port 53] [--refresh 60]

Answers DNS on UDP and TCP for every zone of an edge, from its signed snapshots.
  --edge     the edge, for example https://seed.example.org
  --key      a public key whose signature on snapshots is accepted (base64url); both during a rotation
  --host     the address to listen on; all of IPv4 and IPv6 unless given
  --port     the port, 53 unless given
  --refresh  how often the edge is asked, in seconds`;

function parse() {
  const { values } = parseArgs({
    options: {
      edge: { type: "string" },
      key: { type: "string", multiple: true },
      host: { type: "string" },
      port: { type: "string", default: "53" },
      refresh: { type: "string", default: "60" },
      help: { type: "boolean" },
    },
  });
  const [port, refreshSeconds] = [Number(values.port), Number(values.refresh)];
  const sound = URL.canParse(values.edge ?? "") && Number.isInteger(port) && port >= 0 && port <= 65_535 && refreshSeconds >= 1;
  if (values.help === true || !sound || values.edge === undefined || values.key === undefined) return undefined;
  return { edge: new URL(values.edge), snapshotKeys: values.key, host: values.host, port, refreshSeconds };
}

function report({ network, cause }: { readonly network: string | undefined; readonly cause: string }): void {
  console.error(JSON.stringify({ message: "edge not followed, serving what is held", network, cause }));
}

const options = parse();
if (options === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  const server = await startNameserver({ ...options, signal: stopping.signal, onFailure: report });
  console.log(JSON.stringify({ message: "listening", udp: server.udpPort, tcp: server.tcpPort, edge: options.edge.href }));
}
