/** A whole seed of ours among real nodes, with the patience of a test, and what a test leaves behind. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CrawlPolicy } from "../../crawler/engine/policy.ts";
import type { Dialer } from "../../crawler/net/dial.ts";
import { parseAddress } from "../../schema/address.ts";
import type { LocalNetwork } from "../../scripts/local-crawl.ts";
import { startLocalSeed, type LocalSeed } from "../../scripts/local-seed.ts";

/** Seconds instead of minutes, so that a dead node is noticed while we watch. */
const IMPATIENT: Partial<CrawlPolicy> = {
  retestSeconds: 5,
  minRetrySeconds: 3,
  goodWindowSeconds: 20,
  lapsedRetrySeconds: 20,
  hearsayRetrySeconds: 20,
};

/** A folder of its own, gone when the test is. */
export function scratch(undo: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), "seedcast-interop-"));
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface SeedOptions extends Pick<LocalNetwork, "network" | "zone" | "hosts" | "policy"> {
  /** The one peer that the crawler is told. */
  readonly peer: string;
  /** 0, the default, for any free port. */
  readonly dnsPort?: number;
  /** Folder for keys and databases; one of its own unless given. */
  readonly state?: string;
  /** How the crawler reaches peers: directly unless given. */
  readonly dialer?: Dialer;
}

/** Starts edge, name server and crawler of one network; stopped with the test. */
export async function startSeed(
  undo: AsyncDisposableStack,
  { peer, dnsPort = 0, state = scratch(undo), policy, dialer, ...network }: SeedOptions,
): Promise<LocalSeed> {
  const seed = await startLocalSeed({
    networks: [{ ...network, peers: [parseAddress(peer)], policy: { ...IMPATIENT, ...policy } }],
    state,
    host: "127.0.0.1",
    port: 0,
    dnsPort,
    ...(dialer === undefined ? {} : { dialer }),
    log: (line) => console.log(line),
  });
  undo.defer(() => seed.stop());
  return seed;
}

export interface ServedPeer {
  readonly address: string;
  readonly port: number;
  readonly agent: string;
}

/** What the edge's JSON API serves of a network. */
export async function servedPeers(seed: LocalSeed, network: string): Promise<ServedPeer[]> {
  const response = await fetch(new URL(`/v1/networks/${network}/peers?count=100`, seed.edge.url));
  if (!response.ok) return []; // nothing is published yet
  const { peers } = (await response.json()) as { peers: ServedPeer[] };
  return peers;
}
