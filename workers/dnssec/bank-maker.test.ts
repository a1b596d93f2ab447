import { base64urlnopad } from "@scure/base";
import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeBank, type BankDocument } from "../../schema/bank.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { TYPE } from "../dns/records.ts";
import { OVERLAY_PEERS, PEERS, ZONE } from "../dns/test-zone.ts";
import { poolOf, seeded } from "../sampling/test-pool.ts";
import { CLOCK_SECONDS, makeBank } from "./bank-maker.ts";
import { dnskeyData, keyTag } from "./dnskey.ts";
import { KeySetError, type KeySet, type ZoneKey } from "./keys.ts";
import { scheduleOf } from "./schedule.ts";
import { GENERATED, signedZone, signingKeys } from "./test-signing.ts";

const pool = poolOf([...PEERS, ...OVERLAY_PEERS]);
const bankOf = async (keys: KeySet): Promise<BankDocument> => decodeBank((await signedZone(webcrypto.subtle, keys, ZONE, pool)).text);

/** Records' data with their lengths before them. */
function split(text: string): Buffer[] {
  const octets = Buffer.from(base64urlnopad.decode(text));
  const list: Buffer[] = [];
  for (let at = 0; at < octets.length; at += 2 + octets.readUInt16BE(at))
    list.push(octets.subarray(at + 2, at + 2 + octets.readUInt16BE(at)));
  return list;
}

const tagOf = (key: ZoneKey): number => keyTag(dnskeyData(key));
const tagsOf = (keys: KeySet, role: ZoneKey["role"]): number[] => keys.keys.filter((key) => key.role === role).map(tagOf);
const setOf = (bank: BankDocument, label: string, type: number) => bank.sets.find((set) => set[0] === label && set[1] === type);
const KEY_TYPES = [TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY];

