import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "@noble/hashes/utils.js";
import { versions } from "../../../test/support/envelope.ts";
import { WireError } from "../wire-error.ts";
import { MAX_USER_AGENT } from "../agent.ts";
import { encodeNonce, encodeVersion, type VersionMessage } from "../envelope/version.ts";
import { decodeNonce, decodeVersion } from "./messages.ts";

const FULL: VersionMessage = {
  version: 70016,
  services: "10000c09",
  timestamp: 1_700_000_000n,
  receiver: { services: "0", address: { family: "ipv4", host: "203.0.113.7", port: 8333 } },
  sender: { services: "9", address: { family: "ipv6", host: "::", port: 0 } },
  nonce: 0xffff_ffff_ffff_ffffn,
  userAgent: "/Satoshi:29.0.0/",
  startHeight: -1,
  relay: true,
};

describe("version", () => {
  it("is its own inverse, wherever it ends", () => {
    fc.assert(
      fc.property(versions, (message) => {
        expect(decodeVersion(encodeVersion(message))).toEqual(message);
      }),
    );
  });

  it("may end after the receiver or any later field, and nowhere else", () => {
    const payload = encodeVersion(FULL);
    // After receiver (46), nonce (80), user agent (97), start height (101), relay (102).
    const ends = new Set([46, 80, 97, 101, 102]);
    expect(payload.length).toBe(102);
    for (let length = 0; length <= payload.length; length++) {
      const decode = () => decodeVersion(payload.subarray(0, length));
      if (ends.has(length)) expect(decode).not.toThrow();
      else expect(decode).toThrow(WireError);
    }
  });

  it("ignores what follows, as Core does", () => {
    expect(decodeVersion(concatBytes(encodeVersion(FULL), Uint8Array.of(1, 2, 3)))).toEqual(FULL);
  });

  it("takes a user agent of 256 octets and no more", () => {
    const agent = "x".repeat(MAX_USER_AGENT);
    expect(decodeVersion(encodeVersion({ ...FULL, userAgent: agent })).userAgent).toBe(agent);
    const longer = encodeVersion({ ...FULL, userAgent: `${agent}x` });
    expect(() => decodeVersion(longer)).toThrow("user agent: at most 256 is allowed");
  });

  it("sends zeros for an overlay host", () => {
    const onion = { family: "onion", host: "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", port: 8333 } as const;
    const { receiver } = decodeVersion(encodeVersion({ ...FULL, receiver: { services: "0", address: onion } }));
    expect(receiver.address).toEqual({ family: "ipv6", host: "::", port: 8333 });
  });

  it("does not encode what the fields cannot hold", () => {
    const wrong: Partial<VersionMessage>[] = [
      { services: "1ffffffffffffffff" },
      { services: "" },
      { services: "x" },
      { userAgent: "\u0100" },
    ];
    for (const part of wrong) expect(() => encodeVersion({ ...FULL, ...part })).toThrow(WireError);
  });
});

describe("nonces of ping and pong", () => {
  it("are eight octets, whatever follows", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nonce) => {
        expect(decodeNonce(concatBytes(encodeNonce(nonce), Uint8Array.of(7)))).toBe(nonce);
      }),
    );
    for (let length = 0; length < 8; length++) expect(() => decodeNonce(new Uint8Array(length))).toThrow(WireError);
  });
});
