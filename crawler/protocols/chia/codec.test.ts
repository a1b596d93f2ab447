/** What holds for every message, where one may end, and the extremes of every length. */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAME_VECTORS, frameVector } from "../../../test/support/chia-vectors.ts";
import { fullPeaks, handshakes, messages, peerLists, walletPeaks } from "../../../test/support/chia.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";
import { closeFailure, decodeError, encodeError, ERROR_CLOSE_CODE } from "./error.ts";
import {
  capabilityServices,
  decodeHandshake,
  encodeHandshake,
  offered,
  serviceCapabilities,
  versionNumber,
  versionText,
  type Capability,
} from "./handshake.ts";
import { CHIA_LIMITS } from "./limits.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import { decodePeak, decodePeakWallet, encodePeak } from "./peak.ts";
import { decodePeers, encodePeers, peerAddress } from "./peers.ts";
import { NODE } from "../../../test/support/chia-peer.ts";

const errors = fc.record({ code: fc.integer({ min: -0x8000, max: 0x7fff }), message: fc.string({ unit: "binary" }) });

function isInverse<T>(values: fc.Arbitrary<T>, encode: (value: T) => Uint8Array, decode: (data: Uint8Array) => T): void {
  fc.assert(
    fc.property(values, (value) => {
      expect(decode(encode(value))).toEqual(value);
    }),
  );
}

/** A decoder that consumes everything fails for every shorter and every longer input. */
function isExact(data: Uint8Array, decode: (data: Uint8Array) => unknown): void {
  for (let length = 0; length < data.length; length++) expect(() => decode(data.subarray(0, length))).toThrow(WireError);
  expect(() => decode(concatBytes(data, Uint8Array.of(0)))).toThrow(WireError);
}

describe("every message", () => {
  it("is its own inverse", () => {
    isInverse(messages, encodeMessage, decodeMessage);
    isInverse(handshakes, encodeHandshake, decodeHandshake);
    isInverse(peerLists, encodePeers, decodePeers);
    isInverse(walletPeaks, encodePeak, decodePeakWallet);
    isInverse(fullPeaks, encodePeak, decodePeak);
    isInverse(errors, encodeError, decodeError);
  });

  it("ends exactly where it ends", () => {
    for (const frame of FRAME_VECTORS) isExact(frame, decodeMessage);
    isExact(decodeMessage(frameVector("handshake_fullnode")).data, decodeHandshake);
    isExact(decodeMessage(frameVector("respond_peers_2")).data, decodePeers);
    isExact(decodeMessage(frameVector("error")).data, decodeError);
    const peak = { headerHash: new Uint8Array(32), height: 1, weight: 1n, forkPoint: 1 };
    isExact(encodePeak(peak), decodePeakWallet);
    isExact(encodePeak({ ...peak, unfinishedHash: new Uint8Array(32) }), decodePeak);
  });

  it("has an id or none, and nothing between", () => {
    for (const flag of [2, 0x80, 0xff]) expect(() => decodeMessage(Uint8Array.of(43, flag, 0, 0, 0, 0, 0, 0))).toThrow(WireError);
  });
});

