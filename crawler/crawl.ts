/** A crawl of one network: engine, sockets, inputs and store, wired together. */
import type { DatabaseSync } from "node:sqlite";
import { formatAddress, type PeerAddress } from "../schema/address.ts";
import type { Locate } from "../schema/location.ts";
import type { Network } from "../schema/network.ts";
import type { ProbeFailure, Report } from "../schema/report.ts";
import { steadyClock } from "./clock.ts";
import { Dispatcher, type ProbeOutcome } from "./dispatcher.ts";
import { Engine } from "./engine/engine.ts";
import type { Way } from "./engine/uplink.ts";
import { crawlPolicy, DEFAULT_POLICY, type CrawlPolicy } from "./engine/policy.ts";
import { USER_AGENT } from "./identity.ts";
import type { SeedResolver } from "./inputs/dns.ts";
import type { NamedInputs } from "./inputs/inputs.ts";
import { Intake } from "./inputs/intake.ts";
import type { InputCount, InputNews } from "./inputs/tally.ts";
import { carrierOf } from "./net/carriers.ts";
import { CertificateError, type CertificateOptions } from "./net/chia/certificate.ts";
import { directDialer, type Dialer } from "./net/dial.ts";
import type { Waits } from "./protocols/session.ts";
import { standsForKey } from "./protocols/overlay.ts";
import { secureRandom } from "./random.ts";
import { StoreError } from "./store/database.ts";
import { openStore } from "./store/store.ts";

/** The inputs named here are those beside the network's own. */
export interface CrawlOptions extends NamedInputs {
  readonly network: Network;
  readonly policy?: Partial<CrawlPolicy>;
  /** Handshakes at a time; up to three times as many more connections wait for gossip. Running out of sockets halts nothing, only slows. */
  readonly concurrency?: number;
  /** The database file; in memory where left out. */
  readonly storePath?: string;
  readonly userAgent?: string;
  readonly connectTimeoutMs?: number;
  /** Connections opened a second at most; no limit where left out. */
  readonly maxRate?: number;
  /** Waits that replace the protocol's own. */
  readonly waits?: Waits;
  /** Stops the crawl, as `stop` does. */
  readonly signal?: AbortSignal;
  readonly dialer?: Dialer;
  /** Which certificate Chia's nodes are shown. */
  readonly certificate?: CertificateOptions;
  readonly resolver?: SeedResolver;
  /** Where an address is, as geo/geography.ts tells it; without it reports do not say. */
  readonly locate?: Locate;
  /** A report would read differently: at most four times a second. */
  readonly onReportsChanged?: () => void;
  /** A probe ended. */
  readonly onProbe?: (outcome: ProbeOutcome) => void;
  /** An input has answered. First called before `startCrawl` returns, for what was given. */
  readonly onInput?: (news: InputNews) => void;
}

export interface CrawlProgress {
  /** Addresses known. */
  readonly known: number;
  /** Addresses that could be probed now. */
  readonly due: number;
  /** Probes ended since the start. */
  readonly probed: number;
  /** Peers whose last probe passed and whose history is good enough. */
  readonly good: number;
  /** Peers that were good in the last run and were not probed since. Most of them still count as good. */
  readonly unconfirmed: number;
  /** Probes ended a second, over the last ten. */
  readonly perSecond: number;
  /** Probes failed since the start, by reason. */
  readonly failures: Readonly<Partial<Record<ProbeFailure, number>>>;
  /** Connections now. */
  readonly inFlight: number;
  /** Nothing answers on the internet: our own uplink is taken to be down, and nobody is blamed for it. */
  readonly uplinkDown: boolean;
  /** What keeps some families from being reached, such as a proxy that is down or an overlay that is silent; their peers are not blamed for it. */
  readonly trouble?: string;
  /** Inputs may still answer that there was reason to ask: more addresses may come. */
  readonly asking: boolean;
  /** What each input brought since the start. */
  readonly inputs: readonly InputCount[];
}

export interface Crawl {
  /** The open database, for the push client's own tables. Closed by `stop`: stop the push client first. */
  readonly db: DatabaseSync;
  readonly progress: () => CrawlProgress;
  /** What this vantage says now of every peer that was good once and is not gone. */
  readonly reports: () => Iterable<Report>;
  /** Adds addresses to be probed in their turn; they are never displaced by gossip. Returns how many were new. */
  readonly add: (addresses: Iterable<PeerAddress>) => number;
  /** Takes over what the registry remembers, for a crawler whose disk is new. */
  readonly adopt: (reports: Iterable<Report>) => void;
  /** Breaks off all probes, writes the store and closes it. Resolves when nothing is left running. */
  readonly stop: () => Promise<void>;
  /** Resolves when the crawl was stopped; rejects where it broke down: with `StoreError` where the disk did, with `CertificateError` where Chia's certificate cannot be had. */
  readonly done: Promise<void>;
}

export const DEFAULT_CONCURRENCY = 256;
export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;

/** How often changes are written to disk: what a killed process may forget. */
const SAVE_INTERVAL_MS = 1_000;

