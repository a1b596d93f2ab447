/** One step of opening a connection, which ends in time or when it is broken off. */
import { DialAborted, DialError } from "../dial.ts";

export interface StageOptions {
  /** Milliseconds until it counts as `handshake-timeout`. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What was waited for, for people. */
  readonly name: string;
}

/** Begins the step. Returns what takes its listeners away again, whichever way it ended. */
export type Begin<T> = (succeed: (value: T) => void, fail: (error: DialError) => void) => () => void;

/** Runs a step. Throws the `DialError` that it failed with, one of its own when time is up, or `DialAborted`. */
export function runStage<T>({ timeoutMs, signal, name }: StageOptions, begin: Begin<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new DialAborted());
      return;
    }
    let undo: (() => void) | undefined;
    let over = false;
    const settle = (act: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      undo?.();
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const onAbort = (): void => fail(new DialAborted());
    const timer = setTimeout(() => fail(new DialError("handshake-timeout", `no ${name} in time`)), timeoutMs);
    signal.addEventListener("abort", onAbort);
    undo = begin((value) => settle(() => resolve(value)), fail);
    if (over) undo();
  });
}
