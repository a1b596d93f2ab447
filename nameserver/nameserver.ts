/**
 * A DNS server on port 53 for zones whose edge is a Worker, which cannot listen there: the same answering code over the same signed
 * snapshots, followed over HTTPS. It holds no key and no state but the last snapshots, and serves on when the edge is gone.
 */
import type { PollFailure } from "../serving/follower.ts";
import { FOLLOWING_LIMITS } from "../serving/limits.ts";
import { pause } from "../serving/pause.ts";
import { answerQuery, type Transport } from "../workers/dns/answer.ts";
import { DnsFormatError } from "../workers/dns/query.ts";
import { randomInt } from "../workers/sampling/sample.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";
import { ResponseRate } from "./rate.ts";
import { ANY_HOST, openSockets } from "./sockets.ts";
import { tcpService, type Answerer } from "./tcp.ts";
import { udpService } from "./udp.ts";
import { Zones, type ListFailure, type ServedNetwork, type Standing } from "./zones.ts";

export interface NameserverOptions {
  /** The edge, `https://seed.example.org`; http only for a laptop. */
  readonly edge: URL;
  /** Trusted snapshot keys, raw Ed25519, base64url. */
  readonly snapshotKeys: readonly string[];
  /** What to serve; left out, the edge's own list decides and is read again from time to time. */
  readonly networks?: readonly ServedNetwork[] | undefined;
  /** An address to listen on; `::` or left out, all of both families. */
  readonly host?: string | undefined;
  /** 0 lets the system pick one that is free for UDP and TCP. */
  readonly port: number;
  /** Where this server is, ASCII: told to whoever asks by NSID (RFC 5001). */
  readonly location?: string | undefined;
  /** How often in seconds the edge is asked for new snapshots. */
  readonly refreshSeconds?: number | undefined;
  /** Stops the server, as `stop` does. */
  readonly signal?: AbortSignal | undefined;
  /** Told once for each poll or list that failed: network (undefined for the list) and cause. */
  readonly onFailure?: ((failure: { readonly network: string | undefined; readonly cause: PollFailure | ListFailure }) => void) | undefined;
  /** Told after each round how each zone stands. */
  readonly onStanding?: ((standing: Standing) => void) | undefined;
  /** Unix milliseconds. */
  readonly now?: (() => number) | undefined;
}

export interface Nameserver {
  /** UDP and TCP share one port. */
  readonly udpPort: number;
  readonly tcpPort: number;
  /** Resolves when every zone can be answered for the first time; never, if the server is stopped before. */
  readonly ready: Promise<void>;
  /** Closes every socket and ends the following; resolves when nothing is left. */
  stop(): Promise<void>;
}

/** Starts listening at once; zones not loaded yet answer SERVFAIL, unknown ones REFUSED. Rejects where the port cannot be had. */
export async function startNameserver(options: NameserverOptions): Promise<Nameserver> {
  const { edge, networks, snapshotKeys, host, port, location, signal, now = Date.now } = options;
  const zones = new Zones(edge, snapshotKeys, networks);
  const rate = new ResponseRate();
  const answer = (transport: Transport) => answerer(transport, zones, location, () => now() / 1000);
  const sockets = await openSockets(host === undefined || host === "::" ? ANY_HOST : [host], port, {
    udp: (family, reusePort) => udpService({ family, reusePort, answer: answer("udp"), rate, nowMs: now }),
    tcp: () => tcpService(answer("tcp")),
  });
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const following = follow(zones, options, stopping.signal, now, ready.resolve);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([following, sockets.close()]);
  };
  signal?.addEventListener("abort", () => void stop(), { once: true });
  if (signal?.aborted === true) await stop();
  return { udpPort: sockets.port, tcpPort: sockets.port, ready: ready.promise, stop };
}

function answerer(transport: Transport, zones: Zones, location: string | undefined, now: () => number): Answerer {
  const random = randomInt((words) => crypto.getRandomValues(words));
  return (message) => {
    const at = now();
    try {
      return answerQuery(message, { transport, random, location, zoneFor: (name) => zones.zoneFor(name, at) }).message;
    } catch (error) {
      if (error instanceof DnsFormatError) return undefined;
      throw error;
    }
  };
}

/** One loop for all zones, so that there is never more than one round in flight. Ends when `signal` says so. */
async function follow(
  zones: Zones,
  options: NameserverOptions,
  signal: AbortSignal,
  now: () => number,
  onReady: () => void,
): Promise<void> {
  const { networks, refreshSeconds = 60, onFailure, onStanding } = options;
  let listed = networks === undefined ? -Infinity : Infinity;
  while (!signal.aborted) {
    if (now() - listed >= NAMESERVER_LIMITS.listSeconds * 1000) {
      const outcome = await zones.learn(signal);
      if (outcome === "learnt") listed = now();
      else if (!signal.aborted) onFailure?.({ network: undefined, cause: outcome });
    }
    for (const [network, cause] of await zones.poll(now() / 1000, signal)) {
      if (cause !== "updated" && cause !== "unchanged" && !signal.aborted) onFailure?.({ network, cause });
    }
    if (!signal.aborted) for (const standing of zones.standings(now() / 1000)) onStanding?.(standing);
    const ready = zones.isReady(now() / 1000);
    if (ready) onReady();
    await pause(ready ? refreshSeconds : Math.min(refreshSeconds, FOLLOWING_LIMITS.retrySeconds), signal);
  }
}
