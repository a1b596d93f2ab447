/** The handshake with scripted nodes: its order, and what a node is judged by. */
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { NANO, NANO_BETA } from "../../../schema/networks/nano.ts";
import { cut } from "../../../test/support/octets.ts";
import { answerTo, drawing, NanoScript, START, verified, type Answer } from "../../../test/support/nano-peer.ts";
import { NANO_KEYS } from "../../../test/support/nano-vectors.ts";
import { encodeHandshake, isProof } from "./handshake.ts";
import { encodeMessage, NANO_TYPE } from "./header.ts";
import { NANO_TIMEOUTS_MS } from "./limits.ts";

const EVIDENCE = { services: "0", version: 0x15 };
const lonely = (): NanoScript => new NanoScript({ harvest: false }).open();

describe("the order of the handshake", () => {
  it("opens with a query of a fresh cookie in V2, under our versions, and waits", () => {
    const script = new NanoScript().open();
    expect(script.handshakes).toEqual([{ cookie: NANO_KEYS.clientCookie, response: undefined, understandsV2: true }]);
    expect(script.sent[0]!.header).toMatchObject({ versionMax: 0x15, versionUsing: 0x15, versionMin: 0x14 });
    expect(script.deadline).toBe(START + NANO_TIMEOUTS_MS.handshake);
  });

  it("ends with the node's answer where nothing is to be harvested, and signs nothing", () => {
    const script = lonely().answers();
    expect(script.events).toEqual([{ type: "verified", evidence: EVIDENCE }, { type: "done" }]);
    expect(script.sent).toHaveLength(1);
    expect(script.deadline).toBeUndefined();
  });

  it.each([
    ["V2", {}, { salt: Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i), genesis: NANO_KEYS.genesisLive }],
    ["V1", { isV1: true }, undefined],
  ])("answers a node of %s in kind, without a query, and stays for a keepalive", (_, answer, v2) => {
    const script = verified(answer);
    const [, ours] = script.handshakes;
    expect(ours).toMatchObject({ cookie: undefined, understandsV2: v2 !== undefined, response: { nodeId: NANO_KEYS.clientPub } });
    expect(ours!.response!.v2).toEqual(v2);
    expect(isProof(NANO_KEYS.serverCookie, ours!.response!)).toBe(true);
    expect(script.kinds).toEqual(["verified"]);
    expect(script.deadline).toBe(START + NANO_TIMEOUTS_MS.keepalive);
  });

  it("takes another key for every session", () => {
    const ids = [1, 2].map((fill) => {
      const script = new NanoScript({ random: (length) => new Uint8Array(length).fill(fill) }).open().answers();
      return script.handshakes[1]!.response!.nodeId;
    });
    expect(ids[0]).not.toEqual(ids[1]);
  });

  it("is over with a node that has no cookie left for us", () => {
    const script = verified({ cookie: undefined });
    expect(script.kinds).toEqual(["verified", "done"]);
    expect(script.sent).toHaveLength(1);
  });

  it("passes over what comes before the answer", () => {
    const script = new NanoScript().open().knows([]).says(NANO_TYPE.telemetryReq, 0, new Uint8Array(0)).tells();
    expect(script.events).toEqual([]);
    expect(script.answers().kinds).toEqual(["verified"]);
  });

  it("passes over a second handshake", () => {
    const script = verified().answers();
    expect(script.kinds).toEqual(["verified"]);
    expect(script.sent).toHaveLength(2);
  });

  it("is the same however the node's octets are cut", () => {
    const octets = answerTo(NANO_KEYS.clientCookie, NANO.wire);
    for (let length = 1; length <= octets.length; length += 13) {
      const script = lonely();
      for (const piece of cut(octets, [length])) script.sends(piece);
      expect(script.kinds).toEqual(["verified", "done"]);
    }
  });
});

