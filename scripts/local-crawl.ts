/** One network's crawl on this machine, pushing what it sees to the local edge. */
import { join } from "node:path";
import { startCrawl, type Crawl, type CrawlOptions } from "../crawler/crawl.ts";
import { plain } from "../cli/terminal.ts";
import { onTurns } from "../cli/turns.ts";
import { describeNews } from "../crawler/inputs/tally.ts";
import type { NamedInputs } from "../crawler/inputs/inputs.ts";
import { startPusher, type Pusher, type PushStatus } from "../crawler/push/pusher.ts";
import type { Network } from "../schema/network.ts";
import type { Signer } from "../schema/private-key.ts";

/** How soon at most a local change is pushed. Production waits longer, to write fewer rows. */
const LOCAL_PUSH_GAP_MS = 1_000;

/** A network of a local seed, with the inputs beside its own. */
export interface LocalNetwork extends NamedInputs, Pick<CrawlOptions, "policy"> {
  readonly network: Network;
  /** The zone's apex without the final dot. */
  readonly zone: string;
  /** Host names by which Decred clients reach `/api/addrs` for this network, beside the zone's. */
  readonly hosts?: readonly string[];
}

export interface LocalCrawlOptions extends LocalNetwork, Pick<CrawlOptions, "concurrency" | "dialer" | "locate" | "certificate"> {
  readonly edge: URL;
  /** The vantage's. */
  readonly key: Signer;
  /** Folder for the crawl's database, and for Chia's certificate unless another is given. */
  readonly state: string;
  /** Something a person should see. */
  readonly log: (line: string) => void;
}

export interface LocalCrawl {
  readonly network: Network;
  readonly crawl: Crawl;
  /** Resolves when the crawl was stopped; rejects where crawl or push client broke down. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a crawl and its push client. Throws as `startCrawl` does. */
export function startLocalCrawl(options: LocalCrawlOptions): LocalCrawl {
  const { network, edge, key, state, log, ...more } = options;
  let pusher: Pusher | undefined;
  const crawl = startCrawl({
    network,
    certificate: { folder: state },
    ...more,
    storePath: join(state, `${network.name}.sqlite`),
    onReportsChanged: () => pusher?.announce(),
    onInput: (news) => {
      if (news.kind !== "fixed") log(plain(describeNews(news)));
    },
  });
  const push = startPusher({
    network: network.name,
    edge,
    key,
    db: crawl.db,
    reports: () => crawl.reports(),
    gap: LOCAL_PUSH_GAP_MS,
    onWarm: (reports) => crawl.adopt(reports),
    onStatus: reportProblems(log),
  });
  pusher = push;
  return {
    network,
    crawl,
    done: Promise.race([crawl.done, push.done]),
    stop: async () => {
      await push.stop();
      await crawl.stop();
    },
  };
}

/** Tells each problem once. */
const reportProblems = (log: (line: string) => void): ((status: PushStatus) => void) =>
  onTurns(
    ({ problem }) => {
      if (problem !== undefined) log(plain(`push: ${problem}`));
    },
    ({ problem = "" }) => problem,
  );
