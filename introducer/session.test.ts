import * as fc from "fast-check";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { decodeHandshake, encodeHandshake } from "../crawler/protocols/chia/handshake.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES } from "../crawler/protocols/chia/message.ts";
import { decodePeers } from "../crawler/protocols/chia/peers.ts";
import { createIntroducerSession } from "../crawler/protocols/chia/session.ts";
import { CHIA } from "../schema/networks/chia.ts";
import type { NetworkOf } from "../schema/network.ts";
import { IntroducerSession, type IntroducerContext } from "./session.ts";

if (CHIA.wire.family !== "chia") throw new TypeError("Chia is not of its own family");
const NETWORK: NetworkOf<"chia"> = { ...CHIA, wire: CHIA.wire };
const PEERS = [
  { host: "203.0.113.7", port: 8444, timestamp: 0n },
  { host: "2001:db8::1", port: 9444, timestamp: 0n },
];
const CONTEXT: IntroducerContext = { network: NETWORK, softwareVersion: "Seedcast 0.1.0", port: 8444, sample: () => PEERS };

// Captured from Chia's own Rust client, and as a wallet of 2.7.3 writes them.
const RUST_HANDSHAKE =
  "01000000003a000000076d61696e6e657400000006302e302e333700000005302e302e3000000600000003000100000001310002000000013100030000000131";
const WALLET_HANDSHAKE =
  "010000000041000000076d61696e6e657400000006302e302e333800000005322e372e330000060000000400010000000131000200000001310003000000013100060000000131";
const REQUEST = "3f0000000000";

const start = (changes: Partial<IntroducerContext> = {}) => new IntroducerSession({ ...CONTEXT, ...changes });
const told = (session: IntroducerSession, hex: string) => session.receive(hexToBytes(hex));
const message = (reaction: ReturnType<typeof told>) => {
  if (reaction.type === "close") throw new Error(`closed: ${reaction.fault}`);
  return decodeMessage(reaction.message);
};
const closed = (fault: string, reason: string) => ({ type: "close", fault, code: 1_002, reason });

describe("an introducer's side of the conversation", () => {
  it.each([RUST_HANDSHAKE, WALLET_HANDSHAKE])("answers a handshake as an introducer (%#)", (hex) => {
    const { type, id, data } = message(told(start(), hex));
    expect([type, id]).toEqual([MESSAGE_TYPES.handshake, undefined]);
    expect(decodeHandshake(data)).toEqual({
      networkId: "mainnet",
      protocolVersion: "0.0.36",
      softwareVersion: "Seedcast 0.1.0",
      serverPort: 8444,
      nodeType: 5,
      capabilities: [
        [1, "1"],
        [2, "1"],
        [3, "1"],
        [6, "1"],
      ],
    });
  });

  it("gives peers for each request, and repeats its id", () => {
    const session = start();
    told(session, WALLET_HANDSHAKE);
    const bare = message(told(session, REQUEST));
    expect([bare.type, bare.id, decodePeers(bare.data)]).toEqual([64, undefined, PEERS]);
    for (const [id, hex] of [
      [0, "3f01000000000000"],
      [32_767, "3f017fff00000000"],
    ] as const) {
      expect(message(told(session, hex)).id).toBe(id);
    }
  });

  it("writes an answer as Chia's own does", () => {
    const peer = { host: "127.0.0.1", port: 49_878, timestamp: 15_079_028_934_557_257_795n };
    const session = start({ sample: () => [peer] });
    told(session, WALLET_HANDSHAKE);
    const reaction = told(session, REQUEST);
    // Entry 91 of chia/_tests/util/protocol_messages_bytes-v1.0.
    expect(reaction.type === "introduce" && bytesToHex(reaction.message)).toBe(
      "40000000001b00000001000000093132372e302e302e31c2d6d14378ec821f5043",
    );
  });

  it("refuses another network with Chia's error 110, and says nothing of itself", () => {
    const { data } = decodeMessage(hexToBytes(WALLET_HANDSHAKE));
    const other = encodeMessage({ type: 1, data: encodeHandshake({ ...decodeHandshake(data), networkId: "testnet11" }) });
    expect(start().receive(other)).toEqual(closed("wrong-network", "110"));
  });

  it.each([
    ["a request", REQUEST],
    ["nothing", ""],
    ["half a handshake", WALLET_HANDSHAKE.slice(0, 60)],
    ["a handshake and an octet more", `${WALLET_HANDSHAKE}00`],
    ["text", "474554202f"],
  ])("refuses %s before the handshake", (_, hex) => {
    expect(told(start(), hex)).toEqual(closed("bad-handshake", "-6"));
  });

  it.each([
    ["a second handshake", WALLET_HANDSHAKE],
    ["a full node's request", "2b0000000000"],
    ["an unknown type", "fe0000000000"],
    ["a request with data", "3f000000000100"],
    ["an id that is neither there nor not", "3f02000000000000"],
    ["nothing", ""],
  ])("refuses %s after it", (_, hex) => {
    const session = start();
    told(session, WALLET_HANDSHAKE);
    expect(told(session, hex)).toEqual(closed("bad-message", "-4"));
  });

  it("gives no list where there is nothing that may be served", () => {
    const session = start({ sample: () => undefined });
    told(session, WALLET_HANDSHAKE);
    expect(told(session, REQUEST)).toMatchObject({ type: "close", fault: "not-ready", code: 1_013 });
  });

  it("answers whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), fc.boolean(), (frames, greeted) => {
        const session = start();
        if (greeted) told(session, WALLET_HANDSHAKE);
        for (const frame of frames) expect(["greet", "introduce", "close"]).toContain(session.receive(frame).type);
      }),
    );
  });

  it("is understood by our own client's side", () => {
    const context = { harvest: true, unixTime: 1_800_000_000, random: () => new Uint8Array(0), userAgent: "/test:1/" };
    const client = createIntroducerSession(NETWORK, { ...context, target: { family: "ipv4", host: "192.0.2.1", port: 8444 } });
    const server = start();
    const events = [];
    let { send } = client.open(0);
    while (send.length > 0) {
      const replies = send.map((frame) => server.receive(frame));
      const steps = replies.map((reaction) => client.receive(reaction.type === "close" ? new Uint8Array(0) : reaction.message, 1));
      events.push(...steps.flatMap((step) => step.events));
      send = steps.flatMap((step) => step.send);
    }
    expect(events).toMatchObject([
      { type: "verified" },
      { type: "hearsay", entries: [{ address: { host: "203.0.113.7", port: 8444 } }, { address: { host: "2001:db8::1", port: 9444 } }] },
      { type: "done" },
    ]);
  });
});
