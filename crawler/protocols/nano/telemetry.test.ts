import * as fc from "fast-check";
import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { TELEMETRY } from "../../../test/support/nano-peer.ts";
import { NANO_KEYS } from "../../../test/support/nano-vectors.ts";
import { sign } from "./signature.ts";
import { decodeTelemetry, encodeTelemetry, isSigned, type TelemetryData } from "./telemetry.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u8 = fc.integer({ min: 0, max: 255 });
const data: fc.Arbitrary<TelemetryData> = fc.record({
  nodeId: octets(32),
  blockCount: u64,
  cementedCount: u64,
  uncheckedCount: u64,
  accountCount: u64,
  bandwidthCap: u64,
  peerCount: fc.integer({ min: 0, max: 0xffff_ffff }),
  protocolVersion: u8,
  uptime: u64,
  genesis: octets(32),
  major: u8,
  minor: u8,
  patch: u8,
  preRelease: u8,
  maker: u8,
  timestamp: u64,
  activeDifficulty: u64,
});
const WHOLE = encodeTelemetry(TELEMETRY, NANO_KEYS.serverPrv);

describe("telemetry_ack", () => {
  it("comes back as it went, signed by who signed it", () => {
    fc.assert(
      fc.property(data, (each) => {
        const payload = encodeTelemetry({ ...each, nodeId: NANO_KEYS.clientPub }, NANO_KEYS.clientPrv);
        expect(payload).toHaveLength(202);
        const telemetry = decodeTelemetry(payload)!;
        expect(telemetry).toMatchObject({ ...each, nodeId: NANO_KEYS.clientPub });
        expect(isSigned(telemetry)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("may say nothing, but not half of it", () => {
    expect(decodeTelemetry(new Uint8Array(0))).toBeUndefined();
    for (let length = 1; length < WHOLE.length; length++) expect(() => decodeTelemetry(WHOLE.subarray(0, length))).toThrow("needs");
  });

  it("may say more than is known, which is signed too", () => {
    const signed = concatBytes(WHOLE.subarray(64), Uint8Array.of(1, 2, 3));
    const longer = decodeTelemetry(concatBytes(sign(signed, NANO_KEYS.serverPrv), signed))!;
    expect(isSigned(longer)).toBe(true);
    expect(longer).toMatchObject(TELEMETRY);
    expect(isSigned(decodeTelemetry(concatBytes(WHOLE, Uint8Array.of(1)))!)).toBe(false);
  });

  it("is not signed where any field was changed", () => {
    for (let at = 0; at < WHOLE.length; at += 9) {
      const changed = WHOLE.map((octet, i) => (i === at ? octet ^ 0x10 : octet));
      expect(isSigned(decodeTelemetry(changed)!)).toBe(false);
    }
  });

  it("cannot hold what is too large", () => {
    expect(() => encodeTelemetry({ ...TELEMETRY, uptime: 2n ** 64n }, NANO_KEYS.serverPrv)).toThrow("uptime");
    expect(() => encodeTelemetry({ ...TELEMETRY, peerCount: 2 ** 32 }, NANO_KEYS.serverPrv)).toThrow("peer count");
    expect(() => encodeTelemetry({ ...TELEMETRY, major: 256 }, NANO_KEYS.serverPrv)).toThrow("major");
  });
});
