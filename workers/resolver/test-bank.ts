/** For the tests: signed zones of a test edge, put into KV as the registry does, and questions that ask for signatures. */
import { env } from "cloudflare:workers";
import { pack } from "../../schema/parcel.ts";
import { encodeSnapshot, snapshotKey, type Snapshot } from "../../schema/snapshot.ts";
import { configOf } from "../config.ts";
import { makeBank } from "../dnssec/bank-maker.ts";
import type { KeySet } from "../dnssec/keys.ts";
import { scheduleOf } from "../dnssec/schedule.ts";
import { labelsOf, wireName } from "../dnssec/test-message.ts";
import { buildPool } from "../sampling/pool.ts";
import { randomInt } from "../sampling/random.ts";
import type { Sealed, TestEdge } from "./test-edge.ts";

/** What is published together. */
export interface Pair {
  readonly snapshot: Sealed;
  readonly bank: Sealed;
}

const octetsOf = (text: string): number => new TextEncoder().encode(text).length;

/** Publishes a snapshot with the bank that these keys make of it. */
export async function publishSigned(
  edge: TestEdge,
  keys: KeySet,
  change: Partial<Snapshot> = {},
  spoil: (pair: Pair) => Pair | Promise<Pair> = (pair) => pair,
): Promise<Pair> {
  const { zone, network } = configOf(edge.env).served[0]!;
  const snapshot = edge.snapshotOf(change);
  const { seq, generated, expires } = snapshot;
  const random = randomInt((words) => crypto.getRandomValues(words));
  const content = { zone, network, pool: buildPool(snapshot), serial: seq, generated, expires, seconds: 420, random };
  const text = await makeBank(content, scheduleOf(keys, generated), crypto.subtle);
  const pair = await spoil({ snapshot: await edge.seal(encodeSnapshot(snapshot), seq), bank: await edge.seal(text, seq) });
  const { value, metadata } = pack(pair.snapshot, pair.bank, octetsOf);
  await env.SNAPSHOTS.put(snapshotKey(network.name), value, { metadata });
  return pair;
}

/** A query with EDNS. */
export function signedQuery(name: string, type: number, dnssecOk = true): Uint8Array<ArrayBuffer> {
  const opt = [0, 0, 41, 4, 208, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, 0];
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...wireName(labelsOf(name)), type >> 8, type & 0xff, 0, 1, ...opt]);
}
