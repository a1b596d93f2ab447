import { blake256 } from "@noble/hashes/blake1.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MESSAGE_VECTORS } from "../../../test/support/bitcoin-vectors.ts";
import { cut } from "../../../test/support/octets.ts";
import { WireError } from "../wire-error.ts";
import { encodeMessage, frameReader } from "./frame.ts";
import type { Message } from "../envelope/frame.ts";
import { BITCOIN_LIMITS } from "./limits.ts";

const MAGIC = "f9beb4d9";
const EMPTY = new Uint8Array(0);
const VERACK = encodeMessage(MAGIC, "verack", EMPTY);

/** All messages of a stream that comes in the given pieces. */
const readAll = (pieces: Uint8Array[], reader = frameReader(MAGIC)): Message[] => pieces.flatMap((piece) => [...reader.push(piece)]);
const header = (command: string, length: number): Uint8Array => {
  const bytes = encodeMessage(MAGIC, command, EMPTY).slice();
  new DataView(bytes.buffer).setUint32(16, length, true);
  return bytes;
};
const failureOf = (bytes: Uint8Array, reader = frameReader(MAGIC)): string | undefined => {
  try {
    readAll([bytes], reader);
  } catch (error) {
    if (error instanceof WireError) return error.failure;
    throw error;
  }
  return undefined;
};

describe("encodeMessage", () => {
  it("writes the known octets", () => {
    expect(bytesToHex(VERACK)).toBe("f9beb4d976657261636b000000000000000000005df6e0e2");
  });

  it("takes another family's checksum", () => {
    const bytes = encodeMessage("f900b4d9", "verack", EMPTY, (payload) => blake256(payload).subarray(0, 4));
    expect(bytesToHex(bytes)).toBe("f900b4d976657261636b00000000000000000000716f6e86");
  });

  it.each(["thirteenchars", "caf\u00e9", "a\nb"])("refuses the command %j", (command) => {
    expect(() => encodeMessage(MAGIC, command, EMPTY)).toThrow(WireError);
  });
});

