/** DoH throughput of the resolver on raw workerd, next to an empty Worker on the same workerd in the same run. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { base64urlnopad } from "@scure/base";
import { encode } from "dns-packet";
import { generateKey, readKey } from "../crawler/push/key-file.ts";
import { findNetwork } from "../schema/networks/index.ts";
import { snapshotDigest, snapshotKey } from "../schema/snapshot.ts";
import { bundleWorker } from "../scripts/edge.ts";
import { figure, type Figure } from "./figure.ts";
import { median } from "./processes.ts";
import { snapshotText } from "./synthetic.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

const run = promisify(execFile);

const PEERS = 10_000;
const ROUNDS = 5;
const REQUESTS = 40_000;
const CONNECTIONS = 16;
const ZONE = "bitcoin.seed.example.org.";

interface Load {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** One run of h2load over HTTP/1.1. Throws unless every request got a 2xx. */
async function load(workerd: Workerd, path: string): Promise<Load> {
  const before = workerd.cpuSeconds();
  const { stdout } = await run("h2load", ["--h1", "-n", String(REQUESTS), "-c", String(CONNECTIONS), "-t", "1", `${workerd.url}${path}`]);
  const cpu = workerd.cpuSeconds() - before;
  const perSecond = Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(stdout)?.[1]);
  const succeeded = Number(/(\d+) 2xx/.exec(stdout)?.[1]);
  if (succeeded !== REQUESTS || !(perSecond > 0)) throw new Error(`h2load: only ${succeeded} of ${REQUESTS} requests succeeded`);
  return { perSecond, cpuMicroseconds: (cpu / REQUESTS) * 1e6 };
}

async function startResolver(): Promise<Workerd> {
  const network = findNetwork("bitcoin")!;
  const signer = await readKey(generateKey());
  const value = snapshotText(network.name, network.port, PEERS, Math.floor(Date.now() / 1_000));
  const bytes = Uint8Array.from(Buffer.from(value));
  const seal = { seq: 1, digest: snapshotDigest(bytes), keyid: signer.id, signature: base64urlnopad.encode(await signer.sign(bytes)) };
  return startWorkerd({
    script: await bundleWorker(join(import.meta.dirname, "worker", "doh.ts")),
    kv: { [snapshotKey(network.name)]: { value, metadata: seal } },
    json: {
      ZONES: [{ name: ZONE, network: network.name, nameservers: [`ns1.${ZONE}`], contact: `hostmaster.${ZONE}` }],
      SNAPSHOT_PUBLIC_KEYS: [signer.publicKey],
      OPERATOR_PUBLIC_KEYS: [],
    },
  });
}

/** Measures in alternating rounds, so that both sides see the same machine; the ratio is the median of the rounds' ratios. */
export async function benchDoh(): Promise<Figure[]> {
  const empty = await startWorkerd({ script: "export default { fetch() { return new Response(null); } };" });
  const resolver = await startResolver();
  try {
    const query = encode({ type: "query", id: 0, questions: [{ type: "A", name: ZONE.slice(0, -1) }] });
    const path = `/dns-query?dns=${query.toString("base64url")}`;
    await load(empty, "/"); // warm-up of both
    await load(resolver, path);
    const rounds: { empty: Load; resolver: Load }[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push({ empty: await load(empty, "/"), resolver: await load(resolver, path) });
    const of = (pick: (round: { empty: Load; resolver: Load }) => number): number => median(rounds.map(pick));
    return [
      figure(
        "empty Worker",
        of((round) => round.empty.perSecond),
        "requests/s",
      ),
      figure(
        `DoH GET, A, a fresh sample of 25 from ${PEERS.toLocaleString("en")} peers a query`,
        of((round) => round.resolver.perSecond),
        "requests/s",
      ),
      figure(
        "ratio",
        of((round) => round.resolver.perSecond / round.empty.perSecond),
        "",
        { atLeast: 0.85 },
      ),
      figure(
        "CPU a request, empty Worker",
        of((round) => round.empty.cpuMicroseconds),
        "µs",
      ),
      figure(
        "CPU a request, DoH",
        of((round) => round.resolver.cpuMicroseconds),
        "µs",
      ),
    ];
  } finally {
    await Promise.all([empty.stop(), resolver.stop()]);
  }
}
