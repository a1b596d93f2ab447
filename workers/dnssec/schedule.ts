/** What each key of a zone does at a time. */
import { dnskeyData, keyTag } from "./dnskey.ts";
import { KeySetError, type KeySet, type Role, type ZoneKey } from "./keys.ts";

/** Who does what. A key signing key never signs the zone's records, nor a zone signing key the keys. */
export interface Schedule {
  /** Stand in the DNSKEY set. */
  readonly published: readonly ZoneKey[];
  /** Sign every set but those of `keySigners`, each with a signature of its own. */
  readonly zoneSigners: readonly ZoneKey[];
  /** Sign DNSKEY, CDS and CDNSKEY, each with a signature of its own. */
  readonly keySigners: readonly ZoneKey[];
  /** Stand in CDS and CDNSKEY. None while keys are too new for a parent to point to: then there are no such sets. */
  readonly announced: readonly ZoneKey[];
}

/** What a key does: wait, stand in the DNSKEY set before its time, work, stand there after it, nothing more. */
export type KeyState = "waiting" | "published" | "active" | "retired" | "removed";

export function keyState({ publish, activate, retire = Infinity, remove = Infinity }: ZoneKey, now: number): KeyState {
  if (now >= remove) return "removed";
  if (now >= retire) return "retired";
  if (now >= activate) return "active";
  return now >= publish ? "published" : "waiting";
}

/**
 * The schedule at `now` (Unix seconds). Throws `KeySetError` where validators would find the zone bogus: a zone without both kinds of keys
 * for each algorithm in its DNSKEY set (RFC 4035 §2.2), or with keys that their tags cannot tell apart.
 */
export function scheduleOf({ zone, keys }: KeySet, now: number): Schedule {
  const inState = (role: Role, ...states: readonly KeyState[]): readonly ZoneKey[] =>
    keys.filter((key) => key.role === role && states.includes(keyState(key, now)));
  const keySigners = inState("ksk", "published", "active", "retired");
  const zoneSigners = inState("zsk", "active");
  const published = [...keySigners, ...inState("zsk", "published", "active", "retired")];
  const at = `${zone}: at ${formatTime(now)}`;
  if (published.length === 0) throw new KeySetError(`${at} no key is published: make keys with dnssec keygen`);
  for (const { algorithm } of published) {
    const has = (key: ZoneKey): boolean => key.algorithm === algorithm;
    if (!keySigners.some(has)) throw new KeySetError(`${at} no ksk of algorithm ${algorithm} signs the keys: ${hint(keys, "ksk", now)}`);
    if (!zoneSigners.some(has)) throw new KeySetError(`${at} no zsk of algorithm ${algorithm} signs the zone: ${hint(keys, "zsk", now)}`);
  }
  const tags = published.map((key) => keyTag(dnskeyData(key)));
  const twin = tags.find((tag, i) => tags.indexOf(tag) !== i);
  if (twin !== undefined) throw new KeySetError(`${zone}: two keys have the tag ${twin}: replace the newer one by a new key`);
  return { published, zoneSigners, keySigners, announced: inState("ksk", "active") };
}

/** What may be done where a role has nobody. */
function hint(keys: readonly ZoneKey[], role: Role, now: number): string {
  const next = Math.min(
    ...keys
      .filter((key) => key.role === role)
      .map(({ publish, activate }) => (role === "ksk" ? publish : activate))
      .filter((time) => time > now),
  );
  return next === Infinity
    ? "put back the key that did, or make keys anew"
    : `the next one does so at ${formatTime(next)}; set an earlier time`;
}

/** The times at which something changes, in order. */
export const changesOf = ({ keys }: KeySet): readonly number[] => [
  ...new Set(
    keys
      .flatMap(({ publish, activate, retire, remove }) => [publish, activate, retire, remove])
      .filter((time) => time !== undefined)
      .sort((a, b) => a - b),
  ),
];

/** Unix seconds as text, in UTC. */
export const formatTime = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(".000", "");
