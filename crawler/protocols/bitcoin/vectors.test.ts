/** Every vector of test/vectors/bitcoin-family.json: generated, captured from real nodes, and from other projects' own tests. */
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../schema/address.ts";
import { MESSAGE_VECTORS, UPSTREAM_VECTORS, type DecodedVector } from "../../../test/support/bitcoin-vectors.ts";
import type { Hearsay } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { encodeMessage, frameReader } from "./frame.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";
import { encodeAddr, type Gossip } from "../envelope/addr.ts";
import { encodeNonce, encodeVersion, type Endpoint } from "../envelope/version.ts";
import { decodeAddrv2, encodeAddrv2 } from "./addrv2.ts";

type EntryVector = NonNullable<DecodedVector["entries"]>[number];

const endpoint = ({ services, address }: Endpoint): [number, string, number] => [Number(`0x${services}`), address.host, address.port];
const entry = ({ address, services, time }: Hearsay): EntryVector => ({
  time,
  services: Number(`0x${services}`),
  host: address.host,
  port: address.port,
});

/** What the codecs make of a payload, in the form of the vector file, and the octets they make of that again. */
function decode(command: string, payload: Uint8Array): { decoded: Partial<DecodedVector>; again: Uint8Array } {
  if (command === "addr" || command === "addrv2") {
    const gossip = command === "addr" ? decodeAddr(payload) : decodeAddrv2(payload);
    const again = command === "addr" ? encodeAddr(gossip.entries) : encodeAddrv2(gossip.entries);
    return { decoded: { entries: gossip.entries.map(entry) }, again };
  }
  if (command === "ping" || command === "pong") return { decoded: {}, again: encodeNonce(decodeNonce(payload)) };
  if (command !== "version") return { decoded: {}, again: new Uint8Array(0) };
  const message = decodeVersion(payload);
  const decoded: Partial<DecodedVector> = {
    version: message.version,
    services: Number(`0x${message.services}`),
    timestamp: Number(message.timestamp),
    addr_recv: endpoint(message.receiver),
    addr_from: endpoint(message.sender!),
    nonce: String(message.nonce),
    user_agent: message.userAgent,
    start_height: message.startHeight,
    relay: Number(message.relay),
  };
  return { decoded, again: encodeVersion(message) };
}

describe("messages", () => {
  it.each(MESSAGE_VECTORS)("$name", ({ hex, decoded: { magic, command, payload_len, ...fields } }) => {
    const [message, ...more] = frameReader(magic).push(hexToBytes(hex));
    expect(more).toEqual([]);
    expect(message?.command).toBe(command);
    expect(message?.payload.length).toBe(payload_len);
    const { decoded, again } = decode(command, message!.payload);
    const known = fields.entries?.filter(({ host }) => host !== null);
    expect(decoded).toEqual(known === undefined ? fields : { ...fields, entries: known });
    // Only entries of unknown networks are lost on the way.
    if (known?.length === fields.entries?.length) expect(bytesToHex(encodeMessage(magic, command, again))).toBe(hex);
    else expect(decode(command, again).decoded).toEqual(decoded);
  });

  it("covers more than one of each kind", () => {
    expect(MESSAGE_VECTORS.filter(({ decoded }) => decoded.command === "version").length).toBeGreaterThanOrEqual(17);
    expect(MESSAGE_VECTORS.filter(({ decoded }) => decoded.entries !== undefined).length).toBeGreaterThanOrEqual(7);
  });
});

describe("Bitcoin Core's own tests", () => {
  const expected = [
    { address: { family: "ipv6", host: "::1", port: 0 }, services: "0", time: 0x4966bc61 },
    { address: { family: "ipv6", host: "::1", port: 0x00f1 }, services: "1", time: 0x83766279 },
    { address: { family: "ipv6", host: "::1", port: 0xf1f2 }, services: "448", time: 0xffff_ffff },
  ];

  it("stream_addrv1_hex", () => {
    const payload = hexToBytes(UPSTREAM_VECTORS.netbase_tests_stream_addrv1.hex_payload);
    expect(decodeAddr(payload)).toEqual({ count: 3, entries: expected });
    expect(encodeAddr(decodeAddr(payload).entries)).toEqual(payload);
  });

  it("stream_addrv2_hex", () => {
    const payload = hexToBytes(UPSTREAM_VECTORS.netbase_tests_stream_addrv2.hex_payload);
    expect(decodeAddrv2(payload)).toEqual({ count: 3, entries: expected });
    expect(encodeAddrv2(decodeAddrv2(payload).entries)).toEqual(payload);
  });

  it.each(UPSTREAM_VECTORS.net_tests_addrv2)("net_tests addrv2 %s: %s", (hex, verdict) => {
    // The vector is one address: put an entry around it, and a good entry after it.
    const next = "0000000000010401020304208d";
    const payload = hexToBytes(`020000000000${hex}208d${next}`);
    if (verdict.startsWith("malformed")) {
      expect(() => decodeAddrv2(payload)).toThrow(expect.objectContaining({ failure: "malformed" }));
      return;
    }
    const { count, entries } = decodeAddrv2(payload);
    const hosts = entries.map(({ address }) => address.host);
    expect(count).toBe(2);
    expect(hosts).toEqual(/^(skip|reject)/.test(verdict) ? ["1.2.3.4"] : [verdict, "1.2.3.4"]);
  });
});

describe("btcd's own tests", () => {
  it("version without a relay octet", () => {
    const payload = hexToBytes(UPSTREAM_VECTORS.btcd_msgversion_base_payload.hex_payload);
    const message = decodeVersion(payload);
    expect(message).toMatchObject({ version: 60002, services: "1", nonce: 123123n, userAgent: "/btcdtest:0.0.1/", startHeight: 234234 });
    expect(formatAddress(message.receiver.address)).toBe("192.168.0.1:8333");
    expect(message).not.toHaveProperty("relay");
    expect(encodeVersion(message)).toEqual(payload);
  });

  it.each(UPSTREAM_VECTORS.btcd_addrv2)("addrv2 %s: %s", (hex, verdict) => {
    const decoded = (): Gossip => decodeAddrv2(hexToBytes(hex));
    if (!verdict.startsWith("error")) {
      expect(decoded()).toMatchObject({ count: 2, entries: [{ address: { host: "127.0.0.1", port: 0x2222 } }] });
      return;
    }
    expect(decoded).toThrow(WireError);
    expect(decoded).toThrow(expect.objectContaining({ failure: verdict === "error: too many" ? "flooding" : "malformed" }));
  });
});

it("reads all vectors of one network from one stream", () => {
  const hexes = MESSAGE_VECTORS.filter(({ decoded }) => decoded.magic === "f9beb4d9").map(({ hex }) => hex);
  const commands = [...frameReader("f9beb4d9").push(concatBytes(...hexes.map(hexToBytes)))].map(({ command }) => command);
  expect(commands).toEqual(MESSAGE_VECTORS.filter(({ decoded }) => decoded.magic === "f9beb4d9").map(({ decoded }) => decoded.command));
});
