/** The resolver on raw workerd over a snapshot of 10,000 peers and its bank, and Workers to hold it against. */
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import { base64urlnopad } from "@scure/base";
import * as v from "valibot";
import { generateZoneKey } from "../cli/dnssec-keys.ts";
import { generateKey, readKey } from "../crawler/push/key-file.ts";
import { pack, type SealedText } from "../schema/parcel.ts";
import { findNetwork } from "../schema/networks/index.ts";
import { decodeSnapshot, snapshotDigest, snapshotKey } from "../schema/snapshot.ts";
import { ZoneSchema } from "../schema/zone.ts";
import { bundleWorker } from "../scripts/edge.ts";
import { makeBank } from "../workers/dnssec/bank-maker.ts";
import { ALGORITHM, type ZoneKey } from "../workers/dnssec/keys.ts";
import { scheduleOf } from "../workers/dnssec/schedule.ts";
import { buildPool } from "../workers/sampling/pool.ts";
import { randomInt } from "../workers/sampling/random.ts";
import { snapshotText } from "./synthetic.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

export const PEERS = 10_000;
/** Without the final dot. */
export const APEX = "bitcoin.seed.example.org";
/** A bank made at a full minute has to do for the interval and the tick's delays: what production makes by default. */
const BANK_SECONDS = 420;

const zoneVariables = { name: `${APEX}.`, network: "bitcoin", nameservers: ["ns1.example.net."], contact: `hostmaster.${APEX}.` };

const newZoneKey = (role: ZoneKey["role"]): ZoneKey => ({ ...generateZoneKey(role, ALGORITHM.ecdsaP256), publish: 0, activate: 0 });

/** What a resolver serves from: its KV namespace and its variables. */
export type Publication = Pick<Parameters<typeof startWorkerd>[0], "kv" | "json">;

/** A snapshot and the bank made with it, sealed, and the Worker's variables to serve them. Made once: several resolvers may share it. */
export async function makePublication(): Promise<Publication> {
  const network = findNetwork("bitcoin")!;
  const zone = v.parse(ZoneSchema, zoneVariables);
  const signer = await readKey(generateKey());
  const seal = async (text: string): Promise<SealedText> => {
    const bytes = Uint8Array.from(Buffer.from(text));
    const signature = base64urlnopad.encode(await signer.sign(bytes));
    return { text, seal: { seq: 1, digest: snapshotDigest(bytes), keyid: signer.id, signature } };
  };
  const now = Math.floor(Date.now() / 1_000);
  const text = snapshotText(network.name, network.port, PEERS, now);
  const snapshot = decodeSnapshot(text);
  const random = randomInt((words) => webcrypto.getRandomValues(words));
  const content = { zone, network, pool: buildPool(snapshot), serial: 1, generated: now, expires: snapshot.expires, random };
  const schedule = scheduleOf({ zone: zone.name, keys: [newZoneKey("ksk"), newZoneKey("zsk")] }, now);
  const bank = await makeBank({ ...content, seconds: BANK_SECONDS }, schedule, webcrypto.subtle);
  return {
    kv: { [snapshotKey(network.name)]: pack(await seal(text), await seal(bank), (words) => Buffer.byteLength(words)) },
    json: { ZONES: [zoneVariables], SNAPSHOT_PUBLIC_KEYS: [signer.publicKey], OPERATOR_PUBLIC_KEYS: [] },
  };
}

export const startResolver = async (publication: Publication): Promise<Workerd> =>
  startWorkerd({ script: await bundleWorker(join(import.meta.dirname, "worker", "doh.ts")), ...publication });

/** A Worker that answers with nothing: what the platform takes for a request. */
export const startEmpty = (): Promise<Workerd> => startWorkerd({ script: "export default { fetch() { return new Response(null); } };" });

/** What a Worker has to look at before it may answer DNS over HTTPS: else it can say neither 405 nor 406, nor what was asked. */
const READING = `if (request.method !== "GET" || request.url.length > 16384 || request.headers.get("accept") === "text/html")
  return new Response(null, { status: 400 });`;

/**
 * A Worker that gives one answer of the resolver, the same each time: what the platform takes for an answer of that size with those headers. If it
 * is to read the request, it does first what every correct one must.
 */
export async function startFixed(resolver: Workerd, path: string, reads = false): Promise<Workerd> {
  const response = await fetch(`${resolver.url}${path}`);
  const headers = JSON.stringify([...response.headers].filter(([name]) => name !== "date"));
  const octets = new Uint8Array(await response.arrayBuffer()).join();
  return startWorkerd({
    script: `const body = Uint8Array.of(${octets}).buffer; const init = { headers: new Headers(${headers}) };
      export default { fetch(request) { ${reads ? READING : ""} return new Response(body, init); } };`,
  });
}
