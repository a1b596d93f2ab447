/** Shows how a crawl goes: one live line on a terminal, plain lines elsewhere. */
import type { CrawlProgress } from "./crawl.ts";

/** Where the lines go: a stream such as `process.stderr`. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a line tells. */
export type ProgressFacts = Pick<CrawlProgress, "known" | "probed" | "good" | "perSecond" | "due" | "uplinkDown" | "trouble">;

export interface ProgressOptions {
  /** Network or vantage, set before each line. */
  readonly label: string;
  readonly stream: ProgressStream;
  readonly progress: () => ProgressFacts;
  /** Peers that the registry serves, where known. */
  readonly served?: () => number | undefined;
}

export interface ProgressDisplay {
  /** Prints a line of its own above the live one. */
  log(line: string): void;
  /** Prints the last state and ends. */
  stop(): void;
}

const LIVE_INTERVAL_MS = 250;
const PLAIN_INTERVAL_MS = 10_000;
/** How soon a plain log shows that a milestone was passed. */
const MILESTONE_INTERVAL_MS = 500;

const ERASE_LINE = "\r\u001B[2K";

/** One line of facts, for people. */
export function formatProgress(label: string, progress: ProgressFacts, served: number | undefined): string {
  const { known, probed, good, perSecond, due, uplinkDown, trouble } = progress;
  const facts = [
    ...(trouble === undefined ? [] : [trouble]),
    `${known} known`,
    `${probed} probed`,
    `${good} good`,
    `${Math.round(perSecond)}/s`,
    `${due} due`,
  ];
  if (served !== undefined) facts.push(`${served} served`);
  if (uplinkDown) facts.push("no network");
  return `${label}: ${facts.join(", ")}`;
}

/** Several crawls as one. */
export function totalProgress(crawls: readonly ProgressFacts[]): ProgressFacts {
  const total = { known: 0, probed: 0, good: 0, perSecond: 0, due: 0, uplinkDown: false };
  let trouble: string | undefined;
  for (const { known, probed, good, perSecond, due, uplinkDown, ...rest } of crawls) {
    total.known += known;
    total.probed += probed;
    total.good += good;
    total.perSecond += perSecond;
    total.due += due;
    total.uplinkDown ||= uplinkDown;
    trouble ??= rest.trouble;
  }
  return { ...total, ...(trouble !== undefined && { trouble }) };
}

/** The first good peer, then 10, 100, …: numbers of good peers worth a line of their own. */
export function milestone(good: number): number {
  return good < 1 ? 0 : 10 ** Math.floor(Math.log10(good) + 1e-9);
}

/** Starts to show progress. The timers do not keep the process alive. */
export function showProgress({ label, stream, progress, served }: ProgressOptions): ProgressDisplay {
  const live = stream.isTTY === true;
  let reached = 0;
  let lastLine = -Infinity;
  const line = (): string => formatProgress(label, progress(), served?.());
  const fit = (text: string): string => text.slice(0, Math.max(20, (stream.columns || 80) - 1));
  const drawLive = (): void => void stream.write(`${ERASE_LINE}${fit(line())}`);
  const drawPlain = (): void => {
    const passed = milestone(progress().good);
    const now = performance.now();
    if (passed <= reached && now - lastLine < PLAIN_INTERVAL_MS) return;
    reached = Math.max(reached, passed);
    lastLine = now;
    stream.write(`${line()}\n`);
  };
  const draw = live ? drawLive : drawPlain;
  const timer = setInterval(draw, live ? LIVE_INTERVAL_MS : MILESTONE_INTERVAL_MS);
  timer.unref();
  draw();
  return {
    log: (text) => {
      stream.write(live ? `${ERASE_LINE}${text}\n` : `${text}\n`);
      if (live) drawLive();
    },
    stop: () => {
      clearInterval(timer);
      stream.write(live ? `${ERASE_LINE}${line()}\n` : `${line()}\n`);
    },
  };
}
