/** A real edge whose publisher works on demand: peers are pushed, snapshots signed, chained and served by the code that is deployed. */
import { mkdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { sampleReport } from "../../crawler/push/registry-model.ts";
import { readKey } from "../../crawler/push/key-file.ts";
import { startPusher } from "../../crawler/push/pusher.ts";
import { signedFetch } from "../../crawler/push/signed-fetch.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Report } from "../../schema/report.ts";
import type { Zone } from "../../schema/zone.ts";
import { startEdge } from "../../scripts/edge.ts";
import { localKeys } from "../../scripts/local-keys.ts";
import { eventually } from "../interop/waiting.ts";
import { fillState } from "./migrated-state.ts";

/** The zone that it serves. */
export const PUBLISHED_ZONE = "published.test.";

/** How long publishing may take on a slow machine. */
const PATIENCE_SECONDS = 60;
const TIMEOUT_MS = 30_000;

export interface PublishingEdge {
  readonly url: URL;
  /** Of the key that signs. */
  readonly publicKey: string;
  /**
   * Publishes one more snapshot with these peers, told as reports or by their addresses alone; resolves with its number once the edge serves it.
   * `of` is the name of another network than the edge's own.
   */
  publish(peers: readonly (string | Report)[], of?: string): Promise<number>;
  stop(): Promise<void>;
}

export interface PublishingOptions {
  /** Folder of databases and keys: what is there goes on. */
  readonly state: string;
  /** The one that peers are published of. */
  readonly network?: Network;
  /** Its zone, and others; `PUBLISHED_ZONE` unless given. */
  readonly zones?: readonly Partial<Zone>[];
  /** The private JWK that signs; the folder's own unless given. */
  readonly snapshotKey?: string;
  /** Public keys that are trusted beside it: those that signed before. */
  readonly trusted?: readonly string[];
  /** Key sets that sign the zone; it is unsigned without. */
  readonly dnssecKeys?: string;
}

/** Starts one, and enrols a vantage where none is yet. */
export async function startPublishingEdge({
  state,
  network = DEVNET,
  zones = [{ name: PUBLISHED_ZONE, network, nameservers: ["ns1.test."], contact: "host.test." }],
  snapshotKey,
  trusted = [],
  dnssecKeys,
}: PublishingOptions): Promise<PublishingEdge> {
  mkdirSync(state, { recursive: true });
  await fillState(state);
  const keys = await localKeys(state);
  const signing = snapshotKey ?? keys.snapshotSecret;
  const { publicKey } = await readKey(signing);
  const edge = await startEdge({
    state,
    migrated: true,
    host: "127.0.0.1",
    port: 0,
    zones: zones.map((zone) => ({ tenure: 0, interval: 1, ...zone })),
    snapshotPublicKeys: [publicKey, ...trusted],
    operatorPublicKeys: [keys.operator.publicKey],
    snapshotKey: signing,
    dnssecKeys,
    refreshSeconds: 1,
    cronSeconds: 3_600,
  });
  const body = { name: "here", publicKey: keys.vantage.publicKey, networks: [...new Set([network.name, ...zones.flatMap(namesOf)])] };
  const request = { method: "POST", url: new URL("/v1/operator/vantages", edge.url), body } as const;
  const enrolled = await signedFetch({ key: keys.operator, fetch, now: Date.now, timeout: TIMEOUT_MS }, request);
  if (enrolled.status !== 201 && enrolled.status !== 200)
    throw new Error(`the vantage was not enrolled: ${JSON.stringify(enrolled.value)}`);

  const current = async (of: string): Promise<number> => {
    const response = await fetch(new URL(`/v1/networks/${of}/snapshot`, edge.url));
    await response.arrayBuffer();
    return Number(response.headers.get("seedcast-seq") ?? 0);
  };
  return {
    url: edge.url,
    publicKey,
    publish: async (peers, of = network.name) => {
      const before = await current(of);
      const now = Math.floor(Date.now() / 1_000);
      // The height differs each time, so that there always is something new to say.
      const usual = { since: now - 60, seen: now, height: 1_000 + before };
      const reports = peers.map((peer) => (typeof peer === "string" ? sampleReport(peer, usual) : peer));
      const pusher = startPusher({
        network: of,
        edge: edge.url,
        key: keys.vantage,
        db: new DatabaseSync(":memory:"),
        reports: () => reports,
      });
      const status = await pusher.pushNow();
      await pusher.stop();
      if (status.state !== "in-step" || status.refused > 0) throw new Error(`the edge did not take the reports: ${JSON.stringify(status)}`);
      return eventually("another snapshot", PATIENCE_SECONDS, async () => {
        await edge.cron();
        const seq = await current(of);
        return seq > before ? seq : undefined;
      });
    },
    stop: () => edge.stop(),
  };
}

/** The network that a zone is of, where it has one of its own. */
const namesOf = ({ network }: Partial<Zone>): readonly string[] => (typeof network === "object" ? [network.name] : []);
