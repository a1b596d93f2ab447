/** Shows how a crawl and its pushing go: lines for the eyes, or JSON lines for programs. */
import type { Crawl } from "../crawler/crawl.ts";
import { describeCount, describeNews, type InputCount, type InputNews } from "../crawler/inputs/tally.ts";
import { showProgress } from "../crawler/progress.ts";
import type { PushStatus } from "../crawler/push/pusher.ts";
import type { Network } from "../schema/network.ts";
import { plain, type Terminal } from "./terminal.ts";
import { onTurns } from "./turns.ts";

export interface CrawlDisplay {
  /** Takes in how a round of pushing went. Says so whenever it takes a turn, not at every push. */
  readonly push: (status: PushStatus) => void;
  /** An input has answered. */
  readonly input: (news: InputNews) => void;
  stop(): void;
}

/** How often a running crawl prints its progress as JSON, milliseconds. */
const JSON_INTERVAL_MS = 10_000;

/** With `json` and without `once` (whose JSON is its result), events go to standard output, a line each; else progress goes to standard error. */
export function openDisplay(terminal: Terminal, network: Network, crawl: Crawl, options: { json?: true; once?: true }): CrawlDisplay {
  if (options.json === true && options.once !== true) return jsonDisplay(terminal, network, crawl);
  const display = showProgress({ label: network.name, stream: process.stderr, progress: () => crawl.progress() });
  const push = onTurns<PushStatus>(({ state, problem, reported }) => {
    display.log(state === "in-step" ? `push: in step, ${reported} peers reported` : `push: ${state}: ${plain(problem ?? "")}`);
  }, turnOf);
  for (const count of shown(crawl)) if (count.answers > 0) display.log(plain(describeCount(count)));
  return {
    push,
    input: (news) => display.log(plain(describeNews(news))),
    stop: () => {
      for (const count of shown(crawl)) display.log(plain(describeCount(count)));
      display.stop();
    },
  };
}

/** The inputs worth a line: all but the addresses that the network's parameters hold, which nobody was asked for. */
const shown = (crawl: Crawl): readonly InputCount[] => crawl.progress().inputs.filter(({ kind }) => kind !== "fixed");

function jsonDisplay(terminal: Terminal, network: Network, crawl: Crawl): CrawlDisplay {
  const event = (type: string, facts: object): void =>
    terminal.print(JSON.stringify({ type, network: network.name, time: Date.now(), ...facts }));
  const progress = (): void => event("progress", crawl.progress());
  const timer = setInterval(progress, JSON_INTERVAL_MS);
  progress();
  return {
    push: onTurns<PushStatus>((status) => event("push", status), turnOf),
    input: (news) => event("input", news),
    stop: () => {
      clearInterval(timer);
      progress();
    },
  };
}

const turnOf = ({ state, problem = "" }: PushStatus): string => `${state} ${problem}`;
