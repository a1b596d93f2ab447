/** `/v1/networks` and `/v1/networks/{network}`: what is served here, and how it stands. */
import type { ListedNetwork, NetworkList } from "../../schema/listing.ts";
import { freshnessAt } from "../../schema/seal.ts";
import { json, type Handler } from "../endpoint.ts";
import { isolateOf } from "./isolate.ts";
import type { NetworkMemory } from "./memory.ts";
import { ageOf, ofNetwork, prepare, warning, type Platform } from "./handler.ts";
import { tallyOf } from "./tally.ts";

/** Status changes with each snapshot; a short life takes the load of dashboards off. */
const BRIEF = "public, max-age=10";

/** Everything a name server needs to start: see schema/listing.ts. */
export function networksHandler(platform: Platform): Handler {
  return async (c) => {
    const now = platform.now();
    const { networks } = isolateOf(c.env);
    await Promise.all(networks.map((memory) => prepare(memory, now, c.executionCtx)));
    const list: NetworkList = { networks: networks.map((memory) => listed(memory, now)) };
    return json(list, BRIEF);
  };
}

function listed(memory: NetworkMemory, now: number): ListedNetwork {
  const { zone, network } = memory.served;
  return { network: network.name, zone: { ...zone, network }, ...standing(memory, now) };
}

function standing({ held }: NetworkMemory, now: number) {
  if (held === undefined) return { freshness: "absent", servable: 0, seq: null, generated: null, expires: null, age: null } as const;
  const { seq, generated, expires, pool } = held;
  return { freshness: freshnessAt(held, now), servable: pool.size, seq, generated, expires, age: ageOf(held, now) };
}

/** A network's status: counts over the snapshot held, and what the registry says about the peers that are not in it. */
export const statusHandler = (platform: Platform): Handler =>
  ofNetwork(platform, async (c, memory, now) => {
    await memory.refreshStatus(now, c.executionCtx);
    const { held, status } = memory;
    const { zone, network } = memory.served;
    const body = {
      network: network.name,
      title: network.title,
      zone: zone.name,
      ...standing(memory, now),
      stale: held?.stale ?? null,
      digest: held?.seal.digest ?? null,
      /** Whether the zone is answered with DNSSEC signatures. */
      signed: held?.bank !== undefined,
      ...(held === undefined ? {} : tallyOf(held.pool)),
      /** Peers that are not servable, by reason; null where the registry has not said yet. */
      refused: status?.refused ?? null,
      vantages: status?.vantages ?? null,
      judged: status?.generated ?? null,
    };
    return json(body, BRIEF, held === undefined ? {} : warning(held, now));
  });
