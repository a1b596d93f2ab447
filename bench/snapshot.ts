/** Decoding a snapshot of 10,000 peers: time and heap, in a fresh process with the garbage collector at hand. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { figure, type Figure } from "./figure.ts";
import { median } from "./processes.ts";

const run = promisify(execFile);
const PROCESSES = 5;

export interface Decoding {
  /** From text to a pool ready for drawing, in a process that has never done it: what a cold isolate pays. */
  readonly coldMilliseconds: number;
  readonly warmMilliseconds: number;
  readonly heapMegabytes: number;
}

export async function benchSnapshot(): Promise<Figure[]> {
  const decodings: Decoding[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const { stdout } = await run(process.execPath, ["--expose-gc", join(import.meta.dirname, "snapshot-process.ts")]);
    decodings.push(JSON.parse(stdout) as Decoding); // our own child's line
  }
  const of = (pick: (decoding: Decoding) => number): number => median(decodings.map(pick));
  return [
    figure(
      "decoding 10,000 peers, cold",
      of((each) => each.coldMilliseconds),
      "ms",
      { atMost: 25 },
    ),
    figure(
      "decoding 10,000 peers, warm",
      of((each) => each.warmMilliseconds),
      "ms",
    ),
    figure(
      "heap held by 10,000 peers",
      of((each) => each.heapMegabytes),
      "MB",
      { atMost: 32 },
    ),
  ];
}
