/** Banks: with every snapshot of a zone that has DNSSEC keys, its pre-signed answers. */
import { decodeSnapshot } from "../../schema/snapshot.ts";
import type { SealedText } from "../../schema/parcel.ts";
import { ConfigError, configOf, type ServedNetwork } from "../config.ts";
import { DENIAL_NAMES, denialSpare } from "../dnssec/answer-size.ts";
import { makeBank } from "../dnssec/bank-maker.ts";
import { scheduleOf } from "../dnssec/schedule.ts";
import { LATE_SECONDS } from "../dnssec/zone-sets.ts";
import { buildPool } from "../sampling/pool.ts";
import { randomInt } from "../sampling/random.ts";
import type { Link } from "./chain.ts";
import { sealText } from "./sealing.ts";
import { zoneKeys, type KeyBindings } from "./zone-keys.ts";

export interface BankBindings extends KeyBindings {
  readonly SNAPSHOT_KEY: string;
}

/**
 * The bank that goes out with the snapshot of this link, sealed; undefined for a zone that is not signed. Rejects with `KeySetError` for keys of a
 * signed zone that are missing, cannot be read or cannot sign, with `StoreError` where KV does not tell whether it is one, and with `ConfigError` for
 * a zone that cannot be signed as it lies.
 */
export async function makeSealedBank(
  bindings: BankBindings,
  { network, zone }: ServedNetwork,
  text: string,
  link: Link,
  now: number,
): Promise<SealedText | undefined> {
  const keys = await zoneKeys(bindings, { network, zone });
  if (keys === undefined) return undefined;
  checkZone(bindings, { network, zone });
  const snapshot = decodeSnapshot(text);
  const bank = await makeBank(
    {
      zone,
      network,
      pool: buildPool(snapshot),
      serial: link.seq,
      generated: now,
      expires: snapshot.expires,
      seconds: Math.max(link.due - now, 0) + LATE_SECONDS,
      random: randomInt((words) => crypto.getRandomValues(words)),
    },
    scheduleOf(keys, now),
    crypto.subtle,
  );
  return { text: bank, seal: await sealText(bindings, link.seq, bank) };
}

/** Throws `ConfigError` for a zone that cannot be signed as it lies. */
function checkZone(bindings: BankBindings, { network, zone }: ServedNetwork): void {
  const inner = configOf(bindings).served.find((other) => other.zone.name.endsWith(`.${zone.name}`));
  if (inner !== undefined) {
    throw new ConfigError(
      `DNSSEC_KEYS: ${zone.name} has ${inner.zone.name} within it, which its signed zone would deny; give one of them another place`,
    );
  }
  const spare = denialSpare(zone, network);
  if (spare < 0) {
    throw new ConfigError(
      `DNSSEC_KEYS: ${zone.name} is ${Math.ceil(-spare / DENIAL_NAMES)} characters too long to be signed: a denial would not fit a UDP message`,
    );
  }
}
