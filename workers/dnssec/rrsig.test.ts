import { webcrypto } from "node:crypto";
import { base64 } from "@scure/base";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { labelsOf } from "../../test/support/dns-labels.ts";
import { readSignature, signedOctets, validates } from "../../test/support/dnssec-validator.ts";
import { lowerOctet, parseName, type Name } from "../dns/name.ts";
import { TYPE } from "../dns/records.ts";
import { ALGORITHM, type Algorithm } from "./keys.ts";
import { SetError, signSet, type SignableSet } from "./rrsig.ts";
import { RFC_6605_SIGNATURE, RFC_8080_SIGNATURES, RFC_KEYS } from "./test-vectors.ts";
import { zoneSignerOf, type ZoneSigner } from "./zone-signer.ts";

const newSigner = (algorithm: Algorithm): Promise<ZoneSigner> =>
  zoneSignerOf({ ...generateZoneKey("zsk", algorithm), publish: 0, activate: 0 }, webcrypto.subtle);

const ZONE = parseName("Seed.example.org.");
const SIGNERS = await Promise.all(Object.values(ALGORITHM).map(newSigner));
const [signer] = SIGNERS as [ZoneSigner];
const TIMES = { zone: ZONE, inception: 1_700_000_000, expiration: 1_700_090_000 };
const SET: SignableSet = {
  owner: parseName("x9.seed.example.org."),
  type: TYPE.A,
  ttl: 60,
  data: [Uint8Array.of(9, 1, 2, 3), Uint8Array.of(1, 2, 3, 4)],
};

const below = (labels: readonly string[]): Name => {
  const octets = labels.flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return Uint8Array.from([...octets, ...ZONE]);
};
const labelArbitrary = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((octets) => Buffer.from(octets).toString("latin1")),
  fc.constantFrom("*", "X9", "_tcp"),
);
const setArbitrary: fc.Arbitrary<SignableSet> = fc.record({
  owner: fc.array(labelArbitrary, { maxLength: 4 }).map(below),
  type: fc.integer({ min: 1, max: 65_535 }),
  ttl: fc.nat(0x7fff_ffff),
  data: fc.uniqueArray(fc.uint8Array({ maxLength: 40 }), {
    minLength: 1,
    maxLength: 30,
    selector: (data) => Buffer.from(data).toString("hex"),
  }),
});

