/** A whole seed on this machine: one edge, one name server, and a crawler a network, with keys, from one state folder. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { signedFetch } from "../crawler/push/signed-fetch.ts";
import { startNameserver, type Nameserver } from "../nameserver/nameserver.ts";
import type { Zone } from "../schema/zone.ts";
import { startEdge, type Edge } from "./edge.ts";
import { startLocalCrawl, type LocalCrawl, type LocalCrawlOptions, type LocalNetwork } from "./local-crawl.ts";
import { localKeys, type LocalKeys } from "./local-keys.ts";

/** How soon after a publication a local answer shows it, in seconds. Production looks once a minute. */
const LOCAL_REFRESH_SECONDS = 1;
/** The least time between two local snapshots, in seconds, so that a person sees changes as they happen. */
const LOCAL_PUBLISH_INTERVAL_SECONDS = 2;
const ENROL_TIMEOUT_MS = 10_000;

/** What the crawls have in common, and the rest. Crawls reach peers directly unless a dialer is given. */
export interface LocalSeedOptions extends Pick<LocalCrawlOptions, "concurrency" | "dialer" | "locate" | "certificate"> {
  /** At least one; each with a zone of its own. */
  readonly networks: readonly LocalNetwork[];
  /** Folder for keys, D1, KV and the crawlers' stores. */
  readonly state: string;
  readonly host: string;
  readonly port: number;
  readonly dnsPort: number;
  /** The zones' DNSSEC keys as JSON text. A zone that it does not name is not signed, nor published any more once it was. */
  readonly dnssecKeys?: string | undefined;
  /** Something a person should see. */
  readonly log: (line: string) => void;
}

export interface LocalSeed {
  readonly edge: Edge;
  readonly nameserver: Nameserver;
  /** In the order of the networks. */
  readonly crawls: readonly LocalCrawl[];
  /** Resolves when a crawl was stopped; rejects where a crawl or its push client broke down. */
  readonly done: Promise<void>;
  /** Ends all of it, in an order that loses nothing. */
  stop(): Promise<void>;
}

async function enrol(edge: Edge, keys: LocalKeys, networks: readonly LocalNetwork[]): Promise<void> {
  const reply = await signedFetch(
    { key: keys.operator, fetch, now: Date.now, timeout: ENROL_TIMEOUT_MS },
    {
      method: "POST",
      url: new URL("/v1/operator/vantages", edge.url),
      body: { name: "local", publicKey: keys.vantage.publicKey, networks: networks.map(({ network }) => network.name) },
    },
  );
  if (reply.status >= 300) throw new Error(`the edge did not enrol the local vantage: ${JSON.stringify(reply.value)}`);
}

const zoneOf = ({ network, zone, hosts = [] }: LocalNetwork): Partial<Zone> => ({
  name: `${zone}.`,
  network,
  nameservers: ["localhost."],
  contact: `hostmaster.${zone}.`,
  hosts: [...hosts],
  tenure: 0,
  interval: LOCAL_PUBLISH_INTERVAL_SECONDS,
});

/** Starts a seed. On failure what was started is stopped again. */
export async function startLocalSeed(options: LocalSeedOptions): Promise<LocalSeed> {
  const { networks, state, host, port, dnsPort, dnssecKeys, ...common } = options;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const cleanup = new AsyncDisposableStack();
  try {
    const keys = await localKeys(state);
    const edge = await startEdge({
      state: join(state, "edge"),
      host,
      port,
      zones: networks.map(zoneOf),
      snapshotPublicKeys: [keys.snapshot.publicKey],
      operatorPublicKeys: [keys.operator.publicKey],
      snapshotKey: keys.snapshotSecret,
      dnssecKeys,
      refreshSeconds: LOCAL_REFRESH_SECONDS,
      cronSeconds: LOCAL_PUBLISH_INTERVAL_SECONDS,
    });
    cleanup.defer(() => edge.stop());
    await enrol(edge, keys, networks);
    const nameserver = await startNameserver({
      edge: edge.url,
      snapshotKeys: [keys.snapshot.publicKey],
      host,
      port: dnsPort,
      refreshSeconds: LOCAL_REFRESH_SECONDS,
    });
    cleanup.defer(() => nameserver.stop());
    const crawls: LocalCrawl[] = [];
    for (const network of networks) {
      const crawl = startLocalCrawl({ ...common, ...network, edge: edge.url, key: keys.vantage, state });
      cleanup.defer(() => crawl.stop());
      crawls.push(crawl);
    }
    const running = cleanup.move();
    return { edge, nameserver, crawls, done: Promise.race(crawls.map(({ done }) => done)), stop: () => running.disposeAsync() };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}
