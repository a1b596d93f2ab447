/**
 * The edge under hostile input: the Worker that is deployed on raw workerd, with a zone that is signed and one that is not, and a name
 * server that follows it.
 */
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import { startWorkerd, type Workerd } from "../../bench/workerd.ts";
import { startCommand } from "../../cli/child.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { pack, type Packed, type SealedText } from "../../schema/parcel.ts";
import { snapshotKey, type PeerRow } from "../../schema/snapshot.ts";
import type { Zone } from "../../schema/zone.ts";
import { bundleWorker } from "../../scripts/edge.ts";
import { APEX, ROWS, ZONE } from "../../serving/test-edge.ts";
import { makeBank } from "../../workers/dnssec/bank-maker.ts";
import type { KeySet } from "../../workers/dnssec/keys.ts";
import { scheduleOf } from "../../workers/dnssec/schedule.ts";
import { labelsOf, readMessage, wireName } from "../../workers/dnssec/test-message.ts";
import { dsOf, signingKeys } from "../../workers/dnssec/test-signing.ts";
import { Validator } from "../../workers/dnssec/test-validator.ts";
import { buildPool } from "../../workers/sampling/pool.ts";
import { seeded } from "../../workers/sampling/test-pool.ts";
import { newSigner, sealText, sealSnapshot, testSnapshot, type Sealed, type TestSigner } from "./sealed-chain.ts";

const PLAIN_NETWORK: Network = { ...DEVNET, name: "plain" };
const PLAIN_APEX = "plain.seed.example.org";
const PLAIN_ZONE: Zone = { ...ZONE, name: `${PLAIN_APEX}.`, network: PLAIN_NETWORK };

/** The zones to ask for: the signed one, which is `serving/test-edge.ts`'s, and the unsigned one. */
export const FUZZ_APEXES: readonly string[] = [APEX, PLAIN_APEX];

/** More peers than one UDP message can name in text. */
const ONIONS: readonly PeerRow[] = Array.from({ length: 26 }, (_, i): PeerRow => {
  const letter = String.fromCharCode(97 + i);
  return [`${letter.repeat(55)}a.onion:28333`, i % 2 === 0 ? "409" : "9", 70016, "/x/", null, null];
});

/** How long the bank's samples must do, in seconds: what production makes by default. */
const BANK_SECONDS = 420;

export interface FuzzEdge {
  readonly workerd: Workerd;
  readonly publicKey: string;
  /** Knows the signed zone's keys by its DS, and its delegation as insecure. */
  validator(): Promise<Validator<webcrypto.CryptoKey>>;
}

/** Starts the edge on a free port of 127.0.0.1. */
export async function startFuzzEdge(): Promise<FuzzEdge> {
  const signer = newSigner();
  const keys = await signingKeys(webcrypto.subtle, ZONE.name);
  const workerd = await startWorkerd({
    script: await bundleWorker(),
    kv: {
      [snapshotKey(DEVNET.name)]: await publication(signer, DEVNET, keys),
      [snapshotKey(PLAIN_NETWORK.name)]: await publication(signer, PLAIN_NETWORK),
    },
    json: {
      ZONES: [{ ...ZONE, network: DEVNET.name }, PLAIN_ZONE],
      SNAPSHOT_PUBLIC_KEYS: [signer.publicKey],
      OPERATOR_PUBLIC_KEYS: [],
    },
  });
  return { workerd, publicKey: signer.publicKey, validator: () => trusted(workerd, keys) };
}

/** A snapshot, with the bank of its zone where there are keys. */
async function publication(signer: TestSigner, network: Network, keys?: KeySet): Promise<Packed> {
  const now = Math.floor(Date.now() / 1_000);
  const times = { generated: now, expires: now + ZONE.expire };
  const snapshot = testSnapshot(1, null, { network: network.name, peers: [...ROWS, ...ONIONS], stale: now + 3_600, ...times });
  const content = { zone: ZONE, network, pool: buildPool(snapshot), serial: 1, ...times, seconds: BANK_SECONDS, random: seeded(5) };
  const bank = keys && sealText(await makeBank(content, scheduleOf(keys, now), webcrypto.subtle), 1, signer);
  return pack(asText(sealSnapshot(snapshot, signer)), bank && asText(bank), (text) => Buffer.byteLength(text));
}

const asText = ({ bytes, seal }: Sealed): SealedText => ({ text: Buffer.from(bytes).toString("utf8"), seal });

async function trusted({ url }: Workerd, keys: KeySet): Promise<Validator<webcrypto.CryptoKey>> {
  const ask = async (name: string, type: number) => {
    const body = Uint8Array.from([
      0,
      0,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      1,
      ...wireName(labelsOf(name)),
      0,
      type,
      0,
      1,
      0,
      0,
      41,
      4,
      208,
      0,
      0,
      0x80,
      0,
      0,
      0,
    ]);
    const response = await fetch(`${url}/dns-query`, { method: "POST", body, headers: { "content-type": "application/dns-message" } });
    return readMessage(new Uint8Array(await response.arrayBuffer()));
  };
  const validator = new Validator<webcrypto.CryptoKey>(webcrypto.subtle, labelsOf(APEX), Math.floor(Date.now() / 1_000));
  await validator.trust(dsOf(keys), await ask(APEX, DNSKEY));
  await validator.judge(await ask(`peer.${APEX}`, DS));
  return validator;
}

const DS = 43;
const DNSKEY = 48;

export interface FuzzNameserver {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts `seedcast nameserver` in a process of its own, on a free port of 127.0.0.1, and waits until it serves. */
export async function startFuzzNameserver({ workerd, publicKey }: FuzzEdge): Promise<FuzzNameserver> {
  const args = ["nameserver", "--edge", workerd.url, "--key", publicKey, "--listen", "127.0.0.1:0", "--json"];
  const { child, ended, line } = startCommand(args, { script: join(import.meta.dirname, "..", "..", "cli", "main.ts") });
  const [, port] = await line(/"type":"ready".*"port":(\d+)/);
  return {
    pid: child.pid ?? 0,
    port: Number(port),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
