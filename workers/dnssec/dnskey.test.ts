import { base64, base64urlnopad, hex } from "@scure/base";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referenceDs, referenceTag } from "../../test/support/dnssec-validator.ts";
import { parseName } from "../dns/name.ts";
import { formatData } from "../dns/presentation.ts";
import { TYPE } from "../dns/records.ts";
import { dnskeyData, dsData, keyTag } from "./dnskey.ts";
import type { ZoneKey } from "./keys.ts";
import { RFC_KEYS } from "./test-vectors.ts";

describe("dnskeyData", () => {
  it.each(RFC_KEYS)("has the public key of $source", ({ owner, key, dnskey, tag, ds }) => {
    const data = dnskeyData(key);
    expect(formatData(TYPE.DNSKEY, data)).toBe(dnskey);
    expect(keyTag(data)).toBe(tag);
    expect(formatData(TYPE.DS, dsData(parseName(owner), data)).toLowerCase()).toBe(ds);
  });

  it("tells the roles apart by the secure entry point flag", () => {
    const { key } = RFC_KEYS[0]!;
    expect(dnskeyData({ ...key, role: "ksk" }).subarray(0, 2)).toEqual(Uint8Array.of(1, 1));
    expect(dnskeyData({ ...key, role: "zsk" }).subarray(0, 2)).toEqual(Uint8Array.of(1, 0));
  });
});

// RFC 4034 §5.4 and RFC 4509 §2.3 have a key of an algorithm that we do not use: tag and digest are the same for all.
const RFC_4034 = Uint8Array.of(
  1,
  0,
  3,
  5,
  ...base64.decode(
    "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
  ),
);

describe("keyTag and dsData", () => {
  it("are those of the examples of RFC 4034 and RFC 4509", () => {
    expect(keyTag(RFC_4034)).toBe(60_485);
    expect(hex.encode(dsData(parseName("dskey.example.com."), RFC_4034))).toBe(
      "ec450502d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a",
    );
  });

  it("agree with an independent computation, whatever the owner's case", () => {
    const octets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((part) => base64urlnopad.encode(part));
    const owner = fc.constantFrom(".", "example.", "Navio.SEED.example.org.", "navio.seed.example.org.");
    fc.assert(
      fc.property(octets, octets, owner, fc.boolean(), (x, y, text, elliptic) => {
        const times = { role: "ksk", d: x, publish: 0, activate: 0 } as const;
        const key: ZoneKey = elliptic ? { ...times, algorithm: 13, x, y } : { ...times, algorithm: 15, x };
        const dnskey = dnskeyData(key);
        expect(keyTag(dnskey)).toBe(referenceTag(dnskey));
        expect(hex.encode(dsData(parseName(text), dnskey))).toBe(referenceDs(parseName(text), dnskey).toString("hex"));
        expect(dsData(parseName(text), dnskey)).toEqual(dsData(parseName(text.toLowerCase()), dnskey));
      }),
    );
  });
});