describe("FrameReader", () => {
  it("gives the same messages however the stream is cut", () => {
    const payload = hexToBytes("0102030405060708");
    const stream = concatBytes(VERACK, encodeMessage(MAGIC, "ping", payload), header("inv", 3), EMPTY, Uint8Array.of(9, 9, 9), VERACK);
    const expected = [
      { command: "verack", payload: EMPTY },
      { command: "ping", payload },
      { command: "verack", payload: EMPTY },
    ];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (lengths) => {
        expect(readAll(cut(stream, lengths))).toEqual(expected);
      }),
    );
  });

  it("yields what came before the fault, then throws, and goes on throwing", () => {
    const reader = frameReader(MAGIC);
    const messages: string[] = [];
    const read = () => {
      for (const { command } of reader.push(concatBytes(VERACK, Uint8Array.of(0xff)))) messages.push(command);
    };
    expect(read).toThrow(WireError);
    expect(messages).toEqual(["verack"]);
    expect(() => readAll([VERACK], reader)).toThrow(WireError);
  });

  it("is of no use after any fault", () => {
    const badCommand = VERACK.slice().fill(0x80, 4, 5);
    for (const fault of [Uint8Array.of(0xff), badCommand, header("addr", 1_000_000)]) {
      const reader = frameReader(MAGIC);
      const first = failureOf(fault, reader);
      expect(first).toBeDefined();
      expect(failureOf(VERACK, reader)).toBe(first);
      expect(failureOf(new Uint8Array(0), reader)).toBe(first);
      expect(reader.buffered).toBe(0);
    }
  });

  it("knows another network by its first wrong octet", () => {
    expect(failureOf(Uint8Array.of(0xf9, 0xbe))).toBeUndefined();
    expect(failureOf(Uint8Array.of(0xfa))).toBe("wrong-network");
    expect(failureOf(hexToBytes("f9beb4da"))).toBe("wrong-network");
    const http = Uint8Array.from("HTTP/1.1 400 Bad Request", (char) => char.charCodeAt(0));
    expect(failureOf(http)).toBe("wrong-network");
  });

  it("refuses commands that are not zero-padded ASCII", () => {
    for (const [at, octet] of [
      [4, 0x1f],
      [4, 0x7f],
      [5, 0x80],
      [15, 0x41],
    ] as const) {
      const bytes = VERACK.slice();
      bytes[at] = octet;
      expect(failureOf(bytes)).toBe("malformed");
    }
  });

  it("drops a message with a wrong checksum, counts it and goes on", () => {
    const bad = encodeMessage(MAGIC, "ping", hexToBytes("0102030405060708"));
    bad[20]! ^= 1;
    const reader = frameReader(MAGIC);
    expect(readAll([concatBytes(bad, VERACK)], reader)).toEqual([{ command: "verack", payload: EMPTY }]);
    expect(reader.dropped).toBe(1);
  });

  it.each(Object.entries(BITCOIN_LIMITS.payload))("takes a %s of %i octets and no more", (command, most) => {
    expect(failureOf(header(command, most))).toBeUndefined();
    expect(failureOf(header(command, most + 1))).toBe("flooding");
    const [message] = readAll([encodeMessage(MAGIC, command, new Uint8Array(most))]);
    expect(message?.payload.length).toBe(most);
  });

  it.each(["constructor", "__proto__", "toString", "", "block"])("skips the unknown command %j without keeping it", (command) => {
    const reader = frameReader(MAGIC);
    expect(readAll([header(command, 100_000), new Uint8Array(60_000)], reader)).toEqual([]);
    expect(reader.buffered).toBe(0);
    expect(readAll([new Uint8Array(40_000), VERACK], reader)).toHaveLength(1);
  });

  it("calls it flooding when unknown messages are too large in all", () => {
    expect(failureOf(header("block", BITCOIN_LIMITS.skippedOctets))).toBeUndefined();
    expect(failureOf(header("block", BITCOIN_LIMITS.skippedOctets + 1))).toBe("flooding");
    expect(failureOf(header("block", 0xffff_ffff))).toBe("flooding");
    const half = BITCOIN_LIMITS.skippedOctets / 2;
    const reader = frameReader(MAGIC);
    readAll([header("block", half), new Uint8Array(half), header("tx", half), new Uint8Array(half)], reader);
    expect(failureOf(header("inv", 1), reader)).toBe("flooding");
    expect(
      failureOf(header("block", 16_000_000), frameReader(MAGIC, undefined, { ...BITCOIN_LIMITS, skippedOctets: 16_000_000 })),
    ).toBeUndefined();
  });

  it("calls it flooding when the messages that are read are too large in all", () => {
    const most = BITCOIN_LIMITS.payload.addrv2;
    const message = encodeMessage(MAGIC, "addrv2", new Uint8Array(most));
    const reader = frameReader(MAGIC);
    readAll([message, message], reader);
    expect(failureOf(header("addrv2", BITCOIN_LIMITS.readOctets - 2 * most + 1), reader)).toBe("flooding");
  });

  it("calls it flooding when there are too many messages, dropped and skipped ones included", () => {
    for (const message of [VERACK, header("tx", 0), header("verack", 0).fill(0, 20)]) {
      const reader = frameReader(MAGIC);
      for (let i = 0; i < BITCOIN_LIMITS.messages; i++) readAll([message], reader);
      expect(failureOf(message, reader)).toBe("flooding");
    }
  });

  it("holds no more memory than twice what was received", () => {
    const reader = frameReader(MAGIC);
    readAll([header("addrv2", BITCOIN_LIMITS.payload.addrv2)], reader);
    expect(reader.buffered).toBeLessThanOrEqual(1_024);
    for (let received = 5_000; received <= 500_000; received += 5_000) {
      readAll([new Uint8Array(5_000)], reader);
      expect(reader.buffered).toBeLessThanOrEqual(2 * received);
    }
  });

  // Quadratic work would take hours here and run into the test's time limit.
  it("reads a large message octet by octet", () => {
    const message = encodeMessage(MAGIC, "addrv2", new Uint8Array(BITCOIN_LIMITS.payload.addrv2));
    expect(readAll(cut(message, [1]))).toHaveLength(1);
  });

  it("yields nothing for a message that is cut off, wherever", () => {
    for (const { bytes, decoded } of MESSAGE_VECTORS) {
      for (let length = 0; length < bytes.length; length++) {
        expect(readAll([bytes.subarray(0, length)], frameReader(decoded.magic))).toEqual([]);
      }
    }
  });
});
