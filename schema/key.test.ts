import { base64urlnopad } from "@scure/base";
import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { keyId, PublicKeySchema } from "./key.ts";

describe("keyId", () => {
  it("is the thumbprint of RFC 8037 appendix A.3", () => {
    expect(keyId("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });
});

describe("PublicKeySchema", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => base64urlnopad.encode(octets));
  const digit = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split(""));

  it("takes every 32 octets in the one spelling they have", () => {
    fc.assert(
      fc.property(key, digit, (text, last) => {
        expect(v.is(PublicKeySchema, text)).toBe(true);
        const other = text.slice(0, -1) + last;
        expect(v.is(PublicKeySchema, other)).toBe(isKey(other));
      }),
    );
  });

  it.each(["", "A", "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}=`, `${"A".repeat(42)}\n`])("refuses %j", (text) => {
    expect(v.is(PublicKeySchema, text)).toBe(false);
  });
});

function isKey(text: string): boolean {
  try {
    return base64urlnopad.decode(text).length === 32;
  } catch {
    return false;
  }
}
