/** The seed that the judges judge: a real edge with peers that are known beforehand, and our name server that follows it. */
import { DatabaseSync } from "node:sqlite";
import { startPusher } from "../../crawler/push/pusher.ts";
import { signedFetch } from "../../crawler/push/signed-fetch.ts";
import { startNameserver, type Nameserver } from "../../nameserver/nameserver.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Zone } from "../../schema/zone.ts";
import { startEdge, type Edge, type EdgeOptions } from "../../scripts/edge.ts";
import { localKeys, type LocalKeys } from "../../scripts/local-keys.ts";
import { askUdp, query } from "../../nameserver/test-client.ts";
import { parseNetworkList } from "../../schema/listing.ts";
import { scratch } from "../interop/seed.ts";
import { eventually } from "../interop/waiting.ts";
import { APEX, COLD_APEX, CONTACT, judgedReports, NAMESERVER, NETWORK } from "./judged-zone.ts";

/** Never of its own accord within a test: what is judged stands still. */
const NEVER_SECONDS = 86_400;
const ENROL_TIMEOUT_MS = 20_000;
/** How long publishing and following may take on a slow machine. */
const READY_SECONDS = 60;

export interface JudgedSeed {
  readonly edge: Edge;
  /** UDP and TCP on 127.0.0.1. */
  readonly nameserver: Nameserver;
}

export interface JudgedSeedOptions {
  /** Added to the judged zone's entry in ZONES. */
  readonly zone?: Partial<Zone>;
  /** Other options of the edge: secrets, entry. */
  readonly edge?: Partial<EdgeOptions>;
}

const zoneOf = (apex: string, zone: Partial<Zone>): Partial<Zone> => ({
  name: `${apex}.`,
  nameservers: [`${NAMESERVER}.`],
  contact: `${CONTACT}.`,
  tenure: 0,
  interval: 1,
  ...zone,
});

/** Starts both, publishes the judged zone's snapshot, and waits until both answer from it. They stop when `undo` does. */
export async function startJudgedSeed(undo: AsyncDisposableStack, options: JudgedSeedOptions = {}): Promise<JudgedSeed> {
  const state = scratch(undo);
  const keys = await localKeys(state);
  const edge = await startEdge({
    state,
    host: "127.0.0.1",
    port: 0,
    zones: [zoneOf(APEX, { network: NETWORK, ...options.zone }), zoneOf(COLD_APEX, { network: DEVNET })],
    snapshotPublicKeys: [keys.snapshot.publicKey],
    operatorPublicKeys: [keys.operator.publicKey],
    snapshotKey: keys.snapshotSecret,
    refreshSeconds: 1,
    cronSeconds: NEVER_SECONDS,
    ...options.edge,
  });
  undo.defer(() => edge.stop());
  await enrol(edge, keys);
  await publish(edge, keys);
  const nameserver = await startNameserver({
    edge: edge.url,
    snapshotKeys: [keys.snapshot.publicKey],
    host: "127.0.0.1",
    port: 0,
    refreshSeconds: 1,
  });
  undo.defer(() => nameserver.stop());
  const { udpPort } = nameserver;
  await eventually("the name server has the snapshot", READY_SECONDS, async () => {
    const { rcodeNumber } = await askUdp(udpPort, query(APEX));
    return rcodeNumber === 0 || undefined;
  });
  return { edge, nameserver };
}

/** Has the edge accept what the vantage says. */
async function enrol(edge: Edge, keys: LocalKeys): Promise<void> {
  const reply = await signedFetch(
    { key: keys.operator, fetch, now: Date.now, timeout: ENROL_TIMEOUT_MS },
    {
      method: "POST",
      url: new URL("/v1/operator/vantages", edge.url),
      body: { name: "judged", publicKey: keys.vantage.publicKey, networks: [NETWORK.name] },
    },
  );
  if (reply.status !== 201) throw new Error(`the edge did not enrol the vantage: ${JSON.stringify(reply.value)}`);
}

/** Pushes every peer as good; resolves when the edge serves them all. */
async function publish(edge: Edge, keys: LocalKeys): Promise<void> {
  const reports = judgedReports(Math.floor(Date.now() / 1_000));
  const db = new DatabaseSync(":memory:");
  const pusher = startPusher({ network: NETWORK.name, edge: edge.url, key: keys.vantage, db, reports: () => reports });
  const status = await pusher.pushNow();
  await pusher.stop();
  if (status.state !== "in-step" || status.refused > 0) throw new Error(`the edge did not take the reports: ${JSON.stringify(status)}`);
  await eventually("the edge serves every peer", READY_SECONDS, async () => {
    await edge.cron();
    const response = await fetch(new URL("/v1/networks", edge.url));
    const listed = parseNetworkList(await response.json()).find(({ network }) => network === NETWORK.name);
    return listed?.servable === reports.length || undefined;
  });
}
