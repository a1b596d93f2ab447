/** Where a command reads and writes: results go to standard output, everything for the eyes only to standard error. */

export interface Terminal {
  /** A line of the result. */
  readonly print: (line: string) => void;
  /** A line for the eyes. */
  readonly note: (line: string) => void;
  /** The line at the bottom that is overwritten: progress. Shown on a terminal only; "" clears it. */
  readonly progress: (line: string) => void;
  /** Aborted at the first Ctrl-C (SIGINT, SIGTERM or SIGHUP); the second ends the process. */
  readonly signal: AbortSignal;
}

/** The real terminal. */
export function openTerminal(signal: AbortSignal): Terminal {
  const { stdout, stderr } = process;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write("\r\u001b[K");
    shown = false;
  };
  return {
    signal,
    print: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    note: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    progress: (line) => {
      if (!stderr.isTTY) return;
      clear();
      if (line === "") return;
      stderr.write(line.slice(0, Math.max(stderr.columns - 1, 20)));
      shown = true;
    },
  };
}

/** Text of strangers (peers, edges) made safe for a terminal: no control characters, no bidirectional overrides. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, "\uFFFD");

/** Rows in aligned columns; the first row is the head. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Unix seconds as people write them, in UTC. */
export const formatTime = (seconds: number): string => `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** A span of time in its largest whole unit: `3 d`, `5 h`, `7 min`, `9 s`. */
export function formatSpan(seconds: number): string {
  const [size, unit] = SPANS.find(([least]) => seconds >= least) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

const SPANS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];
