/** Zones that answer from banks: by keys of either algorithm and of both, stale ones, and one without peers. */
import { webcrypto } from "node:crypto";
import { OVERLAY_PEERS, PEERS, ZONE } from "../../workers/dns/test-zone.ts";
import type { ServedZone } from "../../workers/dns/zone.ts";
import type { Algorithm } from "../../workers/dnssec/keys.ts";
import { signedZone, signingKeys } from "../../workers/dnssec/test-signing.ts";
import { poolOf, type TestPeer } from "../../workers/sampling/test-pool.ts";

const ALL = [...PEERS, ...OVERLAY_PEERS];

const sign = async (peers: readonly TestPeer[], algorithms: readonly Algorithm[]): Promise<ServedZone> =>
  signedZone(webcrypto.subtle, await signingKeys(webcrypto.subtle, ZONE.name, algorithms), ZONE, poolOf(peers));

/** All of one name, signed at `GENERATED`. */
export async function signedZones(): Promise<readonly ServedZone[]> {
  const [first, ...zones] = await Promise.all([sign(ALL, [13]), sign(ALL, [15]), sign(ALL, [13, 15]), sign([], [13])]);
  return [first, ...zones, { ...first, freshness: "stale" }];
}
