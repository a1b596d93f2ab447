/** Other projects' crawlers under measurement: programs that run until their log says that the crawl is over. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSecondsOf } from "./processes.ts";

/** A crawler took longer, in milliseconds. */
const PATIENCE_MS = 90_000;

export interface Rival {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** True for the line after which it crawls: what is used before is its start. */
  readonly isStart: (line: string) => boolean;
  /** True for the line by which it has crawled everybody. */
  readonly isEnd: (line: string) => boolean;
}

/** Runs it in the folder of its own that `env` names, and gives the CPU seconds that the crawl took. Rejects with the end of its log where it does not come to its end. */
export async function cpuSecondsOfRival({ command, args, env, isStart, isEnd }: Rival): Promise<number> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const over = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<void>();
  const tail: string[] = [];
  const fail = (what: string): void => over.reject(new Error(`${command} ${what}:\n${tail.join("\n")}`));
  let start: number | undefined;
  const onLine = (line: string): void => {
    tail.push(line);
    if (tail.length > 20) tail.shift();
    if (child.pid === undefined) return;
    if (start === undefined) {
      if (isStart(line)) start = cpuSecondsOf(child.pid);
    } else if (isEnd(line)) over.resolve(cpuSecondsOf(child.pid) - start);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", onLine);
  child.once("error", (error) => fail(error.message));
  child.once("close", () => {
    fail("ended early");
    closed.resolve();
  });
  const patience = new AbortController();
  void sleep(PATIENCE_MS, undefined, { signal: patience.signal }).then(
    () => fail("took too long"),
    () => {},
  );
  try {
    return await over.promise;
  } finally {
    patience.abort();
    if (child.kill("SIGKILL")) await closed.promise;
  }
}
