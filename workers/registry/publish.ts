/**
 * Publishing is a commit: judge every peer, write snapshot `seq` + 1 with the digest of `seq`, sign its exact bytes, store it,
 * and put it where the edge reads it. Driven by pushes and by the minute tick.
 */
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { pack, type SealedText } from "../../schema/parcel.ts";
import { encodeSnapshot, SNAPSHOT_COLUMNS, SNAPSHOT_FORMAT, snapshotKey, type Snapshot, type SnapshotSeal } from "../../schema/snapshot.ts";
import { statusKey, type Status } from "../../schema/status.ts";
import type { Zone } from "../../schema/zone.ts";
import type { ServedNetwork } from "../config.ts";
import { makeSealedBank } from "./banking.ts";
import { sealText } from "./sealing.ts";
import { enabledStreams, membersQuery, readTestimonies, type Member } from "./members.ts";
import { appendLink, latestQuery, markPut, readText, type Link } from "./chain.ts";
import { judgeAll, type Judgement } from "./judging.ts";
import { openDatabase, stored, StoreError, type D1, type Database } from "./database.ts";
import { anyCounts, counts, type Streams } from "./judge.ts";

/** What publishing needs of the Worker's environment, beside its variables. */
export interface PublishBindings {
  readonly DB: D1;
  readonly SNAPSHOTS: Pick<KVNamespace, "put" | "getWithMetadata">;
  /** Private Ed25519 JWK. */
  readonly SNAPSHOT_KEY: string;
  /** The zones' DNSSEC keys (workers/dnssec/keys.ts); without it no zone is signed. */
  readonly DNSSEC_KEYS?: string;
}

/** What came of an attempt to publish. */
export type Publication =
  | "current" // nothing to do yet
  | "silent" // no vantage counts: what is out grows stale, as it should
  | "overtaken" // another isolate published this number
  | "published";

interface NetworkState {
  readonly latest: Link | undefined;
  readonly members: readonly Member[];
  /** Enabled vantages. */
  readonly streams: Streams;
  readonly alive: boolean;
}

/** A network without new evidence is renewed when this share of its freshness has passed, so that two failed renewals do no harm. */
const RENEWALS_PER_FRESHNESS = 3;

/**
 * Publishes a network if that is due at `now` (Unix seconds). `eager` says that a push may have brought the first servable peer: it does
 * not wait for the interval. Rejects with `StoreError`, also where KV failed: then `heal` puts it later. Rejects with `PrivateKeyError`,
 * `KeySetError` or `ConfigError` for a key that cannot sign; what is out stays out.
 */
export async function publish(bindings: PublishBindings, served: ServedNetwork, now: number, eager = false): Promise<Publication> {
  const db = openDatabase(bindings.DB);
  const state = await readState(db, served, now);
  const due = whyPublish(state, served.zone, now, eager);
  if (due === "current" || due === "silent") return due;
  const judgement = await judgeState(db, served, state, now);
  if (due === "eager" && judgement.peers.length === 0) return "current";
  const { link, text } = await makeSnapshot(bindings, served, state, judgement, now);
  const bank = await makeSealedBank(bindings, served, text, link, now);
  if (!(await appendLink(db, link, text))) return "overtaken";
  await putSnapshot(bindings, db, served, { link, text, bank }, statusOf(served, state, judgement, now));
  return "published";
}

/** Puts the latest snapshot to KV where that failed. True where there was something to heal. */
export async function heal(bindings: PublishBindings, served: ServedNetwork, now: number): Promise<boolean> {
  const db = openDatabase(bindings.DB);
  const state = await readState(db, served, now);
  const { latest } = state;
  if (latest === undefined || latest.put !== null) return false;
  const text = await readText(db, served.network.name, latest.seq);
  if (text === undefined) return false;
  const bank = await makeSealedBank(bindings, served, text, latest, now);
  const status = statusOf(served, state, await judgeState(db, served, state, now), now);
  await putSnapshot(bindings, db, served, { link: latest, text, bank }, status);
  return true;
}

async function readState(db: Database, { network, zone }: ServedNetwork, now: number): Promise<NetworkState> {
  const [[latest], members] = await stored(db.batch([latestQuery(db, network.name), membersQuery(db, network.name)]));
  const streams = enabledStreams(members, network.name);
  return { latest, members, streams, alive: anyCounts({ streams, zone, now }) };
}

