/** Every vector of test/vectors/nano.json: generated with two libraries, captured from a live node in 2021, and from nano-node's own sources. */
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../schema/address.ts";
import { NANO, NANO_BETA, NANO_TEST } from "../../../schema/networks/nano.ts";
import { drawing, NanoScript, TELEMETRY } from "../../../test/support/nano-peer.ts";
import { nodeIdText } from "../../../test/support/nano-node-id.ts";
import {
  NANO_GENESES,
  NANO_KEYS,
  NANO_MESSAGES,
  NANO_OTHER_KEYS,
  NANO_SIGNATURES,
  type NanoVector,
} from "../../../test/support/nano-vectors.ts";
import { decodeHandshake, encodeHandshake, isProof } from "./handshake.ts";
import { decodeHeader, encodeMessage, NANO_TYPE, payloadLength, type NanoWire } from "./header.ts";
import { decodeKeepalive, encodeKeepalive } from "./keepalive.ts";
import { MessageReader, type Message } from "./messages.ts";
import { nodeIdOf, sign, verify } from "./signature.ts";
import { decodeTelemetry, encodeTelemetry, isSigned } from "./telemetry.ts";

const V18: NanoWire = { ...NANO.wire, versionMax: 0x12, versionUsing: 0x12, versionMin: 0x12 };
const bytes = (name: NanoVector): Uint8Array => NANO_MESSAGES[name].hex;

function read(name: NanoVector, networkId = NANO.wire.networkId): Message {
  const [message, ...more] = new MessageReader(networkId).push(bytes(name));
  expect(more).toEqual([]);
  return message!;
}

const handshake = (name: NanoVector): ReturnType<typeof decodeHandshake> => {
  const { header, payload } = read(name);
  return decodeHandshake(header.extensions, payload);
};

describe("the file", () => {
  it("has no vector that is not tested here", () => {
    expect(NANO_OTHER_KEYS.sort()).toEqual(["about", "genesis", "key_sources", "keys", "verify_only"]);
    for (const { hex, len } of Object.values(NANO_MESSAGES)) expect(hex).toHaveLength(len);
  });

  it("agrees with the networks", () => {
    expect([NANO, NANO_BETA, NANO_TEST].map(({ wire }) => wire.genesis.toUpperCase())).toEqual([
      NANO_GENESES.live,
      NANO_GENESES.beta,
      NANO_GENESES.test,
    ]);
    expect(NANO.wire.genesis).toBe(bytesToHex(NANO_KEYS.genesisLive));
  });
});

describe("keys and signatures", () => {
  it("makes the public keys of nano-node's and feeless's sources", () => {
    expect(nodeIdOf(NANO_KEYS.clientPrv)).toEqual(NANO_KEYS.clientPub);
    expect(nodeIdOf(NANO_KEYS.serverPrv)).toEqual(NANO_KEYS.serverPub);
  });

  it.each(NANO_SIGNATURES)("verifies that of $source", ({ pub, msg, sig, valid }) => {
    expect(verify(sig, msg, pub)).toBe(valid);
  });

  it("writes a node's id as the log of 2021 does", () => {
    expect(nodeIdText(NANO_SIGNATURES[0]!.pub)).toBe("node_1jnshbou58isfh89inpx3q4wzqacjyxtsmdr13i97491x1owd6hqy7wdttdx");
    expect(nodeIdText(handshake("live_response_v1").response!.nodeId)).toBe(
      "node_3kzadsa5ch5i3dn6fszsapwp1ag99yhkn4x3fjkgjqrewuy6hhoqyu8ds1sf",
    );
  });
});

