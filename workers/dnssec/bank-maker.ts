/** Making a bank: every set of a zone, each of its samples, and the denial of everything else, signed. */
import { base64urlnopad } from "@scure/base";
import { encodeBank, type BankSet } from "../../schema/bank.ts";
import { TYPE, type Rdata } from "../dns/records.ts";
import { parseName, type Name } from "../dns/name.ts";
import { ANY_TTL, NS_TTL } from "../dns/zone.ts";
import { DNSKEY_TTL, dnskeyData, dsData } from "./dnskey.ts";
import { nsecChain } from "./nsec.ts";
import { signSet } from "./rrsig.ts";
import type { Schedule } from "./schedule.ts";
import { zoneOwners, type ZoneContent, type ZoneOwner, type ZoneSet } from "./zone-sets.ts";
import { zoneSignerOf, type ZoneCrypto, type ZoneSigner } from "./zone-signer.ts";

/** By how many seconds validators' clocks may be wrong, either way. */
export const CLOCK_SECONDS = 3_600;

/**
 * Signatures outlive the bank by the longest TTL, because what was handed out in the last moment lives for so long in caches, and by the clocks'
 * error. Beyond, nobody can replay what is no longer served.
 */
const signatureEnd = ({ zone, expires }: BankContent): number => expires + Math.max(zone.ttl, NS_TTL, ANY_TTL, DNSKEY_TTL) + CLOCK_SECONDS;

/** What a bank is made of. */
export interface BankContent extends Omit<ZoneContent, "signatures"> {
  /** When the snapshot expires, and the bank with it; Unix seconds. */
  readonly expires: number;
}

/** The text of a zone's bank. Rejects with `KeySetError` for keys that cannot sign. That the zone's name leaves room for answers is the caller's to see to. */
export async function makeBank<Key>(content: BankContent, schedule: Schedule, crypto: ZoneCrypto<Key>): Promise<string> {
  const { zone, network, serial, generated, expires } = content;
  const apex = parseName(zone.name);
  const [zoneSigners, keySigners] = await Promise.all(
    [schedule.zoneSigners, schedule.keySigners].map((keys) => Promise.all(keys.map((key) => zoneSignerOf(key, crypto)))),
  );
  const [top, ...others] = zoneOwners({ ...content, signatures: schedule.zoneSigners.length });
  const owners = [{ ...top!, sets: [...top!.sets, ...keySets(apex, schedule)] }, ...others];
  const chain = nsecChain(
    owners.map(({ owner, sets }) => ({ owner, types: sets.map(({ type }) => type) })),
    zone.ttl,
  );
  const times = { zone: apex, inception: generated - CLOCK_SECONDS, expiration: signatureEnd(content) };
  const signed = owners.flatMap(({ label, owner, sets }, i) => {
    // At a delegation only what the zone itself says is signed: that there is one, without DS (RFC 4035 §2.2).
    const own = label !== "" && sets.some(({ type }) => type === TYPE.NS) ? [] : sets;
    const nsec: ZoneSet = { type: TYPE.NSEC, ttl: zone.ttl, samples: [chain[i]!.data] };
    return [...own, nsec].map((set) => signSamples(label, owner, set, KEY_TYPES.has(set.type) ? keySigners! : zoneSigners!, times));
  });
  const sets = await Promise.all(signed);
  return encodeBank({ network: network.name, zone: zone.name, seq: serial, generated, expires, sets });
}

/** Signed by those keys that the parent points to. */
const KEY_TYPES = new Set<number>([TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY]);

function keySets(apex: Name, { published, announced }: Schedule): ZoneSet[] {
  const keys = published.map(dnskeyData);
  const wanted = announced.map(dnskeyData);
  const sets = [
    { type: TYPE.DNSKEY, data: keys },
    { type: TYPE.CDNSKEY, data: wanted },
    { type: TYPE.CDS, data: wanted.map((key) => dsData(apex, key)) },
  ];
  return sets.filter(({ data }) => data.length > 0).map(({ type, data }) => ({ type, ttl: DNSKEY_TTL, samples: [data] }));
}

interface Times {
  readonly zone: Name;
  readonly inception: number;
  readonly expiration: number;
}

async function signSamples(
  label: ZoneOwner["label"],
  owner: Name,
  { type, ttl, samples }: ZoneSet,
  signers: readonly ZoneSigner[],
  times: Times,
): Promise<BankSet> {
  const fixed = type === TYPE.A || type === TYPE.AAAA;
  const encoded = samples.map(async (data): Promise<[string, string]> => {
    const signatures = await Promise.all(signers.map((signer) => signSet({ owner, type, ttl, data }, { ...times, signer })));
    return [base64urlnopad.encode(join(data, fixed)), base64urlnopad.encode(join(signatures, false))];
  });
  return [label, type, ttl, await Promise.all(encoded)];
}

/** Data one after another, each with its length before it unless that is always the same. */
function join(list: readonly Rdata[], fixed: boolean): Uint8Array {
  const head = fixed ? 0 : 2;
  const octets = new Uint8Array(list.reduce((sum, { length }) => sum + head + length, 0));
  let at = 0;
  for (const data of list) {
    if (!fixed) octets.set([data.length >> 8, data.length & 0xff], at);
    octets.set(data, at + head);
    at += head + data.length;
  }
  return octets;
}
