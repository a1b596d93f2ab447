/** Runs the probes that the engine picks, as many at a time as there are slots. Driven by events only: it never polls. */
import { hash, randomBytes } from "node:crypto";
import type { Network } from "../schema/network.ts";
import type { ProbeFailure } from "../schema/report.ts";
import { MAX_TIMER_MS } from "./clock.ts";
import type { Engine, Pick } from "./engine/engine.ts";
import type { Carrier } from "./net/channel.ts";
import type { Dialer } from "./net/dial.ts";
import { probe, type ProbeResult } from "./net/probe.ts";
import { Pace } from "./pace.ts";
import { createSession } from "./protocols/families.ts";
import type { Waits } from "./protocols/session.ts";
import { Rate } from "./rate.ts";

/** How one probe ended: `failure` is undefined where the peer passed. */
export interface ProbeOutcome {
  readonly address: string;
  readonly failure: ProbeFailure | undefined;
}

export interface DispatchOptions {
  readonly network: Network;
  readonly engine: Engine;
  readonly dialer: Dialer;
  readonly carrier: Carrier;
  /** Connections that are being opened or in their handshake. `GOSSIP_FACTOR` times as many more may be waiting for gossip. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  /** Connections opened a second at most; Infinity for no limit. */
  readonly maxRate: number;
  readonly waits: Waits;
  readonly userAgent: string;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly onOutcome: (outcome: ProbeOutcome) => void;
  /** Something of ours broke; the crawl cannot go on. */
  readonly onFault: (error: unknown) => void;
}

export interface DispatchCounts {
  readonly probed: number;
  readonly perSecond: number;
  readonly failures: Readonly<Partial<Record<ProbeFailure, number>>>;
}

/** Verified peers that take their time to answer `getaddr` must not keep others from being tried; an idle socket costs little. */
export const GOSSIP_FACTOR = 3;

/** After we ran out of sockets, an address waits this long, in seconds. */
const LOCAL_LIMIT_PAUSE_SECONDS = 1;

/**
 * While a proxy of ours is down, an address behind it waits this long, in seconds: a minute's outage costs each peer two tries at most, and thousands
 * of addresses together cost next to nothing.
 */
export const PROXY_PAUSE_SECONDS = 30;

/** However short of sockets we are, so many slots stay. */
const MIN_CONCURRENCY = 8;

/** After we ran out of sockets, each probe that got one gives back this much of a slot: what was short may be there again. */
const RECOVERED_SLOTS = 0.25;

const checksum = (payload: Uint8Array): Uint8Array => hash("sha256", hash("sha256", payload, "buffer"), "buffer").subarray(0, 4);
const monotonic = (): number => performance.now();
const random = (length: number): Uint8Array => randomBytes(length);

export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #pace: Pace;
  /** One controller a probe: hundreds of listeners on one signal would make each further one cost more. */
  readonly #running = new Map<Promise<void>, AbortController>();
  readonly #ownNonces = new Set<bigint>();
  readonly #rate = new Rate();
  readonly #failures: Partial<Record<ProbeFailure, number>> = {};
  #stopped = false;
  /** At most the option's; less for a while after we ran out of sockets. */
  #concurrency: number;
  #handshaking = 0;
  #probed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#pace = new Pace(options.maxRate);
    this.#concurrency = options.concurrency;
  }

  counts(now: number): DispatchCounts {
    return { probed: this.#probed, perSecond: this.#rate.perSecond(now), failures: { ...this.#failures } };
  }

  /** Fills the free slots and sets the alarm for what becomes due later. Call it whenever something may have become due. */
  pump(): void {
    if (this.#stopped) return;
    const { engine, clock } = this.#options;
    while (this.#handshaking < this.#concurrency && this.#running.size < (1 + GOSSIP_FACTOR) * this.#concurrency) {
      if (this.#pace.wait(monotonic()) > 0) break;
      const pick = engine.next(clock());
      if (pick === undefined) break;
      this.#pace.note(monotonic());
      this.#start(pick);
    }
    this.#setAlarm();
  }

  /** Breaks off every probe; resolves when all sockets are closed. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopped = true;
    for (const abort of this.#running.values()) abort.abort();
    await Promise.all(this.#running.keys());
  }

  #setAlarm(): void {
    clearTimeout(this.#timer);
    const { engine, clock } = this.#options;
    if (this.#handshaking >= this.#concurrency) return;
    const pauseMs = this.#pace.wait(monotonic());
    const dueMs = ((engine.nextDue ?? Infinity) - clock()) * 1_000;
    // What is due already waits for our own pace, or else for a busy host, whose end pumps.
    const waitMs = pauseMs > 0 && engine.stats.due > 0 ? pauseMs : Math.max(dueMs, pauseMs);
    if (waitMs < Infinity) this.#timer = setTimeout(() => this.pump(), Math.min(MAX_TIMER_MS, Math.max(1, Math.ceil(waitMs))));
  }

  #start(pick: Pick): void {
    this.#handshaking++;
    const abort = new AbortController();
    const run = this.#run(pick, abort.signal)
      .catch((error: unknown) => this.#options.onFault(error))
      .finally(() => {
        this.#running.delete(run);
        this.pump();
      });
    this.#running.set(run, abort);
  }

  async #run(pick: Pick, signal: AbortSignal): Promise<void> {
    const { network, engine, dialer, connectTimeoutMs, userAgent, waits, clock } = this.#options;
    let handshaking = true;
    const leaveHandshake = (): void => {
      if (handshaking) this.#handshaking--;
      handshaking = false;
    };
    try {
      const result = await probe({
        address: pick.address,
        dialer,
        carrier: this.#options.carrier,
        connectTimeoutMs,
        signal,
        now: monotonic,
        session: () =>
          createSession(
            network,
            { target: pick.address, harvest: pick.harvest, unixTime: clock(), random, userAgent, waits, ownNonces: this.#ownNonces },
            checksum,
          ),
        onVerified: (evidence) => {
          this.#note(pick, engine.verified(pick, evidence, clock()));
          leaveHandshake();
          this.pump();
        },
        onLearned: (told) => engine.learned(pick, told, clock()),
        onHearsay: (entries) => {
          if (engine.hear(pick, entries, clock()) > 0) this.pump();
        },
      });
      this.#conclude(pick, result);
    } finally {
      leaveHandshake();
    }
  }

  #conclude(pick: Pick, result: ProbeResult): void {
    const { engine, clock } = this.#options;
    const now = clock();
    switch (result.type) {
      case "failed":
        engine.failed(pick, result.failure, now, result.evidence);
        this.#note(pick, result.failure);
        break;
      case "aborted":
        engine.abandon(pick, now);
        return;
      case "local":
        if (result.cause === "proxy") {
          engine.abandon(pick, now + PROXY_PAUSE_SECONDS); // what goes past the proxy is not slowed down
          return;
        }
        this.#concurrency = Math.min(this.#concurrency, Math.max(MIN_CONCURRENCY, (this.#concurrency * 3) / 4));
        engine.abandon(pick, now + LOCAL_LIMIT_PAUSE_SECONDS);
        return;
      case "verified":
    }
    this.#concurrency = Math.min(this.#options.concurrency, this.#concurrency + RECOVERED_SLOTS);
    engine.release(pick, now);
  }

  #note(pick: Pick, failure: ProbeFailure | undefined): void {
    this.#probed++;
    this.#rate.note(this.#options.clock());
    if (failure !== undefined) this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
    this.#options.onOutcome({ address: pick.record.key, failure });
  }
}
