/** The file with zones' DNSSEC keys: from it the edge's secret is put. */
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { ALGORITHM, formatKeySets, KeySetError, parseKeySets, type Algorithm, type KeySet, type Role } from "../workers/dnssec/keys.ts";
import type { NewKey } from "../workers/dnssec/rollover.ts";
import { zoneSignerOf } from "../workers/dnssec/zone-signer.ts";
import { CliError } from "./errors.ts";

/** A new key pair. */
export function generateZoneKey(role: Role, algorithm: Algorithm): NewKey {
  const { privateKey } =
    algorithm === ALGORITHM.ecdsaP256 ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  const { x = "", y = "", d = "" } = privateKey.export({ format: "jwk" });
  return algorithm === ALGORITHM.ecdsaP256 ? { role, algorithm, x, y, d } : { role, algorithm, x, d };
}

/** The key sets of a file. Rejects with `CliError`, which quotes no key, where it is missing or has keys that cannot sign. */
export async function readKeyFile(file: string): Promise<readonly KeySet[]> {
  const text = await readText(file);
  if (text === undefined) {
    throw new CliError(`${file}: no such file`, { hint: "Make keys with `seedcast dnssec keygen`, or name their file with --keys." });
  }
  return naming(file, () => parseUsable(text));
}

/**
 * Changes a file of key sets, or makes it, readable by its owner alone. What was there stays until the whole of what shall be there is on
 * disk. Resolves with what `change` made of the sets. Rejects with `CliError`, then nothing is changed.
 */
export async function changeKeyFile(file: string, change: (sets: readonly KeySet[]) => readonly KeySet[]): Promise<readonly KeySet[]> {
  const draft = `${file}.new`;
  const handle = await open(draft, "wx", 0o600).catch((cause: unknown) => {
    if (codeOf(cause) !== "EEXIST") throw new CliError(`${draft}: cannot be written (${codeOf(cause)})`, { cause });
    const hint = "Another command is changing the keys, or was ended while it did: if none is running, remove that file.";
    throw new CliError(`${draft} exists`, { cause, hint });
  });
  try {
    const text = await readText(file);
    const sets = await naming(file, async () => {
      const changed = change(text === undefined ? [] : await parseUsable(text));
      await handle.writeFile(formatKeySets(changed));
      return changed;
    });
    await handle.sync();
    await handle.close();
    await rename(draft, file);
    return sets;
  } catch (error) {
    await handle.close();
    await rm(draft, { force: true });
    throw error;
  }
}

/** The sets with this one in the place of its zone's, or as the last. */
export const withSet = (sets: readonly KeySet[], set: KeySet): readonly KeySet[] =>
  sets.some(({ zone }) => zone === set.zone) ? sets.map((each) => (each.zone === set.zone ? set : each)) : [...sets, set];

/** The sets, each key of which has signed. */
async function parseUsable(text: string): Promise<readonly KeySet[]> {
  const sets = parseKeySets(text);
  await Promise.all(sets.flatMap(({ keys }) => keys.map((key) => zoneSignerOf(key, webcrypto.subtle))));
  return sets;
}

async function naming<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof KeySetError ? new CliError(`${file}: ${error.message}`, { cause: error }) : error;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new CliError(`${file}: cannot be read (${codeOf(cause)})`, { cause });
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "unknown");
