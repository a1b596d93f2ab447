/**
 * The addresses known, and who may add to them. Gossip only registers that an address exists; it is bounded by source, by host and
 * in total, and never displaces a peer that was verified. What is probed, and when, is the scheduler's business alone.
 */
import { formatAddress, type AddressFamily, type PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { isRoutable } from "../../schema/routable.ts";
import { standsForKey } from "../protocols/overlay.ts";
import type { CrawlPolicy } from "./policy.ts";
import { newRecord, type PeerRecord } from "./record.ts";

/** `heard` is kept to within this time: gossip repeats itself, and each change is written to disk. */
export const HEARD_GRAIN_SECONDS = 6 * 3_600;

/** When a new address finds no room, the worst of so many random strangers makes way. */
const EVICTION_SAMPLE = 8;

const DAY_SECONDS = 86_400;

export interface FrontierOptions {
  readonly network: Network;
  readonly policy: CrawlPolicy;
  readonly random: () => number;
  /** Families that can be dialled; addresses of others are not kept. */
  readonly families: ReadonlySet<AddressFamily>;
  /** Asked before a record is displaced; false keeps it (it is in flight). */
  readonly release: (record: PeerRecord) => boolean;
}

export class Frontier {
  readonly #options: FrontierOptions;
  readonly #records = new Map<string, PeerRecord>();
  /** Records that may be displaced: never verified, not pinned. */
  readonly #strangers: PeerRecord[] = [];
  readonly #perHost = new Map<string, number>();
  readonly #foreignPorts: ReadonlySet<number>;
  /** New addresses by source since midnight UTC. */
  readonly #quotas = new Map<string, number>();
  #day = 0;

  constructor(options: FrontierOptions) {
    this.#options = options;
    this.#foreignPorts = new Set(options.network.foreignPorts);
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: string): PeerRecord | undefined {
    return this.#records.get(key);
  }

  all(): IterableIterator<PeerRecord> {
    return this.#records.values();
  }

  /** Whether the address can be a peer of this network that we can dial. */
  accepts(address: PeerAddress): boolean {
    const { network, families } = this.#options;
    return (
      families.has(address.family) && !this.#foreignPorts.has(address.port) && isRoutable(address, network.scope) && standsForKey(address)
    );
  }

  /**
   * Notes that `source` (a host key, or a DNS seed's name) spoke of an address. Returns the record where it is new or was not heard of for long,
   * undefined where nothing changed.
   */
  hear(address: PeerAddress, source: string, now: number): PeerRecord | undefined {
    const known = this.#records.get(formatAddress(address));
    if (known !== undefined) {
      if (now - known.heard < HEARD_GRAIN_SECONDS) return undefined;
      known.heard = now;
      return known;
    }
    if (!this.accepts(address)) return undefined;
    const used = this.#used(source, now);
    if (used >= this.#options.policy.sourceQuota) return undefined;
    const record = newRecord(address, this.#options.network.scope, now);
    if (!this.#fits(record, address.port) || !this.#makeRoom()) return undefined;
    this.#quotas.set(source, used + 1);
    this.insert(record);
    return record;
  }

  /** Takes a record from the store, the operator or the registry, whatever the bounds say: these do not lie without end. */
  insert(record: PeerRecord): void {
    this.#records.set(record.key, record);
    this.#perHost.set(record.host, (this.#perHost.get(record.host) ?? 0) + 1);
    this.settle(record);
  }

  /** Puts the record among the strangers or takes it out of them, after `lastSuccess` or `pinned` changed. */
  settle(record: PeerRecord): void {
    const stranger = record.lastSuccess === 0 && !record.pinned;
    if (stranger === record.strangerSlot >= 0) return;
    if (stranger) record.strangerSlot = this.#strangers.push(record) - 1;
    else this.#leaveStrangers(record);
  }

  forget(record: PeerRecord): void {
    this.#records.delete(record.key);
    if (record.strangerSlot >= 0) this.#leaveStrangers(record);
    const left = this.#perHost.get(record.host)! - 1;
    if (left > 0) this.#perHost.set(record.host, left);
    else this.#perHost.delete(record.host);
  }

  #used(source: string, now: number): number {
    const day = Math.floor(now / DAY_SECONDS);
    if (day !== this.#day) {
      this.#day = day;
      this.#quotas.clear();
    }
    return this.#quotas.get(source) ?? 0;
  }

  /** The network's own port has a place of its own on each host, or lies about a node's other ports could hide the node. */
  #fits(record: PeerRecord, port: number): boolean {
    const { policy, network } = this.#options;
    const most = port === network.port ? policy.maxPerHost + 1 : policy.maxPerHost;
    return (this.#perHost.get(record.host) ?? 0) < most;
  }

  /** Displaces a stranger where the frontier is full: of a few random ones, the one that failed most and was heard longest ago. */
  #makeRoom(): boolean {
    if (this.#records.size < this.#options.policy.maxKnown) return true;
    let worst: PeerRecord | undefined;
    for (let i = 0; i < EVICTION_SAMPLE && this.#strangers.length > 0; i++) {
      const one = this.#strangers[Math.floor(this.#options.random() * this.#strangers.length)]!;
      if (one.place !== "in-flight" && (worst === undefined || isWorse(one, worst))) worst = one;
    }
    if (worst === undefined || !this.#options.release(worst)) return false;
    this.forget(worst);
    return true;
  }

  #leaveStrangers(record: PeerRecord): void {
    const last = this.#strangers.pop()!;
    if (last !== record) {
      this.#strangers[record.strangerSlot] = last;
      last.strangerSlot = record.strangerSlot;
    }
    record.strangerSlot = -1;
  }
}

function isWorse(a: PeerRecord, b: PeerRecord): boolean {
  return a.failures === b.failures ? a.heard < b.heard : a.failures > b.failures;
}
