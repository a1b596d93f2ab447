/** A zone's DNSSEC keys as the secret has them, and what is done where it has none or they cannot be read. The only place that reads the secret. */
import { isAlone } from "../../schema/parcel.ts";
import { snapshotKey } from "../../schema/snapshot.ts";
import { configOf, type ServedNetwork } from "../config.ts";
import { isUnsigned, KeySetError, readKeyRing, type KeyRing, type KeySet } from "../dnssec/keys.ts";
import { StoreError } from "./database.ts";

export interface KeyBindings {
  readonly DNSSEC_KEYS?: string;
  readonly SNAPSHOTS: Pick<KVNamespace, "getWithMetadata">;
}

/** No secret is one that names no zone. */
const NO_SETS = "[]";

/**
 * The keys by which a zone is to be signed now; undefined where it is not signed. It is not where the secret says so by a set without keys, nor
 * where the secret does not name it and its last publication was not signed. Where its keys cannot be read, or it cannot be known whether there are
 * any, a zone that was unsigned in its last publication stays so, with an error in the log.
 *
 * Of any other it rejects with `KeySetError`: what is out stays out, because a zone that was signed and is answered unsigned is bogus for as long as its
 * parent has a DS. A secret that lost the zone is no order to unsign it. Rejects with `StoreError` where KV does not tell what went out; the next tick
 * asks again. An unsigned zone loses nothing by that: it is renewed long before it is stale, and a KV that cannot be read would hardly take it.
 */
export async function zoneKeys(bindings: KeyBindings, served: ServedNetwork): Promise<KeySet | undefined> {
  const ring = readKeyRing(bindings.DNSSEC_KEYS ?? NO_SETS);
  const keys = ring.zones.get(served.zone.name) ?? ring.unreadable;
  warnOfUnused(bindings, served, ring);
  if (keys === undefined) {
    if ((await lastOut(bindings, served)) === "signed") throw lostKeys(served);
    return undefined;
  }
  if (!(keys instanceof KeySetError)) return isUnsigned(keys) ? undefined : keys;
  if ((await lastOut(bindings, served)) !== "unsigned") throw keys;
  console.error({
    ...placeOf(served),
    message: "DNSSEC_KEYS cannot be read; the zone goes out unsigned, as it did last",
    error: String(keys),
  });
  return undefined;
}

/**
 * How the network last went out, by KV. Metadata that say nothing count as signed. KV may be a minute behind: for so short a time no DS can stand
 * yet.
 */
async function lastOut({ SNAPSHOTS }: KeyBindings, { network }: ServedNetwork): Promise<"never" | "unsigned" | "signed"> {
  try {
    const { value, metadata } = await SNAPSHOTS.getWithMetadata(snapshotKey(network.name), "stream");
    if (value === null) return "never";
    await value.cancel();
    return isAlone(metadata) ? "unsigned" : "signed";
  } catch (cause) {
    throw new StoreError("DNSSEC_KEYS has no keys that can be read, and KV does not tell whether the zone went out signed", { cause });
  }
}

const lostKeys = ({ zone: { name } }: ServedNetwork): KeySetError =>
  new KeySetError(
    `DNSSEC_KEYS has no keys for ${name}, which went out signed as far as KV tells: put its keys back; or, ` +
      `once its DS is gone from the parent, run \`npx seedcast dnssec unsign --zone ${name}\` and put the secret`,
  );

/** A misspelt zone would else stay as it is without a word. */
function warnOfUnused(bindings: KeyBindings, served: ServedNetwork, { zones, unreadable }: KeyRing): void {
  const apexes = new Set(configOf(bindings).served.map(({ zone }) => zone.name));
  const unused = [...zones.keys()].filter((name) => !apexes.has(name));
  if (unused.length > 0) console.warn({ ...placeOf(served), message: "DNSSEC_KEYS names zones that are not served here", unused });
  if (unreadable !== undefined && zones.has(served.zone.name)) {
    console.warn({ ...placeOf(served), message: "DNSSEC_KEYS has keys that cannot be read, of a zone unknown", error: String(unreadable) });
  }
}

const placeOf = ({ network, zone }: ServedNetwork) => ({ network: network.name, zone: zone.name });
