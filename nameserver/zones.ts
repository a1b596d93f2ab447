/** Which zones are served, and where their snapshots come from: given, or learnt from the edge's list. */
import type { Network } from "../schema/network.ts";
import { ListingError, parseNetworkList } from "../schema/listing.ts";
import type { Freshness } from "../schema/seal.ts";
import { findEnclosing, type Zone } from "../schema/zone.ts";
import type { ServedZone } from "../workers/dns/zone.ts";
import { ask, EdgeError, readBody } from "../serving/edge.ts";
import { BankFollower } from "../serving/bank-follower.ts";
import { Follower, type Poll } from "../serving/follower.ts";
import { NAMESERVER_LIMITS } from "./limits.ts";

/** A network with the zone under which it is served, as the edge's `ServedNetwork`. */
export interface ServedNetwork {
  readonly network: Network;
  readonly zone: Zone;
}

interface Following {
  readonly follower: Follower;
  readonly banks: BankFollower;
}

interface Entry extends ServedNetwork, Following {}

/** How a zone stands on the staleness ladder: where its snapshot and its bank are on different steps, on the lower one. */
export interface Standing {
  readonly network: string;
  readonly freshness: Freshness;
  readonly snapshot: Freshness;
  /** `absent` also while it is not known whether the zone is signed. */
  readonly bank: Freshness | "unsigned";
}

/** Why the edge's list could not be read. */
export type ListFailure = "edge-failed" | "bad-list";

/** The zones of one edge, by apex. */
export class Zones {
  readonly #edge: URL;
  readonly #keys: readonly string[];
  #byApex = new Map<string, Entry>();

  constructor(edge: URL, keys: readonly string[], networks: readonly ServedNetwork[] = []) {
    this.#edge = edge;
    this.#keys = keys;
    this.#replace(networks);
  }

  get size(): number {
    return this.#byApex.size;
  }

  /** The zone that encloses a name, as it stands at `now` (Unix seconds). While it is not known how to answer it, signed or not, it is as if absent. */
  zoneFor(name: string, now: number): ServedZone | undefined {
    const entry = findEnclosing(this.#byApex, name);
    if (entry === undefined) return undefined;
    const { network, zone, follower, banks } = entry;
    const { freshness } = standingOf(entry, now);
    return { network, zone, freshness, pool: follower.pool, serial: follower.seq, bank: banks.bankAt(zone.name, now) };
  }

  standings(now: number): readonly Standing[] {
    return Array.from(this.#byApex.values(), (entry) => standingOf(entry, now));
  }

  /** True where every zone holds a snapshot that may be served, and its bank if it has one. */
  isReady(now: number): boolean {
    const standings = this.standings(now);
    return standings.length > 0 && standings.every(({ freshness }) => freshness === "fresh" || freshness === "stale");
  }

  /** Reads the edge's list. What is served stays as it is where that fails; snapshots held are kept for zones that stay. */
  async learn(signal: AbortSignal): Promise<"learnt" | ListFailure> {
    try {
      const response = await ask(new URL("/v1/networks", this.#edge), { accept: "application/json" }, signal);
      const text = new TextDecoder().decode(await readBody(response, NAMESERVER_LIMITS.listOctets));
      this.#replace(parseNetworkList(parseJson(text)).map(({ zone }) => ({ network: zone.network, zone })));
      return "learnt";
    } catch (error) {
      if (error instanceof EdgeError) return "edge-failed";
      if (error instanceof ListingError) return "bad-list";
      throw error;
    }
  }

  /** Asks the edge for each zone's snapshot and bank, all at once. Where both bring something, the snapshot's outcome is told unless the bank failed. */
  async poll(now: number, signal: AbortSignal): Promise<ReadonlyMap<string, Poll>> {
    const entries = [...this.#byApex.values()];
    const polls = entries.map(async ({ network, follower, banks }) => {
      const [snapshot, bank] = await Promise.all([follower.poll(now, signal), banks.poll(now, signal)]);
      return [network.name, isFailure(snapshot) || !isFailure(bank) ? snapshot : bank] as const;
    });
    return new Map(await Promise.all(polls));
  }

  #replace(networks: readonly ServedNetwork[]): void {
    const followings = new Map(Array.from(this.#byApex.values(), (entry): [string, Following] => [entry.network.name, entry]));
    this.#byApex = new Map(
      networks.map(({ network, zone }) => {
        const { follower, banks } = followings.get(network.name) ?? {
          follower: new Follower(this.#edge, network.name, this.#keys),
          banks: new BankFollower(this.#edge, network.name, this.#keys),
        };
        return [zone.name, { network, zone, follower, banks }];
      }),
    );
  }
}

const LADDER: readonly Freshness[] = ["fresh", "stale", "expired", "absent"];

function standingOf({ network, zone, follower, banks }: Entry, now: number): Standing {
  const snapshot = follower.freshness(now);
  const bank = banks.freshness(zone.name, now, follower.freshSeconds);
  const freshness = bank !== "unsigned" && LADDER.indexOf(bank) > LADDER.indexOf(snapshot) ? bank : snapshot;
  return { network: network.name, freshness, snapshot, bank };
}

const isFailure = (poll: Poll): boolean => poll !== "updated" && poll !== "unchanged";

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ListingError("network list: not JSON", { cause });
  }
}
