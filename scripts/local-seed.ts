/** A whole seed on this machine: edge, name server and crawler of one network, with keys, from one state folder. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startCrawl, type Crawl } from "../crawler/crawl.ts";
import type { CrawlPolicy } from "../crawler/engine/policy.ts";
import { startPusher, type Pusher } from "../crawler/push/pusher.ts";
import { signedFetch } from "../crawler/push/signed-fetch.ts";
import { startNameserver, type Nameserver } from "../nameserver/nameserver.ts";
import type { PeerAddress } from "../schema/address.ts";
import type { Network } from "../schema/network.ts";
import { startEdge, type Edge } from "./edge.ts";
import { localKeys, type LocalKeys } from "./local-keys.ts";

/** How soon after a publication a local answer shows it, in seconds. Production looks once a minute. */
const LOCAL_REFRESH_SECONDS = 1;
/** The least time between two local snapshots, in seconds, so that a person sees changes as they happen. */
const LOCAL_PUBLISH_INTERVAL_SECONDS = 2;
/** How soon at most a local change is pushed. Production waits longer, to write fewer rows. */
const LOCAL_PUSH_GAP_MS = 1_000;
const ENROL_TIMEOUT_MS = 10_000;

export interface LocalSeedOptions {
  readonly network: Network;
  /** The zone's apex without the final dot. */
  readonly zone: string;
  /** Folder for keys, D1, KV and the crawler's store. */
  readonly state: string;
  readonly host: string;
  readonly port: number;
  readonly dnsPort: number;
  readonly peers: readonly PeerAddress[];
  readonly policy?: Partial<CrawlPolicy>;
  readonly concurrency?: number;
  /** Something a person should see. */
  readonly log: (line: string) => void;
}

export interface LocalSeed {
  readonly edge: Edge;
  readonly nameserver: Nameserver;
  readonly crawl: Crawl;
  /** Resolves when the crawl was stopped; rejects where crawl or push client broke down. */
  readonly done: Promise<void>;
  /** Ends all of it, in an order that loses nothing. */
  stop(): Promise<void>;
}

async function enrol(edge: Edge, keys: LocalKeys, network: Network): Promise<void> {
  const reply = await signedFetch(
    { key: keys.operator, fetch, now: Date.now, timeout: ENROL_TIMEOUT_MS },
    {
      method: "POST",
      url: new URL("/v1/operator/vantages", edge.url),
      body: { name: "local", publicKey: keys.vantage.publicKey, networks: [network.name] },
    },
  );
  if (reply.status >= 300) throw new Error(`the edge did not enrol the local vantage: ${JSON.stringify(reply.value)}`);
}

function reportProblems(pusher: Pusher, log: (line: string) => void): () => void {
  let last: string | undefined;
  return () => {
    const { problem } = pusher.status();
    if (problem !== undefined && problem !== last) log(`push: ${problem}`);
    last = problem;
  };
}

/** Starts a seed. On failure what was started is stopped again. */
export async function startLocalSeed(options: LocalSeedOptions): Promise<LocalSeed> {
  const { network, host, log } = options;
  mkdirSync(options.state, { recursive: true, mode: 0o700 });
  const cleanup = new AsyncDisposableStack();
  try {
    const keys = await localKeys(options.state);
    const edge = await startEdge({
      state: join(options.state, "edge"),
      host,
      port: options.port,
      zones: [
        {
          name: `${options.zone}.`,
          network,
          nameservers: ["localhost."],
          contact: `hostmaster.${options.zone}.`,
          tenure: 0,
          interval: LOCAL_PUBLISH_INTERVAL_SECONDS,
        },
      ],
      snapshotPublicKeys: [keys.snapshot.publicKey],
      operatorPublicKeys: [keys.operator.publicKey],
      snapshotKey: keys.snapshotSecret,
      refreshSeconds: LOCAL_REFRESH_SECONDS,
      cronSeconds: LOCAL_PUBLISH_INTERVAL_SECONDS,
    });
    cleanup.defer(() => edge.stop());
    await enrol(edge, keys, network);
    const nameserver = await startNameserver({
      edge: edge.url,
      snapshotKeys: [keys.snapshot.publicKey],
      host,
      port: options.dnsPort,
      refreshSeconds: LOCAL_REFRESH_SECONDS,
    });
    cleanup.defer(() => nameserver.stop());
    let pusher: Pusher | undefined;
    const crawl = startCrawl({
      network,
      peers: options.peers,
      storePath: join(options.state, `${network.name}.sqlite`),
      ...(options.policy === undefined ? {} : { policy: options.policy }),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      onReportsChanged: () => pusher?.announce(),
      onSeeds: (answers) => {
        for (const { seed, addresses, failure } of answers) log(`DNS seed ${seed}: ${failure ?? `${addresses.length} addresses`}`);
      },
    });
    cleanup.defer(() => crawl.stop());
    pusher = startPusher({
      network: network.name,
      edge: edge.url,
      key: keys.vantage,
      db: crawl.db,
      reports: () => crawl.reports(),
      gap: LOCAL_PUSH_GAP_MS,
      onWarm: (reports) => crawl.adopt(reports),
      onStatus: () => noteProblems(),
    });
    const noteProblems = reportProblems(pusher, log);
    cleanup.defer(() => pusher?.stop());
    const running = cleanup.move();
    return { edge, nameserver, crawl, done: Promise.race([crawl.done, pusher.done]), stop: () => running.disposeAsync() };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}
