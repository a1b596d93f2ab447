/** For the tests: banks of the test edge's zone. */
import { webcrypto } from "node:crypto";
import { DEVNET } from "../schema/networks/devnet.ts";
import { SNAPSHOT_COLUMNS, SNAPSHOT_FORMAT, type Snapshot } from "../schema/snapshot.ts";
import type { KeySet } from "../workers/dnssec/keys.ts";
import { signedZone, signingKeys } from "../workers/dnssec/test-signing.ts";
import { buildPool } from "../workers/sampling/pool.ts";
import { ROWS, START, ZONE } from "./test-edge.ts";

export const testKeys = (): Promise<KeySet> => signingKeys(webcrypto.subtle, ZONE.name);

/** The text of a bank of the usual peers; whoever serves it seals it. It expires a day after `START`. */
export async function bankText(keys: KeySet, seq: number): Promise<string> {
  const times = { generated: START, stale: START + 900, expires: START + 86_400 };
  const columns = [...SNAPSHOT_COLUMNS];
  const snapshot: Snapshot = { format: SNAPSHOT_FORMAT, network: DEVNET.name, seq, previous: null, ...times, columns, peers: ROWS };
  return (await signedZone(webcrypto.subtle, keys, ZONE, buildPool(snapshot), { serial: seq })).text;
}
