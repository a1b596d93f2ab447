/** For the tests: signed zones of a test edge, put into KV as the registry does, and questions that ask for signatures. */
import { base64urlnopad } from "@scure/base";
import { env } from "cloudflare:workers";
import { pack } from "../../schema/parcel.ts";
import { encodeSnapshot, snapshotKey, type Snapshot } from "../../schema/snapshot.ts";
import { configOf } from "../config.ts";
import { TYPE } from "../dns/records.ts";
import { makeBank } from "../dnssec/bank-maker.ts";
import type { KeySet } from "../dnssec/keys.ts";
import { scheduleOf } from "../dnssec/schedule.ts";
import { labelsOf, readMessage, wireName, type WireMessage } from "../dnssec/test-message.ts";
import { dsOf, signingKeys } from "../dnssec/test-signing.ts";
import { Validator } from "../dnssec/test-validator.ts";
import { buildPool } from "../sampling/pool.ts";
import { randomInt } from "../sampling/random.ts";
import { createTestEdge, START, type Sealed, type TestEdge } from "./test-edge.ts";

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
function signedQuery(name: string, type: number, dnssecOk = true): Uint8Array<ArrayBuffer> {
  const opt = [0, 0, 41, 4, 208, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, 0];
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...wireName(labelsOf(name)), type >> 8, type & 0xff, 0, 1, ...opt]);
}

/** A test edge's zone. */
export const apexOf = (network: string): string => `${network}.seed.example.org.`;

type Method = "GET" | "POST";

/** Asks over DoH, and reads the reply independently. Throws unless it comes with 200. */
export async function ask(
  edge: TestEdge,
  name: string,
  type: number,
  { dnssecOk = true, method = "GET" }: { readonly dnssecOk?: boolean; readonly method?: Method } = {},
): Promise<WireMessage> {
  const query = signedQuery(name, type, dnssecOk);
  const response =
    method === "GET"
      ? await edge.fetch(`/dns-query?dns=${base64urlnopad.encode(query)}`)
      : await edge.fetch("/dns-query", { method, body: query, headers: { "content-type": "application/dns-message" } });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  return readMessage(new Uint8Array(await response.arrayBuffer()));
}

/** An edge whose zone has keys; what is signed with them is the test's to publish, and then to have trusted. */
export async function startSigned(network: string) {
  const edge = await createTestEdge(network);
  const keys = await signingKeys(crypto.subtle, apexOf(network));
  const validator = new Validator(crypto.subtle, labelsOf(apexOf(network)), START);
  return {
    edge,
    keys,
    apex: apexOf(network),
    trust: async () => validator.trust(dsOf(keys), await ask(edge, apexOf(network), TYPE.DNSKEY)),
    validator,
  };
}