describe("a bank", () => {
  it("says what it is, whose, and until when", async () => {
    const bank = await bankOf(await signingKeys(webcrypto.subtle, ZONE.name));
    expect(bank).toMatchObject({ network: "devnet", zone: ZONE.name, seq: 41, generated: GENERATED, expires: GENERATED + ZONE.expire });
  });

  it.each([[[13]], [[15]], [[13, 15]]] as const)(
    "has each sample signed once by each key of its kind, algorithms %j",
    async (algorithms) => {
      const keys = await signingKeys(webcrypto.subtle, ZONE.name, algorithms);
      const { sets } = await bankOf(keys);
      for (const [label, type, ttl, samples] of sets) {
        const signers = tagsOf(keys, KEY_TYPES.some((each) => each === type) ? "ksk" : "zsk");
        for (const [, signatures] of samples) {
          const rrsigs = split(signatures);
          expect(new Set(rrsigs.map((rrsig) => rrsig.readUInt16BE(16))), `${label} ${type}`).toEqual(new Set(signers));
          expect(rrsigs).toHaveLength(signers.length);
          for (const rrsig of rrsigs) {
            expect([rrsig.readUInt16BE(0), rrsig.readUInt32BE(4)]).toEqual([type, ttl]);
            expect(rrsig.readUInt32BE(12)).toBe(GENERATED - CLOCK_SECONDS);
            expect(rrsig.readUInt32BE(8)).toBe(GENERATED + ZONE.expire + 3_600 + CLOCK_SECONDS);
          }
        }
      }
    },
  );

  it("has signatures that outlive what caches keep for the zone's TTL, however long that is", async () => {
    const keys = await signingKeys(webcrypto.subtle, ZONE.name);
    const { sets } = decodeBank((await signedZone(webcrypto.subtle, keys, { ...ZONE, ttl: 200_000 }, pool)).text);
    for (const [, , , samples] of sets) {
      for (const rrsig of split(samples[0]![1])) expect(rrsig.readUInt32BE(8)).toBe(GENERATED + ZONE.expire + 200_000 + CLOCK_SECONDS);
    }
  });

  it("has at the delegation a signed NSEC set and not the NS set itself", async () => {
    const { sets } = await bankOf(await signingKeys(webcrypto.subtle, ZONE.name));
    expect(sets.filter(([label]) => label === "peer").map(([, type]) => type)).toEqual([TYPE.NSEC]);
    const [nsec] = split(sets.find(([label]) => label === "peer")![3][0]![0]);
    // The bitmap's one block: NS, RRSIG, NSEC.
    expect(nsec!.subarray(-8)).toEqual(Buffer.of(0, 6, 0x20, 0, 0, 0, 0, 0x03));
  });

  it("has published keys in DNSKEY whether they work or not, and in CDS and CDNSKEY those that the parent shall point to", async () => {
    const [now, next] = [await signingKeys(webcrypto.subtle, ZONE.name), await signingKeys(webcrypto.subtle, ZONE.name)];
    const waiting = next.keys.map((key) => Object.assign({}, key, { activate: GENERATED + 1 }));
    const bank = await bankOf({ zone: ZONE.name, keys: [...now.keys, ...waiting] });
    const dnskeys = split(setOf(bank, "", TYPE.DNSKEY)![3][0]![0]);
    expect(new Set(dnskeys.map(keyTag))).toEqual(new Set([...now.keys, ...waiting].map(tagOf)));
    expect(split(setOf(bank, "", TYPE.CDNSKEY)![3][0]![0]).map(keyTag)).toEqual(tagsOf(now, "ksk"));
    expect(split(setOf(bank, "", TYPE.CDS)![3][0]![0]).map((cds) => cds.readUInt16BE(0))).toEqual(tagsOf(now, "ksk"));
    // Until it is removed, a key that the parent may point to signs the keys.
    expect(split(setOf(bank, "", TYPE.DNSKEY)![3][0]![1])).toHaveLength(2);
    expect(split(setOf(bank, "", TYPE.SOA)![3][0]![1])).toHaveLength(1);
  });

  it("has no CDS while every ksk is too new, and its bitmap says so", async () => {
    const keys = await signingKeys(webcrypto.subtle, ZONE.name);
    const fresh = { ...keys, keys: keys.keys.map((key) => (key.role === "ksk" ? { ...key, activate: GENERATED + 1 } : key)) };
    const bank = await bankOf(fresh);
    expect(setOf(bank, "", TYPE.CDS)).toBeUndefined();
    const [nsec] = split(setOf(bank, "", TYPE.NSEC)![3][0]![0]);
    const [other] = split(setOf(await bankOf(keys), "", TYPE.NSEC)![3][0]![0]);
    expect([nsec!.at(-1)! & 0x18, other!.at(-1)! & 0x18]).toEqual([0, 0x18]);
  });

  it("comes out the same from the same dice but for signatures", async () => {
    const keys = await signingKeys(webcrypto.subtle, ZONE.name, [15]); // its signatures have no chance in them
    const [one, two] = [await bankOf(keys), await bankOf(keys)];
    expect(one).toEqual(two);
  });

  it("is not made with a private half that is another key's, and the error has nothing of a key", async () => {
    for (const algorithm of [13, 15] as const) {
      const [mine, other] = [
        await signingKeys(webcrypto.subtle, ZONE.name, [algorithm]),
        await signingKeys(webcrypto.subtle, ZONE.name, [algorithm]),
      ];
      const keys = mine.keys.map((key, i) => (key.role === "zsk" ? { ...key, d: other.keys[i]!.d } : key));
      const attempt = bankOf({ ...mine, keys });
      await expect(attempt).rejects.toThrow(KeySetError);
      const error: unknown = await attempt.catch((caught: unknown) => caught);
      for (const secret of [...mine.keys, ...other.keys])
        expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain(secret.d.slice(0, 12));
    }
  });

  it("has no private half in it", async () => {
    const keys = await signingKeys(webcrypto.subtle, ZONE.name, [13, 15]);
    const content = {
      zone: ZONE,
      network: DEVNET,
      pool,
      serial: 1,
      generated: GENERATED,
      expires: GENERATED + 900,
      seconds: 420,
      random: seeded(1),
    };
    const text = await makeBank(content, scheduleOf(keys, GENERATED), webcrypto.subtle);
    for (const { d } of keys.keys) {
      expect(text).not.toContain(d);
      for (const [, , , samples] of decodeBank(text).sets) {
        for (const each of samples.flat())
          expect(Buffer.from(base64urlnopad.decode(each)).includes(Buffer.from(base64urlnopad.decode(d)))).toBe(false);
      }
    }
  });
});
