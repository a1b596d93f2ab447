/**
 * Throughput of the resolver on raw workerd, next to an empty Worker and to one that gives a fixed answer without any thought, all in one
 * run: each kind of question has a resolver of its own, so that what one leaves to the garbage collector is not paid by the next.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { encode } from "dns-packet";
import { figure, type Figure, type Goal } from "./figure.ts";
import { median } from "./processes.ts";
import { APEX, makePublication, PEERS, startEmpty, startFixed, startResolver } from "./resolver-worker.ts";
import type { Workerd } from "./workerd.ts";

const run = promisify(execFile);

const ROUNDS = 15;
const REQUESTS = 6_000;
const CONNECTIONS = 16;

interface Load {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** One run of h2load over HTTP/1.1. Throws unless every request got a 2xx. */
async function load({ workerd, path }: Side): Promise<Load> {
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

interface Side {
  readonly title: string;
  readonly workerd: Workerd;
  readonly path: string;
  /** Throughput as a share of the empty Worker's. */
  readonly goal?: Goal;
  /** The side that gives one such answer without any thought, by its place in the list. */
  readonly fixed?: number;
}

const [EMPTY, FIXED_MESSAGE, FIXED_JSON] = [0, 1, 2];

async function startSides(): Promise<readonly Side[]> {
  const publication = await makePublication();
  const side = async (title: string, path: string, atLeast?: number, fixed = FIXED_MESSAGE): Promise<Side> => {
    const workerd = await startResolver(publication);
    return { title, workerd, path, fixed, ...(atLeast !== undefined && { goal: { atLeast } }) };
  };
  const fixedOf = async (what: string, { workerd, path }: Side, reads = false): Promise<Side> => {
    const title = `fixed ${what} answer: ${reads ? "the same, once method, URL and Accept are read" : "the octets and headers of one, no logic"}`;
    return { title, workerd: await startFixed(workerd, path, reads), path };
  };
  const sample = await side(`DoH GET, A, a fresh sample of 25 from ${PEERS.toLocaleString("en")} peers a query`, wirePath(APEX), 0.85);
  const json = await side("JSON DoH, A, a fresh sample of 25", `/resolve?name=${APEX}&type=A`, 0.75, FIXED_JSON);
  return [
    { title: "empty Worker: no body, no headers", workerd: await startEmpty(), path: "/" },
    await fixedOf("DoH", sample),
    await fixedOf("JSON", json),
    await fixedOf("DoH", sample, true),
    await fixedOf("JSON", json, true),
    sample,
    await side("DoH GET, A with DO, a signed sample from the bank", wirePath(APEX, true), 0.9),
    await side("DoH GET, NXDOMAIN with DO, signed denial", wirePath(`nothing.${APEX}`, true), 0.9),
    await side("DoH GET, NXDOMAIN", wirePath(`nothing.${APEX}`)),
    json,
  ];
}

/** Measures in alternating rounds, so that all sides see the same machine; a ratio is the median of the rounds' ratios. */
export async function benchDoh(): Promise<Figure[]> {
  const sides = await startSides();
  const round = async (): Promise<readonly Load[]> => {
    const loads: Load[] = [];
    for (const side of sides) loads.push(await load(side));
    return loads;
  };
  try {
    await round(); // warm-up
    const rounds: (readonly Load[])[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
    const of = (pick: (round: readonly Load[]) => number): number => median(rounds.map(pick));
    const ratio = (i: number, to: number): number => of((each) => each[i]!.perSecond / each[to]!.perSecond);
    return [
      ...sides.map(({ title }, i) =>
        figure(
          title,
          of((each) => each[i]!.perSecond),
          "requests/s",
        ),
      ),
      ...sides.slice(1).map(({ title, goal }, i) => figure(`to the empty Worker: ${title}`, ratio(i + 1, EMPTY), "", goal)),
      ...sides.flatMap(({ title, fixed }, i) =>
        fixed === undefined ? [] : [figure(`to its fixed answer: ${title}`, ratio(i, fixed), "")],
      ),
      ...sides.map(({ title }, i) =>
        figure(
          `CPU a request: ${title}`,
          of((each) => each[i]!.cpuMicroseconds),
          "µs",
        ),
      ),
    ];
  } finally {
    await Promise.all(sides.map(({ workerd }) => workerd.stop()));
  }
}
