/** A program of others that runs in the background: started, heard and ended. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";

/** How long a program may take to end of its own accord, in milliseconds. */
const GRACE_MS = 5_000;

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Daemon {
  /** All that it said so far. */
  log(): string;
  /** Resolves with the match as soon as its log has one. Rejects after `seconds`, or where it ends before, with the end of the log. */
  logged(pattern: RegExp, seconds: number): Promise<RegExpExecArray>;
  /** Asks it to end, then makes it. */
  stop(): Promise<void>;
}

export function startDaemon({ command, args, env = {} }: DaemonOptions): Daemon {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const changes = new EventEmitter();
  let log = "";
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      changes.emit("change");
      resolve();
    };
    child.once("error", (error) => {
      log += `${error.message}\n`;
      end();
    });
    child.once("close", end);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      changes.emit("change");
    });
  }
  return {
    log: () => log,
    logged: async (pattern, seconds) => {
      const signal = AbortSignal.timeout(seconds * 1_000);
      for (;;) {
        const match = pattern.exec(log);
        if (match !== null) return match;
        const failure = over ? "ended before" : signal.aborted ? `did not within ${seconds} s` : undefined;
        if (failure !== undefined) throw new Error(`${command} ${failure} say ${String(pattern)}:\n${log.slice(-2_000)}`);
        await once(changes, "change", { signal }).catch(() => undefined); // the loop looks why
      }
    },
    stop: async () => {
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      await ended;
      clearTimeout(killer);
    },
  };
}
