/** Children of the benchmark: other files of this folder in processes of their own, heard by IPC. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** As bin/seedcast.mjs runs the crawler. */
const EXEC_ARGV = ["--max-semi-space-size=8"];

export const startChild = (file: string, ...args: string[]): ChildProcess =>
  fork(join(import.meta.dirname, file), args, { execArgv: EXEC_ARGV, stdio: ["ignore", "inherit", "inherit", "ipc"] });

/** No child is silent longer, in milliseconds, unless something went wrong. */
const PATIENCE_MS = 240_000;

const late = (): never => {
  throw new Error("a child of the benchmark took too long");
};

/** The next message of a child. Rejects where it ends instead, or takes too long. */
export async function nextMessage(child: ChildProcess, patienceMs = PATIENCE_MS): Promise<unknown> {
  const ended = once(child, "exit").then(() => Promise.reject(new Error("a child of the benchmark ended early")));
  const [first] = await Promise.race([once(child, "message", { signal: AbortSignal.timeout(patienceMs) }).catch(late), ended]);
  return first;
}
