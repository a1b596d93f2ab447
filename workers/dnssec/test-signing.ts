/** For tests: key sets that sign, and zones that they signed. */
import * as v from "valibot";
import { decodeBank } from "../../schema/bank.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Zone } from "../../schema/zone.ts";
import { openBank } from "../dns/bank.ts";
import { parseName } from "../dns/name.ts";
import type { ServedZone } from "../dns/zone.ts";
import type { Pool } from "../sampling/pool.ts";
import { seeded } from "../sampling/test-pool.ts";
import { makeBank } from "./bank-maker.ts";
import { dnskeyData, dsData, keyTag } from "./dnskey.ts";
import { ALGORITHM, type Algorithm, type KeySet, type Role, type ZoneKey } from "./keys.ts";
import { scheduleOf } from "./schedule.ts";
import type { ZoneCrypto } from "./zone-signer.ts";

/** The part of WebCrypto that makes keys. */
export interface KeyMaker<Key> {
  generateKey(
    algorithm: { readonly name: string; readonly namedCurve?: string },
    extractable: boolean,
    usages: ("sign" | "verify")[],
  ): Promise<Key | { readonly privateKey: Key }>;
  exportKey(format: "jwk", key: Key): Promise<unknown>;
}

const JwkSchema = v.object({ x: v.string(), y: v.optional(v.string(), ""), d: v.string() });

async function newKey<Key>(crypto: KeyMaker<Key>, role: Role, algorithm: Algorithm): Promise<ZoneKey> {
  const parameters = algorithm === ALGORITHM.ecdsaP256 ? { name: "ECDSA", namedCurve: "P-256" } : { name: "Ed25519" };
  const pair = await crypto.generateKey(parameters, true, ["sign", "verify"]);
  if (typeof pair !== "object" || pair === null || !("privateKey" in pair)) throw new TypeError("signing keys come in pairs");
  const { x, y, d } = v.parse(JwkSchema, await crypto.exportKey("jwk", pair.privateKey));
  const common = { role, x, d, publish: 0, activate: 0 };
  return algorithm === ALGORITHM.ecdsaP256 ? { ...common, algorithm, y } : { ...common, algorithm };
}

/** A KSK and a ZSK for each algorithm, at work since 1970. No two have one tag: of 65,536 pairs one would, and be refused. */
export async function signingKeys<Key>(crypto: KeyMaker<Key>, zone: string, algorithms: readonly Algorithm[] = [13]): Promise<KeySet> {
  const roles = ["ksk", "zsk"] as const;
  const keys = await Promise.all(algorithms.flatMap((algorithm) => roles.map((role) => newKey(crypto, role, algorithm))));
  const tags = new Set(keys.map((key) => keyTag(dnskeyData(key))));
  return tags.size === keys.length ? { zone, keys } : signingKeys(crypto, zone, algorithms);
}

/** The DS data that the parent would have: of the first KSK. */
export function dsOf({ zone, keys }: KeySet): Uint8Array {
  const ksk = keys.find(({ role }) => role === "ksk");
  if (ksk === undefined) throw new RangeError("a key set without a ksk");
  return dsData(parseName(zone), dnskeyData(ksk));
}

/** When the test zones are made; they expire a day later. */
export const GENERATED = 1_800_000_000;

/** A zone with the bank that its keys make of a pool. */
export async function signedZone<Key>(
  crypto: ZoneCrypto<Key>,
  keys: KeySet,
  zone: Zone,
  pool: Pool,
  changes: { readonly network?: Network; readonly seconds?: number; readonly serial?: number } = {},
): Promise<ServedZone & { readonly text: string }> {
  const { network = DEVNET, seconds = 420, serial = 41 } = changes;
  const times = { generated: GENERATED, expires: GENERATED + zone.expire, seconds };
  const content = { zone, network, pool, serial, ...times, random: seeded(5) };
  const text = await makeBank(content, scheduleOf(keys, GENERATED), crypto);
  return { zone, network, pool, serial, freshness: "fresh", bank: openBank(decodeBank(text)), text };
}
