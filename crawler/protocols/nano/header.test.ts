import { describe, expect, it } from "vitest";
import { NANO } from "../../../schema/networks/nano.ts";
import { decodeHeader, encodeMessage, NANO_TYPE, payloadLength } from "./header.ts";

const length = (type: number, extensions = 0): number => payloadLength({ type, extensions });

describe("payloadLength", () => {
  it.each([
    ["keepalive", NANO_TYPE.keepalive, 0, 144],
    ["keepalive, flags that mean nothing", NANO_TYPE.keepalive, 0xffff, 144],
    ["publish, send", NANO_TYPE.publish, 0x0200, 152],
    ["publish, receive", NANO_TYPE.publish, 0x0300, 136],
    ["publish, open", NANO_TYPE.publish, 0x0400, 168],
    ["publish, change", NANO_TYPE.publish, 0x0500, 136],
    ["publish, state", NANO_TYPE.publish, 0x0600, 216],
    ["publish, state, from its maker", NANO_TYPE.publish, 0xf6ff, 216],
    ["confirm_req of none", NANO_TYPE.confirmReq, 0, 0],
    ["confirm_req of 15", NANO_TYPE.confirmReq, 0xf000, 64 * 15],
    ["confirm_req of 15, bits that mean nothing", NANO_TYPE.confirmReq, 0xfffe, 64 * 15],
    ["confirm_req of 255", NANO_TYPE.confirmReq, 0xf0f1, 64 * 255],
    ["confirm_req of 0x2e", NANO_TYPE.confirmReq, 0x20e1, 64 * 0x2e],
    ["confirm_ack of none", NANO_TYPE.confirmAck, 0, 104],
    ["confirm_ack of 12", NANO_TYPE.confirmAck, 0xc600, 104 + 32 * 12],
    ["confirm_ack of 255", NANO_TYPE.confirmAck, 0xffff, 104 + 32 * 255],
    ["bulk_pull", NANO_TYPE.bulkPull, 0, 64],
    ["bulk_pull, with a count", NANO_TYPE.bulkPull, 1, 72],
    ["bulk_pull, ascending only", NANO_TYPE.bulkPull, 2, 64],
    ["bulk_push", NANO_TYPE.bulkPush, 0xffff, 0],
    ["frontier_req", NANO_TYPE.frontierReq, 0, 40],
    ["bulk_pull_account", NANO_TYPE.bulkPullAccount, 0, 49],
    ["handshake of nothing", NANO_TYPE.handshake, 0, 0],
    ["handshake of nothing, V2", NANO_TYPE.handshake, 4, 0],
    ["query", NANO_TYPE.handshake, 1, 32],
    ["query, V2", NANO_TYPE.handshake, 5, 32],
    ["response", NANO_TYPE.handshake, 2, 96],
    ["response, V2", NANO_TYPE.handshake, 6, 160],
    ["query and response", NANO_TYPE.handshake, 3, 128],
    ["query and response, V2", NANO_TYPE.handshake, 7, 192],
    ["query and response, V2, and bits that mean nothing", NANO_TYPE.handshake, 0xffff, 192],
    ["telemetry_req", NANO_TYPE.telemetryReq, 0xffff, 0],
    ["telemetry_ack, nothing", NANO_TYPE.telemetryAck, 0, 0],
    ["telemetry_ack", NANO_TYPE.telemetryAck, 202, 202],
    ["telemetry_ack, the largest", NANO_TYPE.telemetryAck, 0xffff, 1023],
    ["asc_pull_req", NANO_TYPE.ascPullReq, 0, 9],
    ["asc_pull_req, the largest", NANO_TYPE.ascPullReq, 0xffff, 9 + 0xffff],
    ["asc_pull_ack, the largest", NANO_TYPE.ascPullAck, 0xffff, 9 + 0xffff],
  ])("%s", (_, type, extensions, octets) => {
    expect(length(type, extensions)).toBe(octets);
  });

  it("knows every type of nano-node, and no other", () => {
    const known = Array.from({ length: 256 }, (_, type) => type).filter((type) => {
      try {
        return length(type, 0x0600) >= 0;
      } catch {
        return false;
      }
    });
    expect(known).toEqual([2, 3, 4, 5, 6, 7, 8, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);
    expect(known).toEqual(Object.values(NANO_TYPE));
  });

  it.each([0x0000, 0x0100, 0x0700, 0x0f00])("knows no block of extensions %i", (extensions) => {
    expect(() => length(NANO_TYPE.publish, extensions)).toThrow("block type: is unknown");
  });
});

describe("messages", () => {
  it("write the network id as it is, versions, type, and the extensions with the lower octet first", () => {
    const octets = encodeMessage(NANO.wire, NANO_TYPE.telemetryReq, 0xabcd, new Uint8Array(0));
    expect([...octets]).toEqual([0x52, 0x43, 0x15, 0x15, 0x14, 0x0c, 0xcd, 0xab]);
    expect(decodeHeader(octets.subarray(2))).toEqual({ versionMax: 21, versionUsing: 21, versionMin: 20, type: 0x0c, extensions: 0xabcd });
  });

  it("must be as long as their header says", () => {
    expect(() => encodeMessage(NANO.wire, NANO_TYPE.keepalive, 0, new Uint8Array(143))).toThrow(
      "payload: of 143 octets, 144 are announced",
    );
    expect(() => encodeMessage(NANO.wire, 0x20, 0, new Uint8Array(0))).toThrow("type");
    for (let octets = 0; octets < 6; octets++) expect(() => decodeHeader(new Uint8Array(octets))).toThrow("needs");
  });
});
