/**
 * Throughput of the resolver on raw workerd, next to an empty Worker and to one that gives a fixed answer without any thought: the first
 * is what the platform takes for a request, the second what it takes for an answer of that size with those headers.
 */
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
const REQUESTS = 12_000;
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
      ZONES: [{ name: ZONE, network: network.name, nameservers: ["ns1.example.net."], contact: `hostmaster.${ZONE}` }],
      SNAPSHOT_PUBLIC_KEYS: [signer.publicKey],
      OPERATOR_PUBLIC_KEYS: [],
    },
  });
}

/** A Worker that gives one answer of the resolver, the same each time. */
async function startFixed(resolver: Workerd, path: string): Promise<Workerd> {
  const response = await fetch(`${resolver.url}${path}`);
  const headers = JSON.stringify([...response.headers]);
  const octets = new Uint8Array(await response.arrayBuffer()).join();
  return startWorkerd({
    script: `const body = Uint8Array.of(${octets}); const init = { headers: new Headers(${headers}) };
      export default { fetch() { return new Response(body, init); } };`,
  });
}

const wirePath = (name: string): string =>
  `/dns-query?dns=${encode({ type: "query", id: 0, questions: [{ type: "A", name }] }).toString("base64url")}`;

/** Measures in alternating rounds, so that all sides see the same machine; a ratio is the median of the rounds' ratios. */
export async function benchDoh(): Promise<Figure[]> {
  const apex = ZONE.slice(0, -1);
  const empty = await startWorkerd({ script: "export default { fetch() { return new Response(null); } };" });
  // One for each kind of question: what one leaves to the garbage collector must not be paid by the next.
  const [resolver, negative, json] = await Promise.all([startResolver(), startResolver(), startResolver()]);
  const fixed = await startFixed(resolver, wirePath(apex));
  const sides = {
    empty: { workerd: empty, path: "/" },
    fixed: { workerd: fixed, path: wirePath(apex) },
    sample: { workerd: resolver, path: wirePath(apex) },
    nothing: { workerd: negative, path: wirePath(`nothing.${apex}`) },
    json: { workerd: json, path: `/resolve?name=${apex}&type=A` },
  };
  type Side = keyof typeof sides;
  type Round = Record<Side, Load>;
  const round = async (): Promise<Round> => ({
    empty: await load(sides.empty.workerd, sides.empty.path),
    fixed: await load(sides.fixed.workerd, sides.fixed.path),
    sample: await load(sides.sample.workerd, sides.sample.path),
    nothing: await load(sides.nothing.workerd, sides.nothing.path),
    json: await load(sides.json.workerd, sides.json.path),
  });
  try {
    await round(); // warm-up
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
    const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
    const ratio = (side: Side, to: Side): number => of((each) => each[side].perSecond / each[to].perSecond);
    const throughput = (measure: string, side: Side): Figure =>
      figure(
        measure,
        of((each) => each[side].perSecond),
        "requests/s",
      );
    const cpu = (measure: string, side: Side): Figure =>
      figure(
        `CPU a request, ${measure}`,
        of((each) => each[side].cpuMicroseconds),
        "µs",
      );
    return [
      throughput("empty Worker: no body, no headers", "empty"),
      throughput("fixed answer: the octets and headers of one DoH answer, no logic", "fixed"),
      throughput(`DoH GET, A, a fresh sample of 25 from ${PEERS.toLocaleString("en")} peers a query`, "sample"),
      throughput("DoH GET, NXDOMAIN", "nothing"),
      throughput("JSON DoH, A, a fresh sample of 25", "json"),
      figure("DoH to the empty Worker", ratio("sample", "empty"), "", { atLeast: 0.85 }),
      figure("DoH to the fixed answer", ratio("sample", "fixed"), ""),
      figure("fixed answer to the empty Worker", ratio("fixed", "empty"), ""),
      figure("NXDOMAIN to the empty Worker", ratio("nothing", "empty"), ""),
      figure("JSON DoH to the empty Worker", ratio("json", "empty"), ""),
      cpu("empty Worker", "empty"),
      cpu("fixed answer", "fixed"),
      cpu("DoH", "sample"),
      cpu("NXDOMAIN", "nothing"),
      cpu("JSON DoH", "json"),
    ];
  } finally {
    await Promise.all([empty, fixed, resolver, negative, json].map((each) => each.stop()));
  }
}