const basisOf = (members: readonly Member[]): number => members.reduce((sum, { revision }) => sum + revision, 0);

function whyPublish(
  { latest, members, alive }: NetworkState,
  zone: Zone,
  now: number,
  eager: boolean,
): "due" | "eager" | "current" | "silent" {
  if (latest === undefined) return alive ? "due" : "silent";
  // What a disabled vantage said must go at once, even when nobody else speaks.
  if (members.some(({ disabled }) => disabled !== null && disabled >= latest.created)) return "due";
  if (!alive) return "silent";
  if (now >= latest.due) return "due";
  if (basisOf(members) === latest.basis) return "current";
  if (now >= latest.created + zone.interval) return "due";
  return eager && latest.peers === 0 ? "eager" : "current";
}

/** When no vantage counts, a disabled one's reports are taken out and the rest is judged as if it still counted: our silence is not their fault. */
function judgeState(db: Database, { network, zone }: ServedNetwork, { streams, alive }: NetworkState, now: number): Promise<Judgement> {
  const policy = alive ? zone : { ...zone, silence: Infinity };
  return judgeAll(readTestimonies(db, network), { network, zone: policy, now, streams });
}

async function makeSnapshot(
  bindings: PublishBindings,
  { network, zone }: ServedNetwork,
  { latest, members, streams, alive }: NetworkState,
  { peers, matures }: Judgement,
  now: number,
): Promise<{ link: Link; text: string }> {
  const snapshot: Snapshot = {
    format: SNAPSHOT_FORMAT,
    network: network.name,
    seq: (latest?.seq ?? 0) + 1,
    previous: latest?.digest ?? null,
    generated: now,
    stale: alive ? now + zone.fresh : now,
    expires: now + zone.expire,
    columns: [...SNAPSHOT_COLUMNS],
    peers: [...peers],
  };
  const text = encodeSnapshot(snapshot);
  const { seq, previous } = snapshot;
  const { digest, keyid, signature } = await sealText(bindings, seq, text);
  const link: Link = {
    network: network.name,
    seq,
    created: now,
    digest,
    previous,
    peers: peers.length,
    keyid,
    signature,
    basis: basisOf(members),
    due: dueAfter(zone, streams, peers.length, matures, now),
    put: null,
  };
  return { link, text };
}

/** When to judge again though nobody pushes: to stay fresh, when a peer comes of age, when a vantage falls silent. */
function dueAfter(zone: Zone, streams: Streams, peers: number, matures: number, now: number): number {
  const silences = [...streams].filter(([id]) => counts(id, { streams, zone, now })).map(([, { pushed }]) => pushed + zone.silence + 1);
  const soonest = Math.min(now + Math.floor(zone.fresh / RENEWALS_PER_FRESHNESS), matures, ...silences);
  return Math.max(soonest, now + (peers > 0 ? zone.interval : 1));
}

export const sealOf = ({ seq, digest, keyid, signature }: Link): SnapshotSeal => ({ seq, digest, keyid, signature });

function statusOf({ network }: ServedNetwork, { members }: NetworkState, { peers, refused }: Judgement, now: number): Status {
  const vantages = members
    .filter(({ disabled }) => disabled === null)
    .map(({ name, run, pushed, good, lapsed }) => ({ name, run, pushed, good, lapsed }));
  return { network: network.name, generated: now, servable: peers.length, refused, vantages };
}

async function putSnapshot(
  bindings: PublishBindings,
  db: Database,
  { network }: ServedNetwork,
  { link, text, bank }: { readonly link: Link; readonly text: string; readonly bank: SealedText | undefined },
  status: Status,
): Promise<void> {
  const { value, metadata } = pack({ text, seal: sealOf(link) }, bank, (words) => utf8ToBytes(words).length);
  try {
    await bindings.SNAPSHOTS.put(snapshotKey(network.name), value, { metadata });
    await bindings.SNAPSHOTS.put(statusKey(network.name), JSON.stringify(status));
  } catch (cause) {
    throw new StoreError("KV did not take a snapshot; the next tick tries again", { cause });
  }
  await markPut(db, network.name, link.seq, status.generated);
}
