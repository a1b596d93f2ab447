/**
 * An introducer for a network of Chia's: to whoever shakes hands with it, it tells of verified peers of an edge's signed snapshot, so that a node or wallet
 * whose DNS fails still finds some. It holds no state but the last snapshot, and serves on when the edge is gone, until that expires.
 */
import { once } from "node:events";
import type { Freshness } from "../schema/seal.ts";
import type { NetworkOf } from "../schema/network.ts";
import { Follower, type PollFailure } from "../serving/follower.ts";
import { FOLLOWING_LIMITS } from "../serving/limits.ts";
import { pause } from "../serving/pause.ts";
import { randomInt } from "../workers/sampling/random.ts";
import { Counters, type Counts } from "./counters.ts";
import { INTRODUCER_LIMITS, type IntroducerLimits } from "./limits.ts";
import { introducedPeers } from "./sample.ts";
import { introducerServer, type ServerCertificate } from "./server.ts";
import { IntroducerSession } from "./session.ts";

export interface IntroducerOptions {
  /** The edge, `https://seed.example.org`; http only for a laptop. */
  readonly edge: URL;
  /** Trusted snapshot keys, raw Ed25519, base64url. */
  readonly snapshotKeys: readonly string[];
  readonly network: NetworkOf<"chia">;
  readonly certificate: ServerCertificate;
  /** What clients are told that we run; at most 128 octets. */
  readonly softwareVersion: string;
  /** An address to listen on; `::` is all of both families. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** How often in seconds the edge is asked for a new snapshot. */
  readonly refreshSeconds?: number | undefined;
  /** Told once for each poll that failed. */
  readonly onFailure?: ((cause: PollFailure) => void) | undefined;
  /** Unix milliseconds. */
  readonly now?: (() => number) | undefined;
  readonly limits?: IntroducerLimits | undefined;
}

/** How it is. */
export interface IntroducerHealth {
  readonly freshness: Freshness;
  /** Of the snapshot held; 0 where there is none. */
  readonly seq: number;
  /** Peers in it. */
  readonly peers: number;
  readonly connections: number;
  readonly counts: Counts;
}

export interface Introducer {
  readonly port: number;
  /** Resolves when peers can be told of for the first time; never, if it is stopped before. */
  readonly ready: Promise<void>;
  health(): IntroducerHealth;
  /** Says goodbye to its clients, closes every socket and ends the following; resolves when nothing is left. */
  stop(): Promise<void>;
}

/** Starts listening at once; without a snapshot that may be served, clients are told to come back. Rejects where the port cannot be had. */
export async function startIntroducer(options: IntroducerOptions): Promise<Introducer> {
  const { edge, network, snapshotKeys, certificate, softwareVersion, host, limits = INTRODUCER_LIMITS, now = Date.now } = options;
  const follower = new Follower(edge, network.name, snapshotKeys);
  const counters = new Counters();
  const random = randomInt((words) => crypto.getRandomValues(words));
  const sample = () => {
    const step = follower.freshness(now() / 1000);
    if (follower.pool === undefined || (step !== "fresh" && step !== "stale")) return undefined;
    return introducedPeers(follower.pool, limits.peers, random);
  };
  let port = options.port;
  const session = () => new IntroducerSession({ network, softwareVersion, port, sample });
  const introducer = introducerServer({ certificate, limits, counters, session, nowMs: () => performance.now() });
  const listening = once(introducer.server, "listening");
  introducer.server.listen({ host, port });
  await listening;
  introducer.server.on("error", survive);
  const address = introducer.server.address();
  if (typeof address === "object" && address !== null) port = address.port;

  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const following = follow(follower, options, stopping.signal, now, ready.resolve);
  return {
    port,
    ready: ready.promise,
    health: () => ({
      freshness: follower.freshness(now() / 1000),
      seq: follower.seq,
      peers: follower.pool?.size ?? 0,
      connections: introducer.connections,
      counts: counters.read(),
    }),
    stop: async () => {
      stopping.abort();
      await Promise.all([following, introducer.close()]);
    },
  };
}

/** Ends when `signal` says so. */
async function follow(
  follower: Follower,
  { refreshSeconds = 60, onFailure }: IntroducerOptions,
  signal: AbortSignal,
  now: () => number,
  onReady: () => void,
): Promise<void> {
  while (!signal.aborted) {
    const cause = await follower.poll(now() / 1000, signal);
    if (cause !== "updated" && cause !== "unchanged" && !signal.aborted) onFailure?.(cause);
    const step = follower.freshness(now() / 1000);
    const ready = step === "fresh" || step === "stale";
    if (ready) onReady();
    await pause(ready ? refreshSeconds : Math.min(refreshSeconds, FOLLOWING_LIMITS.retrySeconds), signal);
  }
}

/** Errors of a socket that listens are about one client that could not be accepted: the others are served on. */
function survive(): void {}
