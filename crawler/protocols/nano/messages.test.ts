import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { NANO } from "../../../schema/networks/nano.ts";
import { cut } from "../../../test/support/octets.ts";
import { NANO_MESSAGES } from "../../../test/support/nano-vectors.ts";
import { encodeMessage, NANO_TYPE, payloadLength } from "./header.ts";
import { NANO_LIMITS } from "./limits.ts";
import { MessageReader } from "./messages.ts";

const { wire } = NANO;
const message = (type: number, extensions = 0): Uint8Array =>
  encodeMessage(wire, type, extensions, new Uint8Array(payloadLength({ type, extensions })).fill(7));
const EVERY_TYPE = concatBytes(...Object.values(NANO_TYPE).map((type) => message(type, type === NANO_TYPE.publish ? 0x0600 : 0x1)));
const types = (bytes: readonly Uint8Array[], reader = new MessageReader(wire.networkId)): number[] =>
  bytes.flatMap((piece) => Array.from(reader.push(piece), ({ header }) => header.type));
const READ = [NANO_TYPE.keepalive, NANO_TYPE.handshake, NANO_TYPE.telemetryAck];

/** How the reader fails on these octets; after that it fails the same way for ever. */
const fault = (octets: Uint8Array, reader = new MessageReader(wire.networkId)): string => {
  try {
    types([octets], reader);
  } catch (error) {
    expect(() => types([Uint8Array.of(1)], reader)).toThrow(error instanceof Error ? error.message : "");
    expect(reader.buffered).toBe(0);
    return (error as { failure: string }).failure;
  }
  return "none";
};

describe("the stream", () => {
  it("gives what a crawler reads, in order, and skips the rest", () => {
    expect(types([EVERY_TYPE, EVERY_TYPE])).toEqual([...READ, ...READ]);
  });

  it("is the same however it is cut", () => {
    for (let length = 1; length < 300; length += 7) expect(types(cut(EVERY_TYPE, [length]))).toEqual(READ);
  });

  it("gives each message with its last octet, not before", () => {
    const { hex } = NANO_MESSAGES.live_query_response_v2;
    for (let length = 0; length < hex.length; length++) {
      const reader = new MessageReader(wire.networkId);
      expect([...reader.push(hex.subarray(0, length))]).toEqual([]);
      expect([...reader.push(hex.subarray(length))]).toHaveLength(1);
    }
  });

  it("gives payloads that outlive what they came in", () => {
    const octets = message(NANO_TYPE.keepalive);
    const [keepalive] = new MessageReader(wire.networkId).push(octets);
    octets.fill(0);
    expect(keepalive!.payload.every((octet) => octet === 7)).toBe(true);
  });

  it("holds no octet of what is skipped, and 1,023 at most", () => {
    const reader = new MessageReader(wire.networkId);
    const skipped = message(NANO_TYPE.ascPullAck, 0xffff);
    expect([...reader.push(skipped.subarray(0, 60_000))]).toEqual([]);
    expect(reader.buffered).toBe(0);
    expect(types([skipped.subarray(60_000), message(NANO_TYPE.telemetryAck, 0xffff).subarray(0, 100)], reader)).toEqual([]);
    expect(reader.buffered).toBe(1_023);
  });
});

describe("faults", () => {
  it("are noticed at the first octet of another network", () => {
    expect(fault(Uint8Array.of(0x52))).toBe("none");
    expect(fault(Uint8Array.of(0x51))).toBe("wrong-network");
    expect(fault(Uint8Array.of(0x52, 0x41))).toBe("wrong-network");
    expect(fault(concatBytes(message(NANO_TYPE.keepalive), Uint8Array.of(0x52, 0x42)))).toBe("wrong-network");
  });

  it("are types and blocks that nobody knows the size of", () => {
    for (const type of [0, 1, 9, 0x10, 0xff]) expect(fault(Uint8Array.of(0x52, 0x43, 21, 21, 20, type, 0, 0))).toBe("malformed");
    expect(fault(Uint8Array.of(0x52, 0x43, 21, 21, 20, NANO_TYPE.publish, 0, 1))).toBe("malformed");
  });

  it("are more messages, and more octets of no use, than an honest node sends", () => {
    const request = message(NANO_TYPE.telemetryReq);
    const many = new MessageReader(wire.networkId);
    for (let i = 0; i < NANO_LIMITS.messages; i++) types([request], many);
    expect(fault(request, many)).toBe("flooding");

    const heavy = message(NANO_TYPE.ascPullAck, 0xffff);
    const much = new MessageReader(wire.networkId);
    const fit = Math.floor(NANO_LIMITS.skippedOctets / (heavy.length - 8));
    for (let i = 0; i < fit; i++) types([heavy], much);
    expect(fault(heavy, much)).toBe("flooding");
  });
});