describe("what the node is judged by", () => {
  it.each<[string, Answer, string]>([
    ["a signature over another cookie", { signs: NANO_KEYS.serverCookie }, "malformed"],
    [
      "one over a cookie with a bit turned",
      { signs: NANO_KEYS.clientCookie.map((octet, i) => (i === 0 ? octet ^ 1 : octet)) },
      "malformed",
    ],
    ["one over another cookie, in V1", { isV1: true, signs: NANO_KEYS.serverCookie }, "malformed"],
    ["another network's genesis", { genesis: hexToBytes(NANO_BETA.wire.genesis) }, "wrong-network"],
    ["a version below the least", { version: 0x13 }, "version-too-old"],
    ["version 0", { version: 0 }, "version-too-old"],
    ["our own cookie: an echo", { cookie: NANO_KEYS.clientCookie }, "self"],
  ])("%s: %s", (_, answer, failure) => {
    const script = verified(answer);
    expect(script.kinds).toEqual([failure]);
    expect(script.sent).toHaveLength(1);
    expect(script.deadline).toBeUndefined();
  });

  it("notices an echo", () => {
    const script = new NanoScript();
    const step = script.session.open(START);
    expect(script.note(step).sends(step.send[0]!).kinds).toEqual(["self"]);
  });

  it("takes the lowest and the highest version that is allowed", () => {
    for (const version of [0x14, 0xff]) {
      expect(lonely().answers({ version }).events[0]).toEqual({ type: "verified", evidence: { services: "0", version } });
    }
  });

  it("says which version was too low, and of others nothing", () => {
    expect(verified({ version: 0x13 }).events).toMatchObject([{ failure: "version-too-old", evidence: { services: "0", version: 0x13 } }]);
    expect(verified({ signs: NANO_KEYS.serverCookie }).events[0]).not.toHaveProperty("evidence");
  });

  it("needs an answer to its query", () => {
    const query = encodeHandshake(NANO.wire, { cookie: NANO_KEYS.serverCookie, response: undefined, understandsV2: true });
    expect(new NanoScript().open().sends(query).kinds).toEqual(["malformed"]);
    const nothing = encodeHandshake(NANO.wire, { cookie: undefined, response: undefined, understandsV2: false });
    expect(new NanoScript().open().sends(nothing).kinds).toEqual(["malformed"]);
  });

  it.each([
    ["another network's id", Uint8Array.of(0x52, 0x41), "wrong-network"],
    ["what is no Nano at all", Uint8Array.of(0x16, 0x03), "wrong-network"],
    ["an unknown type", Uint8Array.of(0x52, 0x43, 21, 21, 20, 0x20, 0, 0), "malformed"],
  ])("%s: %s", (_, octets, failure) => {
    expect(new NanoScript().open().sends(octets).kinds).toEqual([failure]);
  });

  it("is the session's own network, whichever that is", () => {
    const script = new NanoScript({ random: drawing(NANO_KEYS.clientCookie) }, NANO_BETA).open();
    expect(script.octets.subarray(0, 2)).toEqual(Uint8Array.of(0x52, 0x42));
    expect(script.answers().kinds).toEqual(["verified"]);
  });
});

describe("a node that", () => {
  it.each([
    ["is not opened yet", new NanoScript(), ["closed"]],
    ["has not answered", new NanoScript().open(), ["closed"]],
    ["has answered half", new NanoScript().open().sends(answerTo(NANO_KEYS.clientCookie, NANO.wire).subarray(0, 199)), ["closed"]],
    ["has sent no keepalive", verified(), ["verified", "closed"]],
  ])("%s and hangs up", (_, script, kinds) => {
    expect(script.hangsUp().kinds).toEqual(kinds);
    expect(script.deadline).toBeUndefined();
  });

  it("says nothing for 5 s", () => {
    const script = new NanoScript().open();
    expect(script.tick(START + NANO_TIMEOUTS_MS.handshake - 1).kinds).toEqual([]);
    expect(script.tick(START + NANO_TIMEOUTS_MS.handshake).kinds).toEqual(["handshake-timeout"]);
  });

  it("drips past the deadline, though nobody ticks", () => {
    const script = new NanoScript().open();
    let now = START;
    for (const piece of cut(answerTo(NANO_KEYS.clientCookie, NANO.wire), [1])) script.sends(piece, (now += 50));
    expect(script.kinds).toEqual(["handshake-timeout"]);
  });
});

describe("a session that is over or not yet open", () => {
  const silent = { send: [], events: [], deadline: undefined };

  it("says nothing more, whatever comes", () => {
    const { session } = new NanoScript().open().hangsUp();
    expect(session.open(START)).toEqual(silent);
    expect(session.receive(answerTo(NANO_KEYS.clientCookie, NANO.wire), START)).toEqual(silent);
    expect(session.tick(START + 1e9)).toEqual(silent);
    expect(session.closed(START)).toEqual(silent);
  });

  it("takes nothing that comes with the end", () => {
    const more = encodeMessage(NANO.wire, NANO_TYPE.keepalive, 0, new Uint8Array(144).fill(1));
    expect(lonely().sends(concatBytes(answerTo(NANO_KEYS.clientCookie, NANO.wire), more)).kinds).toEqual(["verified", "done"]);
  });

  it("does nothing before it is opened, and opens once", () => {
    const { session } = new NanoScript();
    expect(session.receive(Uint8Array.of(1), START)).toEqual(silent);
    expect(session.tick(START)).toEqual(silent);
    expect(session.open(START).send).toHaveLength(1);
    expect(session.open(START + 1)).toMatchObject({ send: [], deadline: START + NANO_TIMEOUTS_MS.handshake });
  });
});
