/** Judging a whole network: the peers to publish, and why the others are not. */
import { parseAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { MAX_SNAPSHOT_PEERS, type PeerRow } from "../../schema/snapshot.ts";
import type { Status } from "../../schema/status.ts";
import type { Zone } from "../../schema/zone.ts";
import { decide, type Streams, type Testimony } from "./judge.ts";
import { refusalOf } from "./screen.ts";

export interface Judgement {
  /** Servable peers in address order. */
  readonly peers: readonly PeerRow[];
  /** How many peers are refused for each reason. */
  readonly refused: Status["refused"];
  /** When the next peer will be old enough, Unix seconds; Infinity where none is waiting. */
  readonly matures: number;
}

export interface JudgingCase {
  readonly network: Network;
  readonly zone: Pick<Zone, "silence" | "tenure" | "quorum">;
  readonly now: number;
  readonly streams: Streams;
}

/** Judges every reported address. `testimonies` come in address order. */
export async function judgeAll(
  testimonies: AsyncIterable<{ readonly address: string; readonly reports: readonly Testimony[] }>,
  { network, zone, now, streams }: JudgingCase,
  limit = MAX_SNAPSHOT_PEERS,
): Promise<Judgement> {
  const servable: { row: PeerRow; since: number }[] = [];
  const refused: Status["refused"] = {};
  let matures = Infinity;
  for await (const { address, reports } of testimonies) {
    // What is signed is dialable and canonical, whatever happened to the rows on the way here.
    if (refusalOf(address, network) !== undefined) {
      refused["not-routable"] = (refused["not-routable"] ?? 0) + 1;
      continue;
    }
    const decision = decide({ address: parseAddress(address), reports, network, zone, now, streams });
    const { verdict, evidence } = decision;
    matures = Math.min(matures, decision.matures ?? Infinity);
    if (verdict.servable && evidence !== undefined) {
      const { services, version, agent, asn, country, since } = evidence;
      servable.push({ row: [address, services, version, agent, asn, country], since });
    } else if (!verdict.servable) {
      refused[verdict.reason] = (refused[verdict.reason] ?? 0) + 1;
    }
  }
  return { peers: within(limit, servable), refused, matures };
}

/** Of more peers than a snapshot holds, those seen good for longest. */
function within(limit: number, servable: { row: PeerRow; since: number }[]): PeerRow[] {
  const kept = servable.length <= limit ? servable : servable.sort((a, b) => a.since - b.since).slice(0, limit);
  return kept.map(({ row }) => row).sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
