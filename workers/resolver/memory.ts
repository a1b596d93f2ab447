/** What an isolate remembers: for each network the snapshot it serves from, checked and decoded. */
import { AddressError } from "../../schema/address.ts";
import type { ServedNetwork } from "../config.ts";
import { warmZone, type ServedZone } from "../dns/zone.ts";
import { buildPool, type Pool } from "../sampling/pool.ts";
import {
  freshnessAt,
  openSnapshot,
  SnapshotRefusedError,
  type Freshness,
  type RefusedSnapshot,
  type SealedBytes,
} from "../../schema/seal.ts";
import { SnapshotSealSchema, type SnapshotSeal } from "../../schema/snapshot.ts";
import { StatusSchema, type Status } from "../../schema/status.ts";
import * as v from "valibot";
import { Refreshed, type WaitUntil } from "./refreshed.ts";
import { StoreError, type SnapshotStore } from "./store.ts";

/** A snapshot in memory. Times are Unix seconds. */
export interface Held {
  readonly seq: number;
  readonly generated: number;
  readonly stale: number;
  readonly expires: number;
  /** The exact bytes that were signed, for mirrors. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly seal: SnapshotSeal;
  readonly pool: Pool;
}

/** Why a refresh brought nothing new: the store failed, was too slow, or what it gave was refused. */
export type RefreshFailure = "store-failed" | "store-timeout" | "internal" | RefusedSnapshot;

/** One network's share of the isolate's memory. */
export class NetworkMemory {
  readonly served: ServedNetwork;
  /** How often each kind of failure happened in this isolate. */
  readonly failures = new Map<RefreshFailure, number>();
  readonly #store: SnapshotStore;
  readonly #keys: readonly string[];
  readonly #snapshots: Refreshed;
  readonly #statuses: Refreshed;
  #held: Held | undefined;
  #status: Status | undefined;

  constructor(served: ServedNetwork, keys: readonly string[], store: SnapshotStore, refreshSeconds: number) {
    this.served = served;
    this.#store = store;
    this.#keys = keys;
    this.#snapshots = new Refreshed(refreshSeconds, (now) => this.#guard(() => this.#loadSnapshot(now)));
    this.#statuses = new Refreshed(refreshSeconds, () => this.#guard(() => this.#loadStatus()));
  }

  get held(): Held | undefined {
    return this.#held;
  }

  /** The registry's status document as last read; undefined until `refreshStatus` has brought one. */
  get status(): Status | undefined {
    return this.#status;
  }

  freshness(now: number): Freshness {
    return freshnessAt(this.#held, now);
  }

  /** The zone as the answering code sees it. */
  zoneAt(now: number): ServedZone {
    const { zone, network } = this.served;
    return { zone, network, freshness: this.freshness(now), pool: this.#held?.pool, serial: this.#held?.seq ?? 0 };
  }

  /** True where there is nothing to serve from: never loaded, or everything held has expired. */
  isCold(now: number): boolean {
    return this.#held === undefined || now >= this.#held.expires;
  }

  /** Starts a refresh behind the answer if one is due. */
  touch(now: number, waitUntil: WaitUntil): void {
    this.#snapshots.touch(now, !this.isCold(now), waitUntil);
  }

  /** As `touch`, and waits for the refresh in flight: for cold isolates and for those who ask about readiness. */
  async refresh(now: number, waitUntil: WaitUntil): Promise<void> {
    this.touch(now, waitUntil);
    await this.#snapshots.settled();
  }

  /** Reads the status document if that is due. */
  async refreshStatus(now: number, waitUntil: WaitUntil): Promise<void> {
    this.#statuses.touch(now, this.#status !== undefined, waitUntil);
    await this.#statuses.settled();
  }

  async #guard(load: () => Promise<void>): Promise<void> {
    try {
      await load();
    } catch (error) {
      const failure = failureOf(error);
      this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
      console.warn({ message: "refresh failed, serving what is held", network: this.served.network.name, failure, error: String(error) });
    }
  }

  async #loadSnapshot(now: number): Promise<void> {
    const sealed = await this.#store.snapshot(this.served.network.name);
    if (sealed === undefined || this.#isHeld(sealed)) return;
    const trust = { network: this.served.network.name, keys: this.#keys, crypto: crypto.subtle, decodeText };
    const { snapshot, seal } = await openSnapshot(sealed, trust, this.#held, now);
    const { seq, generated, stale, expires } = snapshot;
    const pool = buildPool(snapshot);
    warmZone(this.served, pool);
    this.#held = { seq, generated, stale, expires, bytes: sealed.bytes, seal, pool };
  }

  #isHeld({ seal }: SealedBytes): boolean {
    const parsed = v.safeParse(SnapshotSealSchema, seal);
    return parsed.success && parsed.output.digest === this.#held?.seal.digest;
  }

  async #loadStatus(): Promise<void> {
    const parsed = v.safeParse(StatusSchema, await this.#store.status(this.served.network.name));
    if (parsed.success) this.#status = parsed.output;
  }
}

const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function failureOf(error: unknown): RefreshFailure {
  if (error instanceof SnapshotRefusedError) return error.reason;
  if (error instanceof AddressError) return "malformed"; // signed, but with a row that names no peer
  return error instanceof StoreError ? `store-${error.kind}` : "internal";
}
