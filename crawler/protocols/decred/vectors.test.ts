/** Every vector of test/vectors/decred.json: written by dcrd's own code, and from its tests. */
import { blake256 } from "@noble/hashes/blake1.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../../schema/address.ts";
import { NETWORKS } from "../../../schema/networks/index.ts";
import { DECRED_VECTORS } from "../../../test/support/decred-vectors.ts";
import { encodeAddr } from "../envelope/addr.ts";
import { encodeNonce, encodeVersion, type VersionMessage } from "../envelope/version.ts";
import { onionHost } from "../overlay.ts";
import type { Hearsay } from "../session.ts";
import { decodeAddrv2, encodeAddrv2 } from "./addrv2.ts";
import { encodeMessage, frameReader } from "./frame.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";

const { fields, messages, upstream, blake256: hashes } = DECRED_VECTORS;

const versionMessage = (version: number): VersionMessage => ({
  version,
  services: "0",
  timestamp: BigInt(fields.version.timestamp),
  receiver: { services: "0", address: parseAddress(fields.version.receiver) },
  // parseAddress wants a port; nobody's address has none.
  sender: { services: "0", address: { family: "ipv4", host: "0.0.0.0", port: 0 } },
  nonce: BigInt(`0x${fields.version.nonce}`),
  userAgent: fields.version.userAgent,
  startHeight: 0,
  relay: false,
});
const entries = fields.addr.map(({ time, services, address }): Hearsay => ({ time, services, address: parseAddress(address) }));
const onion: Hearsay = { ...entries[0]!, address: { family: "onion", host: onionHost(hexToBytes(fields.onionKey)), port: 9108 } };
const nonce = BigInt(`0x${fields.nonce}`);

/** What a message says, what we read of a payload, and what we write. */
function reading(command: string, version: number): { says: unknown; read: (payload: Uint8Array) => unknown; written: Uint8Array } {
  switch (command) {
    case "version":
      return { says: versionMessage(version), read: decodeVersion, written: encodeVersion(versionMessage(version)) };
    case "addr":
      return { says: { count: 2, entries }, read: decodeAddr, written: encodeAddr(entries) };
    case "addrv2":
      return { says: { count: 3, entries: [...entries, onion] }, read: decodeAddrv2, written: encodeAddrv2([...entries, onion]) };
    case "ping":
    case "pong":
      return { says: nonce, read: decodeNonce, written: encodeNonce(nonce) };
    default:
      return { says: 0, read: (payload) => payload.length, written: new Uint8Array(0) };
  }
}

describe("messages", () => {
  it.each(messages)("$command on $magic at version $version", ({ command, magic, version, hex }) => {
    const { says, read, written } = reading(command, version);
    const [message, ...more] = frameReader(magic).push(hexToBytes(hex));
    expect(more).toEqual([]);
    expect(message?.command).toBe(command);
    expect(read(message!.payload)).toEqual(says);
    expect(bytesToHex(encodeMessage(magic, command, written))).toBe(hex);
  });

  it("come in one stream, and yield nothing where they are cut off", () => {
    const mainnet = messages.filter(({ magic }) => magic === "f900b4d9");
    const stream = concatBytes(...mainnet.map(({ hex }) => hexToBytes(hex)));
    expect([...frameReader("f900b4d9").push(stream)].map(({ command }) => command)).toEqual(mainnet.map(({ command }) => command));
    for (const { magic, hex } of messages) {
      const bytes = hexToBytes(hex);
      for (let length = 0; length < bytes.length; length++) expect([...frameReader(magic).push(bytes.subarray(0, length))]).toEqual([]);
    }
  });

  it("are of every kind, and of the networks that we know", () => {
    expect(new Set(messages.map(({ command }) => command))).toEqual(
      new Set(["version", "verack", "getaddr", "addr", "addrv2", "ping", "pong"]),
    );
    const magics = new Set(messages.map(({ magic }) => magic));
    for (const { name, wire } of NETWORKS) {
      if (wire.family === "decred" && !name.startsWith("devnet")) expect(magics.has(wire.magic), name).toBe(true);
    }
  });
});

describe("dcrd's own tests", () => {
  it("version without a relay octet", () => {
    const payload = hexToBytes(upstream.version.payload);
    const message = decodeVersion(payload);
    expect(message).toMatchObject({ version: 60002, services: "1", nonce: 123123n, userAgent: "/dcrdtest:0.0.1/", startHeight: 234234 });
    expect(formatAddress(message.receiver.address)).toBe("192.168.0.1:8333");
    expect(message).not.toHaveProperty("relay");
    expect(encodeVersion(message)).toEqual(payload);
  });

  it("addr of two entries", () => {
    const payload = hexToBytes(upstream.addr.payload);
    const told = decodeAddr(payload);
    expect(told.entries.map(({ address }) => formatAddress(address))).toEqual(["127.0.0.1:8333", "192.168.0.1:8334"]);
    expect(encodeAddr(told.entries)).toEqual(payload);
  });

  const { ipv4, ipv6, torv3, unknown } = upstream.addrv2.entries;
  it.each([
    ["ipv4", ipv4, "127.0.0.1:8333"],
    ["ipv6", ipv6, "[2620:100::1]:8333"],
    ["torv3", torv3, `${onionHost(hexToBytes(fields.onionKey))}:8333`],
  ])("addrv2: %s", (_, hex, address) => {
    const payload = hexToBytes(`01${hex}`);
    const told = decodeAddrv2(payload);
    expect(told.entries.map((entry) => formatAddress(entry.address))).toEqual([address]);
    expect(told.entries[0]).toMatchObject({ services: "1", time: 0x495fab29 });
    expect(encodeAddrv2(told.entries)).toEqual(payload);
  });

  it("addrv2: an unknown type", () => {
    expect(() => decodeAddrv2(hexToBytes(`01${unknown}`))).toThrow("type: is unknown");
  });
});

describe("BLAKE-256", () => {
  it.each(hashes)("of $input", ({ input, hash }) => {
    expect(bytesToHex(blake256(hexToBytes(input)))).toBe(hash);
    const message = encodeMessage("f900b4d9", "x", hexToBytes(input));
    expect(bytesToHex(message.subarray(20, 24))).toBe(hash.slice(0, 8));
  });
});
