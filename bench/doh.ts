/**
 * Throughput of the resolver on raw workerd, next to an empty Worker and to Workers that give one fixed answer, all by the same URL. Each kind of
 * question is measured by itself, its Workers in turn: one that waits for long is slower when its turn comes, and so all wait equally long.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { encode } from "dns-packet";
import { figure, type Figure, type Goal } from "./figure.ts";
import { median, quantile } from "./processes.ts";
import { APEX, makePublication, PEERS, startEmpty, startFixed, startResolver, type Publication } from "./resolver-worker.ts";
import type { Workerd } from "./workerd.ts";

const run = promisify(execFile);

const ROUNDS = 30;
const REQUESTS = 3_000;
/** CPU is told of the rounds that were least disturbed, this share of them: a shared machine has slow spells. */
const QUIETEST = 0.1;
const CONNECTIONS = 16;

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

function wirePath(name: string, dnssecOk = false): string {
  // dns-packet reads the DO bit from here; its types do not say so.
  const opt = { type: "OPT", name: ".", udpPayloadSize: 1_232, flags: 0x8000, options: [] } as never;
  const query = encode({ type: "query", id: 0, questions: [{ type: "A", name }], additionals: dnssecOk ? [opt] : [] });
  return `/dns-query?dns=${query.toString("base64url")}`;
}

interface Kind {
  readonly title: string;
  readonly path: string;
  /** Throughput as a share of the empty Worker's. */
  readonly goal?: Goal;
}

const KINDS: readonly Kind[] = [
  { title: `A, a fresh sample of 25 from ${PEERS.toLocaleString("en")} peers a query`, path: wirePath(APEX), goal: { atLeast: 0.85 } },
  { title: "A with DO, a signed sample from the bank", path: wirePath(APEX, true), goal: { atLeast: 0.9 } },
  { title: "NXDOMAIN with DO, a signed denial", path: wirePath(`nothing.${APEX}`, true), goal: { atLeast: 0.9 } },
  { title: "JSON, A, a fresh sample of 25", path: `/resolve?name=${APEX}&type=A`, goal: { atLeast: 0.75 } },
];

/** The Workers that are measured for a kind, the empty one first and the resolver second. */
async function startWorkers(publication: Publication, path: string): Promise<readonly [Workerd, Workerd, Workerd, Workerd]> {
  const resolver = await startResolver(publication);
  return [await startEmpty(), resolver, await startFixed(resolver, path), await startFixed(resolver, path, true)];
}

/** Measures in alternating rounds, so that all Workers see the same machine; a ratio is the median of the rounds' ratios. */
async function benchKind(publication: Publication, { title, path, goal }: Kind): Promise<Figure[]> {
  const workers = await startWorkers(publication, path);
  const round = async (): Promise<readonly Load[]> => {
    const loads: Load[] = [];
    for (const workerd of workers) loads.push(await load(workerd, path));
    return loads;
  };
  try {
    await round(); // warm-up
    const rounds: (readonly Load[])[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
    const of = (pick: (round: readonly Load[]) => number): number => median(rounds.map(pick));
    const ratio = (i: number, to: number): number => of((each) => each[i]!.perSecond / each[to]!.perSecond);
    const perSecond = (i: number): number => of((each) => each[i]!.perSecond);
    const cpu = (i: number): number =>
      quantile(
        rounds.map((each) => each[i]!.cpuMicroseconds),
        QUIETEST,
      );
    const [empty, resolver, fixed, read] = [0, 1, 2, 3];
    return [
      figure(`${title}: to the empty Worker`, ratio(resolver, empty), "", goal),
      figure("the same: one fixed answer, no logic, to the empty Worker", ratio(fixed, empty), ""),
      figure("the same: one fixed answer, once method, URL and Accept are read, to the empty Worker", ratio(read, empty), ""),
      figure("the same: to the fixed answer without logic", ratio(resolver, fixed), ""),
      figure("the same: to the fixed answer that reads the request", ratio(resolver, read), ""),
      figure("the same: throughput", perSecond(resolver), "requests/s"),
      figure("the same: throughput of the empty Worker", perSecond(empty), "requests/s"),
      figure("the same: CPU a request, in the quietest rounds", cpu(resolver), "µs"),
      figure("the same: CPU a request, one fixed answer, no logic", cpu(fixed), "µs"),
      figure("the same: CPU a request, one fixed answer, once method, URL and Accept are read", cpu(read), "µs"),
      figure("the same: CPU a request, the empty Worker", cpu(empty), "µs"),
    ];
  } finally {
    await Promise.all(workers.map((workerd) => workerd.stop()));
  }
}

export async function benchDoh(): Promise<Figure[]> {
  const publication = await makePublication();
  const figures: Figure[] = [];
  for (const kind of KINDS) figures.push(...(await benchKind(publication, kind)));
  return figures;
}
