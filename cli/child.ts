/** For tests: the command line as a real process. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BIN = join(import.meta.dirname, "..", "bin", "seedcast.mjs");

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What to run: the `seedcast` command unless given. */
  readonly script?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The environment without any of our variables. */
function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith("SEEDCAST_"));
  return { ...Object.fromEntries(rest), COLUMNS: "200", NO_COLOR: "1", ...extra };
}

/** Starts a command; `line` waits for a line of its output that matches. */
export function startCommand(args: readonly string[], options: RunOptions = {}) {
  const child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } = spawn(
    process.execPath,
    [options.script ?? BIN, ...args],
    {
      cwd: options.cwd,
      env: cleanEnvironment(options.env),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const text = { stdout: "", stderr: "" };
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    createInterface({ input: child[name] }).on("line", (line) => {
      text[name] += `${line}\n`;
      lines.push(line);
      for (const watch of watchers) watch();
    });
  }
  const ended = once(child, "close").then(([code]): Ended => ({ code: Number(code), ...text }));
  const line = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let seen = 0; ;) {
      for (; seen < lines.length; seen++) {
        const match = pattern.exec(lines[seen]!);
        if (match !== null) return match;
      }
      const more = Promise.withResolvers<boolean>();
      const watch = (): void => more.resolve(true);
      watchers.add(watch);
      const alive = await Promise.race([more.promise, ended.then(() => false)]);
      watchers.delete(watch);
      if (!alive && seen >= lines.length) throw new Error(`ended without a line like ${String(pattern)}:\n${text.stdout}${text.stderr}`);
    }
  };
  return { child, ended, line };
}

/** Runs a command to its end. */
export const runCommand = (args: readonly string[], options?: RunOptions): Promise<Ended> => startCommand(args, options).ended;
