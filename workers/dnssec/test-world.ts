/**
 * For tests: everything that validators can have in their caches while a zone's keys change. The zone is published every second but for
 * spells of silence, edges answer from any publication until it is too stale, caches keep answers for their TTL, and parents' DS for theirs.
 * Whether some validator finds the zone bogus is decided for all of them at once: two things that can meet in a cache must fit.
 */
import { DNSKEY_TTL, dnskeyData, keyTag } from "./dnskey.ts";
import type { KeySet, ZoneKey } from "./keys.ts";
import { changesOf, scheduleOf, type Schedule } from "./schedule.ts";

/** Something that holds from one second through another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Publications that are alike; undefined while the zone is not signed. */
export interface Publication extends Span {
  readonly schedule: Schedule | undefined;
}

/** The tags of the keys that the parent's DS points to, and until when its servers may say so. */
export interface Delegation extends Span {
  readonly tags: readonly number[];
}

export interface World {
  readonly start: number;
  readonly end: number;
  /** The secret, from when on; before the first one the zone is not signed. */
  readonly secrets: readonly { readonly from: number; readonly set: KeySet }[];
  readonly delegations: readonly Delegation[];
  /** When nothing is published. */
  readonly silences: readonly Span[];
  readonly staleness: number;
  readonly ttl: number;
  readonly dsTtl: number;
}

export const tagOf = (key: ZoneKey): number => keyTag(dnskeyData(key));

/** All that is ever published. */
export function publicationsOf({ start, end, secrets, silences }: World): readonly Publication[] {
  const cuts = [
    start,
    ...secrets.flatMap(({ from, set }) => [from, ...changesOf(set)]),
    ...silences.flatMap(({ from, to }) => [from, to + 1]),
  ].filter((time) => time >= start && time <= end);
  const starts = [...new Set(cuts)].sort((a, b) => a - b);
  return starts.flatMap((from, i) => {
    if (silences.some((silence) => silence.from <= from && from <= silence.to)) return [];
    const secret = secrets.findLast((other) => other.from <= from);
    return [{ from, to: (starts[i + 1] ?? end + 1) - 1, schedule: secret && scheduleOf(secret.set, from) }];
  });
}

/** What some validator finds bogus, in words; none for a world as it should be. */
export function bogusIn(world: World): readonly string[] {
  const { staleness, ttl, dsTtl, delegations } = world;
  const publications = publicationsOf(world);
  const keysKept = publications.map((publication) => kept(publication, staleness + DNSKEY_TTL));
  const dataKept = publications.map((publication) => kept(publication, staleness + ttl));
  const found: string[] = [];
  for (const delegation of delegations) {
    if (delegation.tags.length === 0) continue;
    const pointed = kept(delegation, dsTtl);
    for (const keys of keysKept) {
      if (!meet(pointed, keys)) continue;
      const signers = keys.schedule?.keySigners.map(tagOf) ?? [];
      if (!signers.some((tag) => delegation.tags.includes(tag)))
        found.push(`DS ${delegation.tags.join()} of ${delegation.from}, keys of ${keys.from}`);
      for (const data of dataKept) {
        if (!meet(pointed, data) || !meet(keys, data)) continue;
        const known = keys.schedule?.published.map(tagOf) ?? [];
        if (data.schedule?.zoneSigners.some((key) => known.includes(tagOf(key))) !== true)
          found.push(`keys of ${keys.from}, data of ${data.from}`);
      }
    }
  }
  return found;
}

const kept = <T extends Span>(span: T, time: number): T => ({ ...span, to: span.to + time });

const meet = (a: Span, b: Span): boolean => a.from <= b.to && b.from <= a.to;