describe("lengths", () => {
  it("of texts go to their limit and no further, counted in octets", () => {
    for (const field of ["networkId", "protocolVersion", "softwareVersion"] as const) {
      const most = "x".repeat(CHIA_LIMITS.text);
      expect(decodeHandshake(encodeHandshake({ ...NODE, [field]: most }))[field]).toBe(most);
      for (const more of [`${most}x`, "\u20ac".repeat(CHIA_LIMITS.text / 2)])
        expect(() => decodeHandshake(encodeHandshake({ ...NODE, [field]: more }))).toThrow(WireError);
    }
  });

  it("of capabilities and their states go to their limit and no further", () => {
    const capabilities = Array.from({ length: CHIA_LIMITS.capabilities }, (_, i): Capability => [
      i,
      "x".repeat(CHIA_LIMITS.capabilityState),
    ]);
    expect(decodeHandshake(encodeHandshake({ ...NODE, capabilities })).capabilities).toEqual(capabilities);
    expect(() => decodeHandshake(encodeHandshake({ ...NODE, capabilities: [...capabilities, [1, "1"]] }))).toThrow(
      "capabilities: at most 64",
    );
    const long: Capability[] = [[1, "x".repeat(CHIA_LIMITS.capabilityState + 1)]];
    expect(() => decodeHandshake(encodeHandshake({ ...NODE, capabilities: long }))).toThrow(WireError);
  });

  it("of lists of peers go to 1,000, and more is flooding", () => {
    const peers = Array.from({ length: CHIA_LIMITS.peers + 1 }, () => ({ host: "25.1.1.1", port: 8444, timestamp: 1n }));
    expect(decodePeers(encodePeers(peers.slice(1)))).toHaveLength(CHIA_LIMITS.peers);
    expect(() => decodePeers(encodePeers(peers))).toThrow(expect.objectContaining({ failure: "flooding" }));
    // A count that nothing follows costs nothing.
    expect(() => decodePeers(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow(expect.objectContaining({ failure: "flooding" }));
    expect(() => decodePeers(Uint8Array.of(0, 0, 3, 0xe8))).toThrow(expect.objectContaining({ failure: "malformed" }));
  });

  it("of hosts beyond any address are skipped unread", () => {
    const hosts = ["x".repeat(CHIA_LIMITS.host), "x".repeat(CHIA_LIMITS.host + 1), "x".repeat(100_000)];
    const peers = decodePeers(encodePeers(hosts.map((host) => ({ host, port: 1, timestamp: 0n }))));
    expect(peers.map(({ host }) => host)).toEqual([hosts[0], "", ""]);
  });

  it.each([0xffff_ffff, 0x8000_0000, CHIA_LIMITS.message + 1])("of data that claim %i octets are refused", (length) => {
    const frame = new Writer().u8(44, "type").u8(0, "flag").u32be(length, "length").finish();
    expect(() => decodeMessage(frame)).toThrow(WireError);
    const handshake = new Writer().u32be(length, "network id").finish();
    expect(() => decodeHandshake(handshake)).toThrow(WireError);
  });
});

it("takes no text that is not UTF-8", () => {
  const data = encodeHandshake({ ...NODE, softwareVersion: "xyz" });
  const at = data.indexOf(utf8ToBytes("xyz")[0]!);
  data[at] = 0xff;
  expect(() => decodeHandshake(data)).toThrow("software version: is not UTF-8");
});

describe("versions", () => {
  it("compare as numbers, and come back", () => {
    const order = ["0.0.35", "0.0.36", "0.1.0", "0.255.255", "1.0.0", "32767.255.255"];
    const numbers = order.map((text) => versionNumber(text));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.map((number) => versionText(number))).toEqual(order);
    expect(versionNumber("0.0.36")).toBe(36);
  });

  it.each(["", "0.0", "0.0.36rc1", "0.0.256", "1.256.0", "32768.0.0", "a.b.c", "0.0.36 ", "-1.0.0", "٣.0.0"])(
    "count %j as none",
    (text) => {
      expect(versionNumber(text)).toBe(0);
    },
  );
});

describe("capabilities", () => {
  it("are bits, the first one bit 0", () => {
    expect(capabilityServices(offered([1, 2, 3, 5]))).toBe("17");
    expect(capabilityServices(offered([64]))).toBe("8000000000000000");
    expect(capabilityServices([])).toBe("0");
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 64 })), (ids) => {
        const capabilities = offered([...ids].sort((a, b) => a - b));
        expect(serviceCapabilities(capabilityServices(capabilities))).toEqual(capabilities);
      }),
    );
  });

  it("count only where their state is 1 and their id has a bit", () => {
    expect(
      capabilityServices([
        [1, "0"],
        [2, "11"],
        [3, ""],
        [0, "1"],
        [65, "1"],
        [0xffff, "1"],
      ]),
    ).toBe("0");
  });
});

describe("addresses in gossip", () => {
  it.each([
    ["25.1.1.1", 8444, "25.1.1.1"],
    ["2A01:4F8::1", 8444, "2a01:4f8::1"],
    ["::ffff:25.1.1.1", 8444, "25.1.1.1"],
  ])("%s is dialled as it is written canonically", (host, port, canonical) => {
    expect(peerAddress({ host, port, timestamp: 0n })).toMatchObject({ host: canonical, port });
  });

  it.each([
    ["", 8444],
    ["example.com", 8444],
    ["25.1.1.1", 0],
    ["25.1.1", 8444],
    ["25.1.1.1:1", 8444],
    ["[::1]", 8444],
    ["fe80::1%eth0", 8444],
    ["\u0000", 1],
  ])("%j on port %i is nobody", (host, port) => {
    expect(peerAddress({ host, port, timestamp: 0n })).toBeUndefined();
  });
});

describe("the reason of a close", () => {
  it("may name our network as the wrong one, or another error", () => {
    expect(closeFailure(ERROR_CLOSE_CODE, "110")).toMatchObject({ failure: "wrong-network" });
    expect(closeFailure(ERROR_CLOSE_CODE, "-6")).toEqual({ failure: "closed", detail: "the peer hung up for its error -6" });
  });

  it.each([
    [1_000, "110"],
    [1_002, ""],
    [1_002, "bad opcode"],
    [1_006, ""],
  ])("%i %j says nothing more", (code, reason) => {
    expect(closeFailure(code, reason)).toBeUndefined();
  });
});
