/**
 * Replacing keys so that no validator ever finds the zone bogus, whatever its caches hold. Zone signing keys by pre-publication (RFC 6781
 * §4.1.1.1), key signing keys by double signature (§4.1.2), both with the waiting times of RFC 7583 §3.2.1 and §3.3.1, lengthened by what is
 * ours: edges answer from a publication until its staleness is no longer tolerated. A step is a change of the times in the key set, made
 * once; what it plans then happens by the clock, whenever the zone is published.
 *
 * There is no rollover to another algorithm: a zone's records would have to be signed by it before its keys are published (§4.1.4).
 */
import { DNSKEY_TTL } from "./dnskey.ts";
import { KeySetError, type KeySet, type Role, type ZoneKey } from "./keys.ts";
import { changesOf, formatTime, keyState, scheduleOf } from "./schedule.ts";

/** Seconds in which a changed key set must have become a publication: putting the secret, and the interval between two publications. */
export const PUBLISH_MARGIN = 3_600;

/** What rollovers of a zone wait for; seconds. */
export interface Timing {
  /** How long after it was made a publication may still be served: the zone's `expire`. */
  readonly staleness: number;
  /** The longest TTL in the zone. */
  readonly ttl: number;
}

/** How long until no cache has a DNSKEY set from before a change. */
const spreadTime = ({ staleness }: Timing): number => DNSKEY_TTL + staleness + PUBLISH_MARGIN;

/** How long until no cache has an answer from before a change. */
const fadeTime = ({ staleness, ttl }: Timing): number => Math.max(ttl, DNSKEY_TTL) + staleness + PUBLISH_MARGIN;

/** A key as it is made: without times. */
export type NewKey = { [Field in "role" | "x" | "d"]: ZoneKey[Field] } & (
  | { readonly algorithm: 13; readonly y: string }
  | { readonly algorithm: 15 }
);

/** The first keys of a zone. They sign at once; parents are told of them when nobody has an unsigned answer any more. */
export function firstKeys(zone: string, pair: Readonly<Record<Role, NewKey>>, timing: Timing, now: number): KeySet {
  const zsk: ZoneKey = { ...pair.zsk, publish: now, activate: now };
  const ksk: ZoneKey = { ...pair.ksk, publish: now, activate: now + fadeTime(timing) };
  return checked({ zone, keys: [ksk, zsk] }, now);
}

/** Starts the rollover of a role's key to a new one. Throws `KeySetError` where another rollover is not over. */
export function startRollover(set: KeySet, key: NewKey, timing: Timing, now: number): KeySet {
  refuseWhileRunning(set, now);
  const algorithm = set.keys.find((old) => keyState(old, now) !== "removed")?.algorithm;
  if (key.algorithm !== algorithm) throw new KeySetError(`${set.zone}: the new key is not of the zone's algorithm`);
  const next: ZoneKey = { ...key, publish: now, activate: now + spreadTime(timing) };
  const keys = set.keys.map((old) => (old.role === key.role && old.retire === undefined ? retired(old, next.activate, timing) : old));
  return checked({ ...set, keys: [...keys, next] }, now);
}

/** A zone signing key leaves when its last signatures are forgotten, a key signing key when the parent no longer points to it. */
const retired = (key: ZoneKey, retire: number, timing: Timing): ZoneKey =>
  key.role === "zsk" ? { ...key, retire, remove: retire + fadeTime(timing) } : { ...key, retire };

/**
 * Plans the running rollover's remaining steps anew from now on: for a secret that was not put in time. Right whether it was put or not, as
 * both keys stay published. Throws `KeySetError` where it is too late for that.
 */
export function restartRollover(set: KeySet, role: Role, timing: Timing, now: number): KeySet {
  const running = runningRollover(set, now);
  if (running?.role !== role) throw new KeySetError(`${set.zone}: no ${role} rollover is running`);
  const { old } = running;
  if (role === "ksk" && old.some(({ remove }) => remove !== undefined)) {
    throw new KeySetError(`${set.zone}: the parent's DS is replaced already, there is nothing to plan anew`);
  }
  if (old.some(({ remove = Infinity }) => remove < now + PUBLISH_MARGIN)) {
    throw new KeySetError(`${set.zone}: the old key is about to be removed; if the secret was never put, go back to the keys from before`);
  }
  const activate = now + spreadTime(timing);
  const keys = set.keys.map((key) => {
    if (key === running.next) return { ...key, activate };
    return old.includes(key) ? retired(key, activate, timing) : key;
  });
  return checked({ ...set, keys }, now);
}

/**
 * Takes note that the parent's DS points to the new key signing key alone. The old one is removed when nobody has the old DS any more.
 * Throws `KeySetError` before the time at which the parent may do so.
 */
export function dsReplaced(set: KeySet, dsTtl: number, now: number): KeySet {
  const running = runningRollover(set, now);
  if (running?.role !== "ksk") throw new KeySetError(`${set.zone}: no ksk rollover is running`);
  const { next, old } = running;
  if (next.activate > now) {
    throw new KeySetError(
      `${set.zone}: the parent must keep the old DS until ${formatTime(next.activate)}: caches may not have the new key yet`,
    );
  }
  if (old.some(({ remove }) => remove !== undefined)) throw new KeySetError(`${set.zone}: that is noted already`);
  const remove = now + dsTtl + PUBLISH_MARGIN;
  return checked({ ...set, keys: set.keys.map((key) => (old.includes(key) ? { ...key, remove } : key)) }, now);
}

/** The set without keys that were removed. Throws `KeySetError` where none would be left. */
export const pruned = (set: KeySet, now: number): KeySet =>
  checked({ ...set, keys: set.keys.filter((key) => keyState(key, now) !== "removed") }, now);

/** A rollover that is not over. */
export interface RunningRollover {
  readonly role: Role;
  /** The key that takes over. */
  readonly next: ZoneKey;
  /** Those that it takes over from. */
  readonly old: readonly ZoneKey[];
}

/** The rollover that is running, if any. */
export function runningRollover({ keys }: KeySet, now: number): RunningRollover | undefined {
  const leaving = keys.filter((key) => key.retire !== undefined && keyState(key, now) !== "removed");
  const role = leaving[0]?.role;
  const next = keys.find((key) => key.role === role && key.retire === undefined);
  return role === undefined || next === undefined ? undefined : { role, next, old: leaving.filter((key) => key.role === role) };
}

/** Two at once might leave no key that everybody knows. */
function refuseWhileRunning(set: KeySet, now: number): void {
  const early = set.keys.find(({ activate }) => activate > now);
  if (early !== undefined) {
    throw new KeySetError(`${set.zone}: its new ${early.role} is not known everywhere before ${formatTime(early.activate)}: wait for that`);
  }
  const running = runningRollover(set, now);
  if (running === undefined) return;
  const end = Math.max(...running.old.map(({ remove = Infinity }) => remove));
  const waits =
    end === Infinity
      ? "the parent's DS has to be replaced, and that to be noted (--ds-replaced)"
      : `the old key is needed until ${formatTime(end)}`;
  throw new KeySetError(`${set.zone}: a rollover of its ${running.role} is not over: ${waits}`);
}

/** The set, if it has a schedule from now on for ever. Throws `KeySetError`. */
function checked(set: KeySet, now: number): KeySet {
  for (const time of [now, ...changesOf(set)]) if (time >= now) scheduleOf(set, time);
  return set;
}
