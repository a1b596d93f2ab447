import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { referenceDs, validates } from "../../test/support/dnssec-validator.ts";
import { parseName } from "../dns/name.ts";
import { TYPE } from "../dns/records.ts";
import { DNSKEY_TTL, dnskeyData, dsData } from "./dnskey.ts";
import type { Algorithm, ZoneKey } from "./keys.ts";
import { dsReplaced, firstKeys, startRollover, type Timing } from "./rollover.ts";
import { signSet, type SignableSet } from "./rrsig.ts";
import { changesOf, scheduleOf } from "./schedule.ts";
import { zoneSignerOf } from "./zone-signer.ts";

const ZONE = "navio.seed.example.org.";
const APEX = parseName(ZONE);
const DAY = 86_400;
const TIMING: Timing = { staleness: DAY, ttl: 3_600 };

/** A set with its signatures, as caches keep it. */
interface Signed {
  readonly set: SignableSet;
  readonly signatures: readonly Uint8Array[];
}

/** What an edge has from one publication. */
interface Publication {
  readonly at: number;
  readonly keys: Signed;
  readonly data: Signed;
}

async function sign(set: SignableSet, keys: readonly ZoneKey[], at: number): Promise<Signed> {
  const times = { zone: APEX, inception: at - 3_600, expiration: at + DAY + 7_200 };
  const signers = await Promise.all(keys.map((key) => zoneSignerOf(key, webcrypto.subtle)));
  return { set, signatures: await Promise.all(signers.map((signer) => signSet(set, { ...times, signer }))) };
}

/** What a validator that starts from the parent's DS does with what its cache has (RFC 4035 §5). */
async function isSecure(ds: readonly Uint8Array[], keys: Signed, data: Signed, now: number): Promise<boolean> {
  const pointed = keys.set.data.filter((dnskey) => ds.some((other) => referenceDs(APEX, dnskey).equals(other)));
  return (await signedBy(keys, pointed, now)) && signedBy(data, keys.set.data, now);
}

async function signedBy({ set, signatures }: Signed, dnskeys: readonly Uint8Array[], now: number): Promise<boolean> {
  for (const signature of signatures) for (const dnskey of dnskeys) if (await validates(set, signature, dnskey, APEX, now)) return true;
  return false;
}

const dsOf = (key: ZoneKey): readonly Uint8Array[] => [dsData(APEX, dnskeyData(key))];

describe.each<Algorithm>([13, 15])("a zsk's rollover and a ksk's with keys of algorithm %i", (algorithm) => {
  it("validate from the parent's DS down to the data with whatever two publications meet", async () => {
    const start = 1_800_000_000;
    const first = firstKeys(ZONE, { ksk: generateZoneKey("ksk", algorithm), zsk: generateZoneKey("zsk", algorithm) }, TIMING, start);
    const settled = start + 2 * DAY;
    const rolling = startRollover(first, generateZoneKey("zsk", algorithm), TIMING, settled);
    const second = settled + 4 * DAY;
    const doubled = startRollover(rolling, generateZoneKey("ksk", algorithm), TIMING, second);
    const next = doubled.keys.find(({ role, publish }) => role === "ksk" && publish === second)!;
    const swap = next.activate + 60;
    const finished = dsReplaced(doubled, DAY, swap);
    const secretAt = (time: number) => (time < settled ? first : time < second ? rolling : time < swap ? doubled : finished);

    const instants = [...changesOf(finished), settled, second, swap]
      .flatMap((time) => [time - 1, time, time + 6 * 3_600])
      .filter((time) => time >= start);
    const publications = await Promise.all(
      instants.map(async (at): Promise<Publication> => {
        const { published, keySigners, zoneSigners } = scheduleOf(secretAt(at), at);
        const keys = { owner: APEX, type: TYPE.DNSKEY, ttl: DNSKEY_TTL, data: published.map(dnskeyData) };
        const data = { owner: parseName(`x9.${ZONE}`), type: TYPE.A, ttl: 60, data: [Uint8Array.of(9, 9, 9, 9)] };
        return { at, keys: await sign(keys, keySigners, at), data: await sign(data, zoneSigners, at) };
      }),
    );
    const [old] = first.keys;
    let met = 0;
    for (const keys of publications) {
      for (const data of publications) {
        // The latest moment at which both may be in a cache, and the earliest.
        const latest = Math.min(keys.at + DAY + DNSKEY_TTL, data.at + DAY + 60);
        const earliest = Math.max(keys.at, data.at);
        if (earliest > latest || earliest < first.keys[0]!.activate) continue;
        for (const now of [earliest, latest]) {
          met++;
          if (now < swap + DAY) expect(await isSecure(dsOf(old!), keys.keys, data.data, now), `old DS, ${keys.at}, ${data.at}`).toBe(true);
          if (now >= swap) expect(await isSecure(dsOf(next), keys.keys, data.data, now), `new DS, ${keys.at}, ${data.at}`).toBe(true);
        }
      }
    }
    expect(met).toBeGreaterThan(100);
    expect(await isSecure(dsOf(next), publications[0]!.keys, publications[0]!.data, start)).toBe(false);
  });
});