describe("handshakes", () => {
  it.each([
    ["live_query", NANO.wire],
    ["live_query_response_v2", NANO.wire],
    ["live_response_v2", NANO.wire],
    ["live_query_v1", V18],
    ["live_query_response_v1", V18],
    ["live_response_v1", V18],
  ] as const)("%s comes back as it was", (name, wire) => {
    expect(bytesToHex(encodeHandshake(wire, handshake(name)))).toBe(bytesToHex(bytes(name)));
    expect(read(name).header.versionUsing).toBe(wire.versionUsing);
  });

  it("are other networks' by their id alone", () => {
    expect(encodeHandshake({ ...NANO.wire, networkId: "5241" }, handshake("live_query"))).toEqual(bytes("dev_query"));
    expect(() => read("dev_query")).toThrow(expect.objectContaining({ failure: "wrong-network" }));
    expect(read("dev_query", "5241").header.type).toBe(NANO_TYPE.handshake);
  });

  it("hold what they were made of", () => {
    expect(handshake("live_query")).toEqual({ cookie: NANO_KEYS.clientCookie, response: undefined, understandsV2: true });
    const { cookie, response } = handshake("live_query_response_v2");
    expect(cookie).toEqual(NANO_KEYS.serverCookie);
    expect(response).toMatchObject({ nodeId: NANO_KEYS.serverPub, v2: { salt: NANO_KEYS.salt, genesis: NANO_KEYS.genesisLive } });
    expect(handshake("live_response_v2")).toMatchObject({ cookie: undefined, response: { nodeId: NANO_KEYS.clientPub } });
  });

  it.each([
    ["live_query", "live_query_response_v2"],
    ["live_query_response_v2", "live_response_v2"],
    ["live_query_v1", "live_query_response_v1"],
    ["live_query_response_v1", "live_response_v1"],
  ] as const)("the cookie of %s is proved by %s, and no other is", (query, answer) => {
    const cookie = handshake(query).cookie!;
    const response = handshake(answer).response!;
    expect(isProof(cookie, response)).toBe(true);
    for (let bit = 0; bit < 256; bit += 17) {
      const flipped = cookie.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet));
      expect(isProof(flipped, response)).toBe(false);
    }
  });

  it("are what the session says and understands, octet for octet", () => {
    const salt = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
    const script = new NanoScript({ random: drawing(NANO_KEYS.clientCookie, NANO_KEYS.clientPrv, salt) }).open();
    expect(script.octets).toEqual(bytes("live_query"));
    script.sends(bytes("live_query_response_v2"));
    expect(script.octets).toEqual(concatBytes(bytes("live_query"), bytes("live_response_v2")));
    script.sends(
      concatBytes(
        bytes("live_keepalive_self"),
        bytes("live_telemetry_req"),
        bytes("live_telemetry_ack_empty"),
        bytes("live_telemetry_ack"),
      ),
    );
    expect(script.kinds).toEqual(["verified", "hearsay", "learned", "done"]);
  });

  it("of 2021 verify in a session that still takes version 18", () => {
    const query = handshake("live_query_v1").cookie!;
    const network = { ...NANO, minVersion: 0x12 };
    const script = new NanoScript({ random: drawing(query) }, network).open().sends(bytes("live_query_response_v1"));
    expect(script.events).toEqual([{ type: "verified", evidence: { services: "0", version: 0x12 } }]);
    expect(script.handshakes[1]).toMatchObject({ cookie: undefined, response: { v2: undefined }, understandsV2: false });
    expect(new NanoScript({ random: drawing(query) }).open().sends(bytes("live_query_response_v1")).kinds).toEqual(["version-too-old"]);
  });
});

describe("other messages", () => {
  it("live_keepalive_self names a port and five peers", () => {
    const { header, payload } = read("live_keepalive_self");
    const { ownPort, peers } = decodeKeepalive(payload);
    expect(ownPort).toBe(7075);
    expect(peers.map(formatAddress)).toEqual([
      "67.205.189.200:7075",
      "139.59.181.118:7075",
      "66.175.210.21:7075",
      "161.97.136.129:54000",
      "[2001:db8::1]:7075",
    ]);
    expect(encodeMessage(NANO.wire, header.type, 0, encodeKeepalive({ ownPort, peers }))).toEqual(bytes("live_keepalive_self"));
  });

  it("live_keepalive_empty names nobody", () => {
    const nobody = { ownPort: undefined, peers: [] };
    expect(decodeKeepalive(read("live_keepalive_empty").payload)).toEqual(nobody);
    expect(encodeMessage(NANO.wire, NANO_TYPE.keepalive, 0, encodeKeepalive(nobody))).toEqual(bytes("live_keepalive_empty"));
  });

  it("live_telemetry_ack says everything, signed", () => {
    const { header, payload } = read("live_telemetry_ack");
    const telemetry = decodeTelemetry(payload)!;
    expect(telemetry).toMatchObject(TELEMETRY);
    expect(telemetry.signed).toHaveLength(138);
    expect(isSigned(telemetry)).toBe(true);
    const again = encodeTelemetry(TELEMETRY, NANO_KEYS.serverPrv);
    expect(encodeMessage(NANO.wire, header.type, again.length, again)).toEqual(bytes("live_telemetry_ack"));
    expect(sign(telemetry.signed, NANO_KEYS.serverPrv)).toEqual(telemetry.signature);
  });

  it("live_telemetry_req and live_telemetry_ack_empty are headers alone", () => {
    expect([...new MessageReader(NANO.wire.networkId).push(bytes("live_telemetry_req"))]).toEqual([]);
    expect(decodeTelemetry(read("live_telemetry_ack_empty").payload)).toBeUndefined();
  });
});

describe("headers of other projects' tests", () => {
  it("feeless: version 18, keepalive, extensions 3", () => {
    const header = decodeHeader(hexToBytes("121212020300"));
    expect(header).toEqual({ versionMax: 18, versionUsing: 18, versionMin: 18, type: NANO_TYPE.keepalive, extensions: 3 });
  });

  it("rsnano: publish with extensions 0xabcd, of a block type that there is not", () => {
    const header = decodeHeader(hexToBytes("12121203cdab"));
    expect(header).toMatchObject({ type: NANO_TYPE.publish, extensions: 0xabcd });
    expect(() => payloadLength(header)).toThrow("block type");
  });
});
