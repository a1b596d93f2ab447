/** DNSSEC keys for an edge under test, as the secret holds them. */
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { ALGORITHM, formatKeySets } from "../../workers/dnssec/keys.ts";
import { firstKeys } from "../../workers/dnssec/rollover.ts";

/** New keys of a zone, in use from now on. */
export function newZoneKeys(zone: string): string {
  const pair = { ksk: generateZoneKey("ksk", ALGORITHM.ecdsaP256), zsk: generateZoneKey("zsk", ALGORITHM.ecdsaP256) };
  return formatKeySets([firstKeys(zone, pair, { staleness: 86_400, ttl: 3_600 }, Math.floor(Date.now() / 1_000))]);
}