/** How long changes of reports are gathered before they are announced. */
const ANNOUNCE_DELAY_MS = 250;

/** An address given to start from that can be no peer of the network; the message names it. */
export class PeerError extends Error {
  override name = "PeerError";
}

/** Starts to crawl. Throws `StoreError` for a database that cannot be used, `PeerError` for a peer that cannot be one and `PolicyError` for a policy that contradicts itself. */
export function startCrawl(options: CrawlOptions): Crawl {
  const { network, signal, dialer = directDialer } = options;
  const { harvestSeconds = DEFAULT_POLICY.harvestSeconds } = network;
  const policy = crawlPolicy({ harvestSeconds, ...options.policy });
  const clock = steadyClock();
  const store = openStore(options.storePath ?? ":memory:", network.name);
  const random = secureRandom();
  const engine = new Engine({ network, policy, random, startedAt: clock(), families: dialer.families, locate: options.locate });
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  let announced = engine.revision;
  let announcer: NodeJS.Timeout | undefined;

  const announce = (): void => {
    announcer = undefined;
    announced = engine.revision;
    options.onReportsChanged?.();
  };
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, userAgent = USER_AGENT, resolver } = options;
  const carrier = carrierOf(network, options.certificate); // one for all: to Chia's nodes a certificate is who we are
  const dispatcher = new Dispatcher({
    network,
    engine,
    dialer,
    carrier,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    connectTimeoutMs,
    maxRate: options.maxRate ?? Infinity,
    waits: options.waits ?? {},
    userAgent,
    clock,
    onOutcome: (outcome) => {
      intake.probed(outcome.address, outcome.failure === undefined);
      options.onProbe?.(outcome);
      if (engine.revision !== announced && stopping === undefined) announcer ??= setTimeout(announce, ANNOUNCE_DELAY_MS);
    },
    onFault: (error) => void stop(error),
  });

  let intake: Intake;
  try {
    for (const peer of options.peers ?? []) {
      if (!engine.accepts(peer))
        throw new PeerError(`${formatAddress(peer)} can be no peer of ${network.name}: ${whyNoPeer(peer, network, dialer)}`);
    }
    engine.restore(store.load(network.scope, clock()), clock());
    intake = new Intake({
      network,
      named: options,
      engine,
      policy,
      db: store.db,
      dialer,
      carrier,
      resolver,
      connectTimeoutMs,
      userAgent,
      clock,
      random,
      onNews: (news) => {
        options.onInput?.(news);
        dispatcher.pump();
      },
      onFault: (error) => void stop(error),
    });
  } catch (error) {
    store.close();
    throw error;
  }

  const save = (): void => store.save(engine.takeChanges());
  const saver = setInterval(() => {
    try {
      save();
    } catch (error) {
      void stop(error);
    }
  }, SAVE_INTERVAL_MS);

  async function shutDown(fault: unknown): Promise<void> {
    signal?.removeEventListener("abort", onAbort);
    clearInterval(saver);
    clearTimeout(announcer);
    let broken = fault;
    try {
      await Promise.all([intake.stop(), dispatcher.stop()]);
      save();
    } catch (error) {
      broken ??= error;
    } finally {
      store.close();
    }
    if (broken === undefined) resolve();
    else
      reject(
        broken instanceof StoreError || broken instanceof CertificateError ? broken : new Error("the crawl broke down", { cause: broken }),
      );
  }
  function stop(fault?: unknown): Promise<void> {
    return (stopping ??= shutDown(fault));
  }
  intake.start();
  const onAbort = (): void => void stop();
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort);
  dispatcher.pump();

  return {
    db: store.db,
    progress: () => {
      const now = clock();
      const { down, ...stats } = engine.stats;
      const trouble = troubleOf(dialer, down);
      const { asking, counts: inputs } = intake;
      const uplinkDown = down.includes("internet");
      return { ...stats, ...dispatcher.counts(now), uplinkDown, ...(trouble !== undefined && { trouble }), asking, inputs };
    },
    reports: () => engine.reports(clock()),
    add: (addresses) => {
      const fresh = engine.seed(addresses, clock());
      dispatcher.pump();
      return fresh;
    },
    adopt: (reports) => {
      engine.adopt(reports, clock());
      dispatcher.pump();
    },
    stop: () => stop(),
    done,
  };
}

/** A proxy's fault, or the overlays that are silent although their proxy answers; undefined where all is well. */
function troubleOf(dialer: Dialer, down: readonly Way[]): string | undefined {
  const silent = down.flatMap((way) => (way === "internet" ? [] : [`no ${way} peer answers`]));
  return [dialer.trouble?.() ?? [], silent].flat().join("; ") || undefined;
}

function whyNoPeer(peer: PeerAddress, { scope, foreignPorts }: Network, { families }: Dialer): string {
  if (!families.has(peer.family)) return `there is no way to ${peer.family} addresses from here`;
  if (!standsForKey(peer)) return "the name is misspelt";
  return (
    `expected ${scope === "public" ? "an address of the public internet" : "a loopback address"}` +
    (foreignPorts.length === 0 ? "" : `, not on port ${foreignPorts.join(", ")}`)
  );
}
