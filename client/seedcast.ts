/**
 * A client of Seedcast for applications, without dependencies, for Node, Deno and browsers. It fetches the signed list of a network's
 * peers from an edge or from anybody's copy, believes only the keys it was given, and draws diverse random samples by itself: no server
 * sees or chooses which peers an application gets.
 *
 *     const seed = new Seedcast({ url: "https://seed.example.org", network: "navio", keys: ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"] });
 *     for (const { host, port } of await seed.sample({ count: 8, family: "ip" })) dial(host, port);
 */
import { SeedcastError, type SourceFailure } from "./error.ts";
import type { Peer } from "./peer.ts";
import { randomInt, samplePeers, type RandomInt, type Selection } from "./sample.ts";
import { KEY, NETWORK, openSnapshot, type Position, type Snapshot, type Subtle, type Trust } from "./snapshot.ts";
import { askSource, sourceOf, type Asking, type Source } from "./source.ts";

export { FAILURES, SeedcastError, type Failure, type SourceFailure } from "./error.ts";
export type { Family, Peer } from "./peer.ts";
export { DEFAULT_COUNT, type Selection } from "./sample.ts";
export type { Position } from "./snapshot.ts";

/** What holds unless the options say otherwise. */
export const DEFAULTS = {
  /** A source is asked for a newer list at most so often. */
  refreshSeconds: 300,
  /** For one source, from the first request to the last octet. */
  timeoutMs: 10_000,
  /** Of a snapshot: 100,000 peers, the most there can be, are about 8 MB. */
  maxBytes: 25 * 1024 * 1024,
} as const;

export interface SeedcastOptions {
  /** An edge, `https://seed.example.org`, or the address of a copy of its snapshot, with the seal beside it as `<address>.sig`. */
  readonly url: string | URL;
  /** More of either, asked in turn where those before fail or give a stale list. */
  readonly mirrors?: readonly (string | URL)[];
  /** The network's name, as the edge spells it. */
  readonly network: string;
  /** The Ed25519 public keys, base64url, that may have signed the list. Ship the next key beside the present one: then it can be rotated. */
  readonly keys: readonly string[];
  /** Where an earlier run stood (`seed.position`): nothing older is taken. Null, which is what JSON has for none, is as good as none. */
  readonly position?: Position | null | undefined;
  readonly refreshSeconds?: number;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** The platform's unless given. */
  readonly fetch?: typeof fetch;
  readonly crypto?: WebCrypto;
  /** Unix seconds. */
  readonly now?: () => number;
}

/** The part of `globalThis.crypto` that is needed. */
export interface WebCrypto {
  readonly subtle: Subtle;
  getRandomValues(words: Uint32Array<ArrayBuffer>): unknown;
}

/** The list in use. Times are Unix seconds. */
export interface Status extends Position {
  readonly generated: number;
  readonly stale: number;
  /** How many peers it has. */
  readonly peers: number;
}

interface Flight {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  waiting: number;
}

/** The peers of one network. */
export class Seedcast {
  readonly #sources: readonly Source[];
  readonly #asking: Omit<Asking, "signal">;
  readonly #trust: Trust;
  readonly #refreshSeconds: number;
  readonly #now: () => number;
  readonly #random: RandomInt;
  #held: Snapshot | undefined;
  #position: Position | undefined;
  #asked = -Infinity;
  #flight: Flight | undefined;

