/** One network's crawl on this machine, pushing what it sees to the local edge. */
import { join } from "node:path";
import { startCrawl, type Crawl } from "../crawler/crawl.ts";
import { describeNews } from "../crawler/inputs/tally.ts";
import type { CrawlPolicy } from "../crawler/engine/policy.ts";
import type { Dialer } from "../crawler/net/dial.ts";
import { startPusher, type Pusher, type PushStatus } from "../crawler/push/pusher.ts";
import type { PeerAddress } from "../schema/address.ts";
import type { Locate } from "../schema/location.ts";
import type { Network } from "../schema/network.ts";
import type { Signer } from "../schema/private-key.ts";

/** How soon at most a local change is pushed. Production waits longer, to write fewer rows. */
const LOCAL_PUSH_GAP_MS = 1_000;

/** A network of a local seed. */
export interface LocalNetwork {
  readonly network: Network;
  /** The zone's apex without the final dot. */
  readonly zone: string;
  /** Host names by which Decred clients reach `/api/addrs` for this network, beside the zone's. */
  readonly hosts?: readonly string[];
  readonly peers: readonly PeerAddress[];
  readonly policy?: Partial<CrawlPolicy>;
}

export interface LocalCrawlOptions extends LocalNetwork {
  readonly edge: URL;
  /** The vantage's. */
  readonly key: Signer;
  /** Folder for the crawl's database. */
  readonly state: string;
  readonly concurrency?: number;
  readonly dialer?: Dialer;
  /** Where an address is. */
  readonly locate?: Locate;
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
  const { network, log } = options;
  let pusher: Pusher | undefined;
  const crawl = startCrawl({
    network,
    peers: options.peers,
    storePath: join(options.state, `${network.name}.sqlite`),
    certificate: { folder: options.state },
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.dialer === undefined ? {} : { dialer: options.dialer }),
    ...(options.locate === undefined ? {} : { locate: options.locate }),
    onReportsChanged: () => pusher?.announce(),
    onInput: (news) => {
      if (news.kind !== "fixed") log(describeNews(news));
    },
  });
  const push = startPusher({
    network: network.name,
    edge: options.edge,
    key: options.key,
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
function reportProblems(log: (line: string) => void): (status: PushStatus) => void {
  let last: string | undefined;
  return ({ problem }) => {
    if (problem !== undefined && problem !== last) log(`push: ${problem}`);
    last = problem;
  };
}