describe("signSet", () => {
  it.each(RFC_8080_SIGNATURES.map((signature, i) => ({ signature, vector: RFC_KEYS[i + 1]! })))(
    "makes the signature of $vector.source",
    async ({ signature, vector }) => {
      const zone = parseName("example.com.");
      const mx = { owner: zone, type: TYPE.MX, ttl: 3_600, data: [Uint8Array.of(0, 10, ...parseName("mail.example.com."))] };
      const rrsig = await signSet(mx, {
        zone,
        signer: await zoneSignerOf(vector.key, webcrypto.subtle),
        inception: 1_438_207_200,
        expiration: 1_440_021_600,
      });
      expect(base64.encode(readSignature(rrsig).signature)).toBe(signature);
    },
  );

  it("signs the octets that RFC 6605's signature is over", async () => {
    const { key } = RFC_KEYS[0]!;
    const zone = parseName("example.net.");
    const real = await zoneSignerOf(key, webcrypto.subtle);
    const borrowed = { ...real, sign: async () => Uint8Array.from(base64.decode(RFC_6605_SIGNATURE)) };
    const set = { owner: parseName("www.example.net."), type: TYPE.A, ttl: 3_600, data: [Uint8Array.of(192, 0, 2, 1)] };
    const times = { inception: 1_281_607_479, expiration: 1_284_026_679 };
    const rrsig = await signSet(set, { zone, signer: borrowed, ...times });
    expect(await validates(set, rrsig, real.dnskey, zone, times.inception)).toBe(true);
  });

  it("makes what an independent validator accepts, and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(setArbitrary, fc.nat(1), async (set, which) => {
        const by = SIGNERS[which]!;
        const rrsig = await signSet(set, { ...TIMES, signer: by });
        expect(await validates(set, rrsig, by.dnskey, ZONE, TIMES.inception)).toBe(true);
        expect(await validates(set, rrsig, by.dnskey, ZONE, TIMES.expiration + 1)).toBe(false);
        expect(await validates({ ...set, data: [...set.data, new Uint8Array(41)] }, rrsig, by.dnskey, ZONE, TIMES.inception)).toBe(false);
        expect(
          await validates({ ...set, owner: below(["another", "name", "than", "that", "one"]) }, rrsig, by.dnskey, ZONE, TIMES.inception),
        ).toBe(labelsOf(set.owner)[0] === "*" && labelsOf(set.owner).length === 4);
        expect(await validates(set, rrsig, SIGNERS[1 - which]!.dnskey, ZONE, TIMES.inception)).toBe(false);
      }),
    );
  });

  it("signs exactly the octets that the RFC lists, in whatever order and case they come", async () => {
    let signed: Uint8Array | undefined;
    const listening: ZoneSigner = {
      ...signer,
      sign: async (octets) => {
        signed = octets;
        return new Uint8Array(64);
      },
    };
    await fc.assert(
      fc.asyncProperty(setArbitrary, fc.infiniteStream(fc.nat()), async (set, random) => {
        const rrsig = await signSet(set, { ...TIMES, signer: listening });
        const first = signed;
        expect(Buffer.from(first ?? []).equals(signedOctets(set, readSignature(rrsig)))).toBe(true);
        const shuffled = set.data.map((data) => ({ data, at: random.next().value })).sort((a, b) => a.at - b.at);
        const other = { ...set, owner: set.owner.map(lowerOctet), data: shuffled.map(({ data }) => data) };
        expect(await signSet(other, { ...TIMES, signer: listening })).toEqual(rrsig);
        expect(signed).toEqual(first);
      }),
    );
  });

  it.each([
    ["seed.example.org.", 3],
    ["a.b.seed.example.org.", 5],
    ["*.seed.example.org.", 3],
    ["a.*.seed.example.org.", 5],
    ["**.seed.example.org.", 4],
  ])("counts the labels of %s", async (owner, labels) => {
    const rrsig = await signSet({ ...SET, owner: parseName(owner) }, { ...TIMES, signer });
    expect(readSignature(rrsig).labels).toBe(labels);
  });

  it("is accepted at names that a wildcard stands for", async () => {
    const wildcard = { ...SET, owner: parseName("*.seed.example.org.") };
    const rrsig = await signSet(wildcard, { ...TIMES, signer });
    for (const owner of ["anything.seed.example.org.", "any.thing.seed.example.org."]) {
      expect(await validates({ ...wildcard, owner: parseName(owner) }, rrsig, signer.dnskey, ZONE, TIMES.inception)).toBe(true);
    }
  });

  it("names the signer in lower case and whole", async () => {
    const rrsig = await signSet(SET, { ...TIMES, signer });
    expect(rrsig.subarray(18, 18 + ZONE.length)).toEqual(parseName("seed.example.org."));
    expect(readSignature(rrsig)).toMatchObject({ ...SIGNATURE_FIELDS, tag: signer.tag, algorithm: 13 });
  });

  it("refuses sets that are none", async () => {
    await expect(signSet({ ...SET, data: [] }, { ...TIMES, signer })).rejects.toThrow(SetError);
    await expect(signSet({ ...SET, data: [...SET.data, Uint8Array.of(9, 1, 2, 3)] }, { ...TIMES, signer })).rejects.toThrow(
      "has a record twice",
    );
  });

  it("leaves the set as it was", async () => {
    const before = structuredClone(SET);
    await signSet(SET, { ...TIMES, signer });
    expect(SET).toEqual(before);
  });
});

const SIGNATURE_FIELDS = { type: TYPE.A, labels: 4, ttl: 60, expiration: TIMES.expiration, inception: TIMES.inception };
