/** Keeps a registry in step with a vantage: pushes on change, says "still so" in between, and comes back after every failure. */
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { Signer } from "../../schema/private-key.ts";
import type { Report } from "../../schema/report.ts";
import { BACKOFF, backoffDelay } from "./backoff.ts";
import { createRegistryClient } from "./registry-client.ts";
import { ReportedStore } from "./reported-store.ts";
import { Synchroniser, type Stuck } from "./synchroniser.ts";

export interface PusherOptions {
  /** The network's name. */
  readonly network: string;
  /** Base URL of the edge. */
  readonly edge: URL;
  readonly key: Signer;
  /** The crawler's database; the pusher keeps its own tables in it. */
  readonly db: DatabaseSync;
  /** What the vantage says now; asked at every round. */
  readonly reports: () => Iterable<Report>;
  readonly signal?: AbortSignal | undefined;
  /** Called after every round. */
  readonly onStatus?: ((status: PushStatus) => void) | undefined;
  /** Called with the set read back from the registry, when there was none on this disk: what the crawler should look at first. */
  readonly onWarm?: ((reports: readonly Report[]) => void) | undefined;
  /** Milliseconds between looks for changes. */
  readonly interval?: number;
  /** Least milliseconds between two rounds when news is announced. */
  readonly gap?: number;
  /** Milliseconds after which a push without changes says "still so". */
  readonly heartbeat?: number;
  /** Milliseconds for one request. */
  readonly timeout?: number;
  /** Milliseconds for which a set read back stands in for what the crawler has not looked at yet. */
  readonly grace?: number;
  readonly fetch?: typeof fetch;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Resolves after `ms`, or rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/*
 * Four pushes a minute at most: with 20,000 peers of which one in twenty changes an hour, rows written stay below 100,000 a day.
 * `npm run bench -- push` works it out.
 */
export const PUSHER_DEFAULTS = { interval: 15_000, gap: 15_000, heartbeat: 60_000, timeout: 30_000, grace: 30 * 60_000 } as const;

/** Requests in one round before the loop takes breath: above a full set of the largest size and its repetition. */
export const MAX_STEPS_PER_ROUND = 200;

/** How the pushing goes. */
export interface PushStatus {
  /**
   * `starting`: no round is over yet. `in-step`: the registry knows all. `retrying`: it could not be reached, or wants us to wait.
   * `refused`: it does not take our pushes, and a person must see to it. `stopped`.
   */
  readonly state: "starting" | "in-step" | "retrying" | "refused" | "stopped";
  /** The last accepted sequence number and the digest of the reported set; undefined before the first contact. */
  readonly seq: number | undefined;
  readonly digest: string | undefined;
  /** Peers in the reported set. */
  readonly reported: number;
  /** Addresses that the registry refused. */
  readonly refused: number;
  /** Reports left out because they break the contract. */
  readonly invalid: number;
  /** When a push was last accepted, Unix milliseconds. */
  readonly acceptedAt: number | undefined;
  /** Rounds failed in a row. */
  readonly failures: number;
  /** What went wrong in the last round, for people. */
  readonly problem: string | undefined;
}

export interface Pusher {
  /** Runs a round that begins after this call, and resolves with how it went. Never rejects. */
  pushNow(): Promise<PushStatus>;
  status(): PushStatus;
  /** There may be news: the next round comes as soon as the gap allows. Does not shorten a wait after a failure. */
  announce(): void;
  /** Ends at once; a push under way is resolved by the next start. Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  /** Resolves when it was stopped; rejects where it broke down: its database failed. */
  readonly done: Promise<void>;
}

/** Starts to keep the registry in step. The database must stay open until `stop()` has resolved. */
export function startPusher(options: PusherOptions): Pusher {
  const settings = { ...PUSHER_DEFAULTS, now: Date.now, random: Math.random, fetch, sleep: defaultSleep, ...options };
  const { network, edge, key, now } = settings;
  const stopping = new AbortController();
  const signal = options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal]);
  const store = new ReportedStore(options.db, network, `${key.id}@${edge.origin}`);
  const client = createRegistryClient(network, edge, { key, now, fetch: settings.fetch, timeout: settings.timeout, signal });
  const synchroniser = new Synchroniser({ ...settings, client, store, run: randomBytes(12).toString("base64url") });

  let state: PushStatus["state"] = "starting";
  let problem: string | undefined;
  let failures = 0;
  let kick = new AbortController();
  let news = new AbortController();
  const waiting: ((status: PushStatus) => void)[] = [];

  const status = (): PushStatus => ({
    state,
    seq: store.position?.seq,
    digest: store.position?.digest,
    reported: store.reported.size,
    refused: synchroniser.refused,
    invalid: synchroniser.invalid,
    acceptedAt: Number.isFinite(synchroniser.acceptedAt) ? synchroniser.acceptedAt : undefined,
    failures,
    problem,
  });

  /** One round: steps until the registry is in step, or nothing more can be done. Returns how long to wait for the next. */
  async function round(): Promise<number> {
    const before = synchroniser.acceptedAt;
    for (let steps = 0; steps < MAX_STEPS_PER_ROUND && !signal.aborted; steps++) {
      const step = await synchroniser.step();
      if (step.type === "stuck") return fail(step, synchroniser.acceptedAt !== before);
      if (step.type === "in-step") {
        [state, problem, failures] = ["in-step", undefined, 0];
        return settings.interval;
      }
    }
    return 0;
  }

  function fail(stuck: Stuck, progressed: boolean): number {
    const operator = stuck.cause === "forbidden" || stuck.cause === "rejected";
    state = operator ? "refused" : "retrying";
    problem =
      stuck.cause === "forbidden" ? `${stuck.detail}; key ${key.id} must be enrolled for ${network} at ${edge.origin}` : stuck.detail;
    failures = progressed ? 1 : failures + 1;
    if (operator) return BACKOFF.cap;
    return stuck.wait ?? backoffDelay(failures, settings.random);
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      kick = new AbortController();
      news = new AbortController();
      const served = waiting.length;
      const wait = await round();
      if (signal.aborted) break;
      const current = status();
      settings.onStatus?.(current);
      for (const resolve of waiting.splice(0, served)) resolve(current);
      await rest(wait);
    }
  }

  async function rest(wait: number): Promise<void> {
    const { gap } = settings;
    if (state !== "in-step" || wait <= gap) return pause(wait, kick.signal);
    await pause(gap, kick.signal);
    await pause(wait - gap, AbortSignal.any([kick.signal, news.signal]));
  }

  /** Waits until the time is over or one of the signals ends it. */
  async function pause(ms: number, early: AbortSignal): Promise<void> {
    if (!signal.aborted && !early.aborted) await settings.sleep(ms, AbortSignal.any([signal, early])).catch(() => undefined);
  }

  const done = loop().finally(() => {
    state = "stopped";
    for (const resolve of waiting.splice(0)) resolve(status());
  });
  return {
    status,
    pushNow: () => {
      if (state === "stopped" || signal.aborted) return Promise.resolve(status());
      const told = new Promise<PushStatus>((resolve) => void waiting.push(resolve));
      kick.abort();
      return told;
    },
    announce: () => news.abort(),
    stop: () => {
      stopping.abort();
      return done.catch(() => undefined); // whoever wants to know why asks `done`
    },
    done,
  };
}

const defaultSleep = (ms: number, signal: AbortSignal): Promise<unknown> => sleepFor(ms, undefined, { signal });
