/** A zone's DNSSEC keys as the secret has them, and what is done where they cannot be read. The only place that reads the secret. */
import { isAlone } from "../../schema/parcel.ts";
import { snapshotKey } from "../../schema/snapshot.ts";
import { configOf, type ServedNetwork } from "../config.ts";
import { KeySetError, readKeyRing, type KeyRing, type KeySet } from "../dnssec/keys.ts";
import { StoreError } from "./database.ts";

export interface KeyBindings {
  readonly DNSSEC_KEYS?: string;
  readonly SNAPSHOTS: Pick<KVNamespace, "getWithMetadata">;
}

/**
 * The keys by which a zone is to be signed now; undefined where it is not signed. Where they cannot be read, or it cannot be known whether there are
 * any, a zone that was unsigned in its last publication stays so, with an error in the log. Of any other, one that was never published among them, it
 * rejects with `KeySetError`: what is out stays out, because a signed zone that is answered unsigned is bogus. Rejects with `StoreError` where KV does
 * not tell.
 */
export async function zoneKeys(bindings: KeyBindings, served: ServedNetwork): Promise<KeySet | undefined> {
  if (bindings.DNSSEC_KEYS === undefined) return undefined;
  const ring = readKeyRing(bindings.DNSSEC_KEYS);
  const keys = ring.zones.get(served.zone.name) ?? ring.unreadable;
  warnOfUnused(bindings, served, ring);
  if (!(keys instanceof KeySetError)) return keys;
  if (!(await isOutUnsigned(bindings, served))) throw keys;
  console.error({
    ...placeOf(served),
    message: "DNSSEC_KEYS cannot be read; the zone goes out unsigned, as it did last",
    error: String(keys),
  });
  return undefined;
}

/** Whether KV has the network's last publication, and that is unsigned. KV may be a minute behind: for so short a time no DS can stand yet. */
async function isOutUnsigned({ SNAPSHOTS }: KeyBindings, { network }: ServedNetwork): Promise<boolean> {
  try {
    const { value, metadata } = await SNAPSHOTS.getWithMetadata(snapshotKey(network.name), "stream");
    await value?.cancel();
    return value !== null && isAlone(metadata);
  } catch (cause) {
    throw new StoreError("DNSSEC_KEYS cannot be read, and KV does not tell whether the zone is signed", { cause });
  }
}

/** A misspelt zone would else stay unsigned without a word. */
function warnOfUnused(bindings: KeyBindings, served: ServedNetwork, { zones, unreadable }: KeyRing): void {
  const apexes = new Set(configOf(bindings).served.map(({ zone }) => zone.name));
  const unused = [...zones.keys()].filter((name) => !apexes.has(name));
  if (unused.length > 0) console.warn({ ...placeOf(served), message: "DNSSEC_KEYS has keys for zones that are not served here", unused });
  if (unreadable !== undefined && zones.has(served.zone.name)) {
    console.warn({ ...placeOf(served), message: "DNSSEC_KEYS has keys that cannot be read, of a zone unknown", error: String(unreadable) });
  }
}

const placeOf = ({ network, zone }: ServedNetwork) => ({ network: network.name, zone: zone.name });
