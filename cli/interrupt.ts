/** Ctrl-C: the first asks for a clean end, the second takes it. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal that is aborted when the process is asked to end, or when whoever started it is gone. A second request ends the process with 130. */
export function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
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
