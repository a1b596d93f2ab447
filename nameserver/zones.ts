/** Which zones are served, and where their snapshots come from: given, or learnt from the edge's list. */
import type { Network } from "../schema/network.ts";
import { ListingError, parseNetworkList } from "../schema/listing.ts";
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

  /** The zone that encloses a name, as it stands at `now` (Unix seconds). While it is not known how to answer it, signed or not, it has nothing to answer from. */
  zoneFor(name: string, now: number): ServedZone | undefined {
    const entry = findEnclosing(this.#byApex, name);
    if (entry === undefined) return undefined;
    const { network, zone, follower, banks } = entry;
    const pool = banks.isKnown(zone.name, now) ? follower.pool : undefined;
    return { network, zone, freshness: follower.freshness(now), pool, serial: follower.seq, bank: banks.bankAt(zone.name, now) };
  }

  /** True where every zone holds a snapshot that may be served, and its bank if it has one. */
  isReady(now: number): boolean {
    const steps = Array.from(this.#byApex.values(), ({ zone, follower, banks }) =>
      banks.isKnown(zone.name, now) ? follower.freshness(now) : "absent",
    );
    return steps.length > 0 && steps.every((step) => step === "fresh" || step === "stale");
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

const isFailure = (poll: Poll): boolean => poll !== "updated" && poll !== "unchanged";

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ListingError("network list: not JSON", { cause });
  }
}
