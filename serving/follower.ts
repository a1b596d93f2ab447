/** Follows one network's snapshots at the edge, as a mirror does, and serves on from memory when the edge is gone. */
import { AddressError } from "../schema/address.ts";
import { sealFromHeaders, freshnessAt, openSnapshot, SnapshotRefusedError, type Freshness, type RefusedSnapshot } from "../schema/seal.ts";
import type { Snapshot } from "../schema/snapshot.ts";
import { buildPool, type Pool } from "../workers/sampling/pool.ts";
import { ask, EdgeError, readBody } from "./edge.ts";
import { FOLLOWING_LIMITS } from "./limits.ts";

interface Held {
  readonly seq: number;
  readonly generated: number;
  readonly stale: number;
  readonly expires: number;
  readonly etag: string | null;
  readonly pool: Pool;
}

const decodeText = (octets: Uint8Array): string => new TextDecoder().decode(octets);

function layOut(snapshot: Snapshot): Pool {
  try {
    return buildPool(snapshot);
  } catch (error) {
    if (error instanceof AddressError) throw new SnapshotRefusedError("malformed");
    throw error;
  }
}

/** Why a poll brought nothing. */
export type PollFailure = "edge-failed" | RefusedSnapshot;

/** What a poll brought. */
export type Poll = "updated" | "unchanged" | PollFailure;

/** One network's snapshots. */
export class Follower {
  readonly #url: URL;
  readonly #network: string;
  readonly #keys: readonly string[];
  #held: Held | undefined;

  constructor(edge: URL, network: string, keys: readonly string[]) {
    this.#url = new URL(`/v1/networks/${network}/snapshot`, edge);
    this.#network = network;
    this.#keys = keys;
  }

  get pool(): Pool | undefined {
    return this.#held?.pool;
  }

  get seq(): number {
    return this.#held?.seq ?? 0;
  }

  /** For how many seconds the snapshot was fresh when it was made, and so what was made with it; 0 where none is held, or nobody watched the network. */
  get freshSeconds(): number {
    return this.#held === undefined ? 0 : Math.max(0, this.#held.stale - this.#held.generated);
  }

  /** The step of the staleness ladder at `now`, Unix seconds. */
  freshness(now: number): Freshness {
    return freshnessAt(this.#held, now);
  }

  /** Asks the edge once. What is held stays unless something better comes. */
  async poll(now: number, signal: AbortSignal): Promise<Poll> {
    try {
      return await this.#poll(now, signal);
    } catch (error) {
      if (error instanceof SnapshotRefusedError) return error.reason;
      if (error instanceof EdgeError) return "edge-failed";
      throw error;
    }
  }

  async #poll(now: number, signal: AbortSignal): Promise<Poll> {
    const etag = this.#held?.etag;
    const response = await ask(this.#url, etag == null ? {} : { "if-none-match": etag }, signal);
    if (response.status === 304) return "unchanged";
    const bytes = await readBody(response, FOLLOWING_LIMITS.snapshotOctets);
    const seal = sealFromHeaders((name) => response.headers.get(name));
    const trust = { network: this.#network, keys: this.#keys, crypto: crypto.subtle, decodeText };
    const { snapshot } = await openSnapshot({ bytes, seal }, trust, this.#held, now);
    const { seq, generated, stale, expires } = snapshot;
    this.#held = { seq, generated, stale, expires, etag: response.headers.get("etag"), pool: layOut(snapshot) };
    return "updated";
  }
}