  /** Throws `TypeError` for options that can never work. Nothing is fetched before the first sample. */
  constructor(options: SeedcastOptions) {
    const { url, mirrors = [], network, keys, fetch = globalThis.fetch, crypto = globalThis.crypto } = options;
    const { refreshSeconds = DEFAULTS.refreshSeconds, timeoutMs = DEFAULTS.timeoutMs, maxBytes = DEFAULTS.maxBytes } = options;
    if (keys.length === 0 || !keys.every((key) => KEY.test(key))) throw new TypeError("keys: expected Ed25519 public keys in base64url");
    if (!NETWORK.test(network)) throw new TypeError("network: expected a name as the edge spells it: a-z, 0-9 and dashes");
    const position = options.position ?? undefined;
    if (position !== undefined && !isPosition(position)) throw new TypeError("position: expected { seq, digest, expires }");
    this.#sources = [url, ...mirrors].map((each) => sourceOf(each, network));
    this.#asking = { fetch, timeoutMs, maxBytes };
    this.#trust = { network, keys: [...keys], subtle: crypto.subtle };
    this.#refreshSeconds = refreshSeconds;
    this.#now = options.now ?? (() => Date.now() / 1_000);
    this.#random = randomInt((words) => crypto.getRandomValues(words));
    this.#position = position;
  }

  /** Where this client stands: save it, and give it to the next one. Undefined before the first list. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** The list that samples are drawn from; undefined before the first. */
  get status(): Status | undefined {
    if (this.#held === undefined) return undefined;
    const { peers, ...rest } = this.#held;
    return { ...rest, peers: peers.length };
  }

  /**
   * Draws a fresh random, diverse sample. Refreshes the list first where that is due; while no source answers, the list in memory goes on
   * until it expires. An empty sample says that the list has no such peer. Rejects with `SeedcastError` where there is no list to be
   * used, and with the signal's reason where that is aborted.
   */
  async sample({ signal, ...selection }: Selection & { readonly signal?: AbortSignal | undefined } = {}): Promise<Peer[]> {
    if (this.#isExpired() || this.#now() - this.#asked >= this.#refreshSeconds) {
      try {
        await this.refresh({ signal });
      } catch (error) {
        if (!(error instanceof SeedcastError) || this.#isExpired()) throw error;
      }
    }
    return samplePeers(this.#held?.peers ?? [], selection, this.#random);
  }

  /** Asks for a newer list now. Calls at the same time share one round; it ends when all who wait for it have been aborted. */
  async refresh({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted();
    const flight = (this.#flight ??= this.#start());
    flight.waiting++;
    try {
      await unlessAborted(flight.done, signal);
    } finally {
      if (--flight.waiting === 0 && this.#flight === flight) {
        this.#flight = undefined;
        flight.stop.abort();
      }
    }
  }

  #start(): Flight {
    const stop = new AbortController();
    return { done: this.#round(stop.signal), stop, waiting: 0 };
  }

  async #round(signal: AbortSignal): Promise<void> {
    const failures: SourceFailure[] = [];
    let cause: unknown;
    for (const source of this.#sources) {
      try {
        await this.#ask(source, signal);
        if (this.#now() < (this.#held?.stale ?? 0)) break;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SeedcastError)) throw error;
        cause ??= error;
        failures.push({ source: source.snapshot.href, reason: error.reason });
      }
    }
    this.#asked = this.#now();
    const [first] = failures;
    if (first !== undefined && failures.length === this.#sources.length) throw new SeedcastError(first.reason, { failures, cause });
  }

  /** Takes over what a source gives, if that is newer. */
  async #ask(source: Source, signal: AbortSignal): Promise<void> {
    if (this.#trust.subtle === undefined) throw new SeedcastError("unsupported");
    const sealed = await askSource(source, this.#held?.digest, { ...this.#asking, signal });
    if (sealed === undefined) {
      if (this.#isExpired()) throw new SeedcastError("expired");
      return;
    }
    const opened = await openSnapshot(sealed, this.#trust, this.#position, this.#now());
    signal.throwIfAborted();
    this.#held = opened;
    this.#position = { seq: opened.seq, digest: opened.digest, expires: opened.expires };
  }

  #isExpired(): boolean {
    return this.#held === undefined || this.#now() >= this.#held.expires;
  }
}

function isPosition({ seq, digest, expires }: Position): boolean {
  return Number.isInteger(seq) && typeof digest === "string" && Number.isFinite(expires);
}

function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
