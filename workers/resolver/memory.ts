/** What an isolate remembers: for each network the snapshot it serves from, checked and decoded. */
import { AddressError } from "../../schema/address.ts";
import type { ServedNetwork } from "../config.ts";
import { openBank, type Bank } from "../dns/bank.ts";
import { warmZone, type ServedZone } from "../dns/zone.ts";
import { BankError } from "../../schema/bank.ts";
import { buildPool, type Pool } from "../sampling/pool.ts";
import {
  freshnessAt,
  openBankDocument,
  openSnapshot,
  SnapshotRefusedError,
  type Freshness,
  type Position,
  type RefusedSnapshot,
  type SealedBytes,
  type SnapshotTrust,
} from "../../schema/seal.ts";
import type { Parcel } from "../../schema/parcel.ts";
import { SnapshotSealSchema, type SnapshotSeal } from "../../schema/snapshot.ts";
import { StatusSchema, type Status } from "../../schema/status.ts";
import * as v from "valibot";
import { Refreshed, type Background } from "./refreshed.ts";
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
  /** The pre-signed answers, where the zone is signed. */
  readonly bank: HeldBank | undefined;
}

/** A bank in memory, with the exact bytes that were sealed. */
export interface HeldBank {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly seal: SnapshotSeal;
  readonly bank: Bank;
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
  #turn = 0;
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

  /** Changes with what is held: whoever remembers it does not keep the held itself alive. */
  get turn(): number {
    return this.#turn;
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
    const held = this.#held;
    return { zone, network, freshness: this.freshness(now), pool: held?.pool, serial: held?.seq ?? 0, bank: held?.bank?.bank };
  }

  /** True where there is nothing to serve from: never loaded, or everything held has expired. */
  isCold(now: number): boolean {
    return this.#held === undefined || now >= this.#held.expires;
  }

  /** Starts a refresh behind the answer if one is due. */
  touch(now: number, background: Background): void {
    this.#snapshots.touch(now, !this.isCold(now), background);
  }

  /** As `touch`, and waits for the refresh in flight: for cold isolates and for those who ask about readiness. */
  async refresh(now: number, background: Background): Promise<void> {
    this.touch(now, background);
    await this.#snapshots.settled();
  }

  /** Reads the status document if that is due. */
  async refreshStatus(now: number, background: Background): Promise<void> {
    this.#statuses.touch(now, this.#status !== undefined, background);
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
    const parcel = await this.#store.parcel(this.served.network.name);
    if (parcel === undefined || this.#isHeld(parcel)) return;
    const trust = { network: this.served.network.name, keys: this.#keys, crypto: crypto.subtle, decodeText };
    const { snapshot, seal } = await openSnapshot(parcel.snapshot, trust, this.#held, now);
    const { seq, generated, stale, expires } = snapshot;
    const bank = parcel.bank && (await this.#openBank(parcel.bank, trust, snapshot));
    const pool = buildPool(snapshot);
    warmZone(this.served, pool);
    this.#held = { seq, generated, stale, expires, bytes: parcel.snapshot.bytes, seal, pool, bank };
    this.#turn++;
  }

  /** What is refused here refuses the whole parcel: a signed zone must not be answered unsigned while there is a held one. */
  async #openBank(sealed: SealedBytes, trust: SnapshotTrust<CryptoKey>, { seq, expires }: Position): Promise<HeldBank> {
    const { bank, seal } = await openBankDocument(sealed, trust, undefined, 0); // its place and age are the snapshot's, which were checked
    if (bank.seq !== seq) throw new SnapshotRefusedError("wrong-seq");
    if (bank.expires < expires) throw new SnapshotRefusedError("expired");
    if (bank.zone !== this.served.zone.name) throw new SnapshotRefusedError("wrong-network");
    return { bytes: sealed.bytes, seal, bank: openBank(bank) };
  }

  #isHeld({ snapshot, bank }: Parcel): boolean {
    const digest = digestOf(snapshot.seal);
    return digest !== undefined && digest === this.#held?.seal.digest && digestOf(bank?.seal) === this.#held.bank?.seal.digest;
  }

  async #loadStatus(): Promise<void> {
    const parsed = v.safeParse(StatusSchema, await this.#store.status(this.served.network.name));
    if (parsed.success) this.#status = parsed.output;
  }
}

function digestOf(seal: unknown): string | undefined {
  const parsed = v.safeParse(SnapshotSealSchema, seal);
  return parsed.success ? parsed.output.digest : undefined;
}

const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function failureOf(error: unknown): RefreshFailure {
  if (error instanceof SnapshotRefusedError) return error.reason;
  if (error instanceof AddressError || error instanceof BankError) return "malformed"; // signed, but with what cannot be served
  return error instanceof StoreError ? `store-${error.kind}` : "internal";
}
