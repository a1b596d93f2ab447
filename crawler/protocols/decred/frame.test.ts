/** What Decred's frames have of their own; the rest is tested with Bitcoin's. */
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { WireError } from "../wire-error.ts";
import { encodeMessage, frameReader } from "./frame.ts";
import { DECRED_LIMITS } from "./limits.ts";

const MAGIC = "f900b4d9";
const EMPTY = new Uint8Array(0);
const PING = encodeMessage(MAGIC, "ping", hexToBytes("0102030405060708"));

const header = (command: string, length: number): Uint8Array => {
  const bytes = encodeMessage(MAGIC, command, EMPTY);
  new DataView(bytes.buffer).setUint32(16, length, true);
  return bytes;
};
const failureOf = (bytes: Uint8Array, reader = frameReader(MAGIC)): string | undefined => {
  try {
    for (const message of reader.push(bytes)) expect(message.command).toBeDefined();
  } catch (error) {
    if (error instanceof WireError) return error.failure;
    throw error;
  }
  return undefined;
};

describe("frames", () => {
  it("end at any flipped bit: of the checksum, of what it covers, of the magic or the length", () => {
    for (let at = 0; at < PING.length; at++) {
      if (at >= 4 && at < 16) continue; // another command is another message, which is skipped
      for (let bit = 0; bit < 8; bit++) {
        const bad = PING.slice();
        bad[at]! ^= 1 << bit;
        expect(["wrong-network", "malformed", "flooding"], `${at}.${bit}`).toContain(failureOf(concatBytes(bad, PING)));
      }
    }
  });

  it("with Bitcoin's checksum are none", () => {
    const bad = PING.slice();
    bad.set(hexToBytes("5df6e0e2"), 20);
    expect(failureOf(bad)).toBe("malformed");
  });

  it.each(Object.entries(DECRED_LIMITS.payload))("take a %s of %i octets and no more", (command, most) => {
    expect(failureOf(encodeMessage(MAGIC, command, new Uint8Array(most)))).toBeUndefined();
    for (const length of [most + 1, 0x7fff_ffff, 0xffff_ffff]) expect(failureOf(header(command, length))).toBe("flooding");
  });

  it("skip what we do not read, within limits", () => {
    expect(failureOf(header("inv", DECRED_LIMITS.skippedOctets))).toBeUndefined();
    expect(failureOf(header("inv", DECRED_LIMITS.skippedOctets + 1))).toBe("flooding");
    expect(failureOf(header("mixpairreq", 0xffff_ffff))).toBe("flooding");
    const reader = frameReader(MAGIC);
    for (let i = 0; i < DECRED_LIMITS.messages; i++) expect(failureOf(encodeMessage(MAGIC, "sendheaders", EMPTY), reader)).toBeUndefined();
    expect(reader.messages).toBe(DECRED_LIMITS.messages);
    expect(failureOf(PING, reader)).toBe("flooding");
  });

  it("are too large in all beyond two answers", () => {
    const reader = frameReader(MAGIC);
    const answer = encodeMessage(MAGIC, "addrv2", new Uint8Array(DECRED_LIMITS.payload.addrv2));
    expect(failureOf(concatBytes(answer, answer), reader)).toBeUndefined();
    expect(failureOf(answer, reader)).toBe("flooding");
  });

  it("may be told to refuse unknown commands, as a node does", () => {
    const strict = frameReader(MAGIC, { ...DECRED_LIMITS, strictCommand: true });
    expect(failureOf(PING, strict)).toBeUndefined();
    expect(failureOf(encodeMessage(MAGIC, "sendaddrv2", EMPTY), strict)).toBe("malformed");
    expect(failureOf(PING, strict)).toBe("malformed");
  });
});
