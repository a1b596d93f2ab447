import * as fc from "fast-check";
import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { NANO } from "../../../schema/networks/nano.ts";
import { NANO_KEYS, NANO_MESSAGES, NANO_SIGNATURES } from "../../../test/support/nano-vectors.ts";
import { decodeHandshake, encodeHandshake, isProof, respond, type Handshake } from "./handshake.ts";
import { MessageReader } from "./messages.ts";
import { nodeIdOf, sign, verify } from "./signature.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const v2 = fc.record({ salt: octets(32), genesis: octets(32) });
const responses = (salted: boolean) => fc.record({ nodeId: octets(32), v2: salted ? v2 : fc.constant(undefined), signature: octets(64) });
const handshakes: fc.Arbitrary<Handshake> = fc.boolean().chain((understandsV2) =>
  fc.record({
    cookie: fc.option(octets(32), { nil: undefined }),
    response: fc.option(responses(understandsV2), { nil: undefined }),
    understandsV2: fc.constant(understandsV2),
  }),
);

describe("node_id_handshake", () => {
  it("comes back as it went", () => {
    fc.assert(
      fc.property(handshakes, (handshake) => {
        const [message] = new MessageReader(NANO.wire.networkId).push(encodeHandshake(NANO.wire, handshake));
        expect(decodeHandshake(message!.header.extensions, message!.payload)).toEqual(handshake);
      }),
    );
  });

  it("is malformed where it ends early or late", () => {
    for (const name of [
      "live_query",
      "live_query_response_v2",
      "live_response_v2",
      "live_query_response_v1",
      "live_response_v1",
    ] as const) {
      const [message] = new MessageReader(NANO.wire.networkId).push(NANO_MESSAGES[name].hex);
      const { header, payload } = message!;
      for (let length = 0; length < payload.length; length++) {
        expect(() => decodeHandshake(header.extensions, payload.subarray(0, length))).toThrow("needs");
      }
      expect(() => decodeHandshake(header.extensions, concatBytes(payload, Uint8Array.of(0)))).toThrow("too many");
    }
  });

  it("cannot be encoded where the versions disagree, or a field has a wrong length", () => {
    const response = respond(NANO_KEYS.clientCookie, NANO_KEYS.serverPrv, undefined);
    expect(() => encodeHandshake(NANO.wire, { cookie: undefined, response, understandsV2: true })).toThrow("another version");
    const short = { ...response, nodeId: new Uint8Array(31) };
    expect(() => encodeHandshake(NANO.wire, { cookie: undefined, response: short, understandsV2: false })).toThrow("payload");
  });
});

describe("proofs", () => {
  const genesis = NANO_KEYS.genesisLive;
  const salted = { salt: NANO_KEYS.salt, genesis };

  it.each([
    ["V1", undefined],
    ["V2", salted],
  ])("%s: hold for the cookie that was signed, and for nothing else", (_, parts) => {
    const response = respond(NANO_KEYS.clientCookie, NANO_KEYS.serverPrv, parts);
    expect(isProof(NANO_KEYS.clientCookie, response)).toBe(true);
    expect(isProof(NANO_KEYS.serverCookie, response)).toBe(false);
    expect(isProof(NANO_KEYS.clientCookie, { ...response, nodeId: NANO_KEYS.clientPub })).toBe(false);
    expect(isProof(NANO_KEYS.clientCookie, { ...response, v2: parts === undefined ? salted : undefined })).toBe(false);
    if (parts === undefined) return;
    expect(isProof(NANO_KEYS.clientCookie, { ...response, v2: { salt: NANO_KEYS.clientCookie, genesis } })).toBe(false);
    expect(isProof(NANO_KEYS.clientCookie, { ...response, v2: { salt: NANO_KEYS.salt, genesis: NANO_KEYS.clientCookie } })).toBe(false);
  });

  it("fail with any bit of the signature turned, the highest three among them", () => {
    const { pub, msg, sig } = NANO_SIGNATURES[0]!;
    for (const bit of [0, 100, 255, 256, 400, 508, 509, 510, 511]) {
      expect(
        verify(
          sig.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet)),
          msg,
          pub,
        ),
      ).toBe(false);
    }
  });

  it("fail, and never throw, for a node id or signature that is no point of the curve", () => {
    const { msg, sig } = NANO_SIGNATURES[0]!;
    for (const fill of [0x00, 0x01, 0x02, 0x7f, 0xec, 0xff]) {
      const key = new Uint8Array(32).fill(fill);
      expect(verify(sig, msg, key)).toBe(false);
      expect(verify(concatBytes(key, sig.subarray(32)), msg, NANO_SIGNATURES[0]!.pub)).toBe(false);
    }
    // The neutral element as node id, and a signature that "fits" every message under it.
    const neutral = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
    expect(verify(concatBytes(neutral, new Uint8Array(32)), msg, neutral)).toBe(false);
  });

  it("are made and checked for any secret and message", () => {
    fc.assert(
      fc.property(octets(32), fc.uint8Array({ maxLength: 200 }), (secret, message) => {
        expect(verify(sign(message, secret), message, nodeIdOf(secret))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
