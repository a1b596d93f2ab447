/** The keys of a local seed: made at the first start, kept in the state folder, readable by their owner only. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey, readKey, writeKeyFile } from "../crawler/push/key-file.ts";
import type { Signer } from "../schema/private-key.ts";

export interface LocalKeys {
  /** Enrols the vantage. */
  readonly operator: Signer;
  /** The crawler's. */
  readonly vantage: Signer;
  /** Signs snapshots. */
  readonly snapshot: Signer;
  /** The private JWK behind `snapshot`, as the Worker's secret holds it. */
  readonly snapshotSecret: string;
}

/** Reads the keys of a state folder, making those that are missing. Rejects with `KeyFileError` where one cannot be read. */
export async function localKeys(state: string): Promise<LocalKeys> {
  const secret = async (name: string): Promise<string> => {
    const file = join(state, `${name}.key.json`);
    if (!existsSync(file)) await writeKeyFile(file, generateKey());
    return readFile(file, "utf8");
  };
  const snapshotSecret = await secret("snapshot");
  return {
    operator: await readKey(await secret("operator")),
    vantage: await readKey(await secret("vantage")),
    snapshot: await readKey(snapshotSecret),
    snapshotSecret,
  };
}
