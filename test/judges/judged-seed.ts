/** The seed that the judges judge: a real edge with peers that are known beforehand, and our name server that follows it. */
import { startNameserver, type Nameserver } from "../../nameserver/nameserver.ts";
import { askUdp, query } from "../../nameserver/test-client.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Zone } from "../../schema/zone.ts";
import { scratch } from "../interop/seed.ts";
import { eventually } from "../interop/waiting.ts";
import { startPublishingEdge, type PublishingEdge } from "../support/publishing-edge.ts";
import { APEX, COLD_APEX, judgedReports, NETWORK, zoneEntry } from "./judged-zone.ts";

/** How long following may take on a slow machine. */
const READY_SECONDS = 60;

export interface JudgedSeed {
  readonly edge: PublishingEdge;
  /** UDP and TCP on 127.0.0.1. */
  readonly nameserver: Nameserver;
}

export interface JudgedSeedOptions {
  /** Added to the judged zone's entry in ZONES. */
  readonly zone?: Partial<Zone>;
  /** Key sets that sign the judged zone; it is unsigned without. */
  readonly dnssecKeys?: string;
}

/** Starts both, publishes the judged zone's snapshot, and waits until both answer from it. They stop when `undo` does. */
export async function startJudgedSeed(undo: AsyncDisposableStack, { zone, dnssecKeys }: JudgedSeedOptions = {}): Promise<JudgedSeed> {
  const edge = await startPublishingEdge({
    state: scratch(undo),
    network: NETWORK,
    zones: [{ ...zoneEntry(APEX, NETWORK), ...zone }, zoneEntry(COLD_APEX, DEVNET)],
    ...(dnssecKeys === undefined ? {} : { dnssecKeys }),
  });
  undo.defer(() => edge.stop());
  await edge.publish(judgedReports(Math.floor(Date.now() / 1_000)));
  const nameserver = await startNameserver({
    edge: edge.url,
    snapshotKeys: [edge.publicKey],
    host: "127.0.0.1",
    port: 0,
    refreshSeconds: 1,
  });
  undo.defer(() => nameserver.stop());
  await eventually("the name server has the snapshot", READY_SECONDS, async () => {
    const { rcodeNumber } = await askUdp(nameserver.udpPort, query(APEX));
    return rcodeNumber === 0 || undefined;
  });
  return { edge, nameserver };
}
