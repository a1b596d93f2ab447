/** Ctrl-C: the first asks for a clean end, the second takes it. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A second signal within this time after the first is its echo, in milliseconds: npm passes on a Ctrl-C that the terminal has sent already. */
const ECHO_MS = 500;

/** A signal that is aborted when the process is asked to end, or when whoever started it is gone. A second request ends the process with 130. */
export function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  let asked: number | undefined;
  const interrupt = (): void => {
    if (asked !== undefined && performance.now() - asked > ECHO_MS) process.exit(130);
    asked ??= performance.now();
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  if (process.channel !== undefined) {
    process.on("disconnect", interrupt);
    process.channel.unref();
  }
  return controller.signal;
}

/** Resolves once the signal is aborted. */
export const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
