/** The conversation with scripted nodes: its order, what a node is judged by, and every way to end. */
import { describe, expect, it } from "vitest";
import { CHIA } from "../../../schema/networks/chia.ts";
import { EVIDENCE, introducer, NODE, NOW, peak, Script, START, verified } from "../../../test/support/chia-peer.ts";
import { frameVector } from "../../../test/support/chia-vectors.ts";
import { createSession } from "../families.ts";
import { encodeError } from "./error.ts";
import { decodeHandshake, NODE_TYPES, offered, type Handshake } from "./handshake.ts";
import { CHIA_LIMITS, CHIA_TIMEOUTS_MS } from "./limits.ts";
import { encodeMessage, MESSAGE_TYPES } from "./message.ts";
import { encodePeers, type TimestampedPeer } from "./peers.ts";

const { handshake, newPeak, newPeakWallet, requestPeers, respondPeers, error } = MESSAGE_TYPES;

const peer = (host: string, port = 8444, timestamp = BigInt(NOW - 60)): TimestampedPeer => ({ host, port, timestamp });
const many = (count: number): TimestampedPeer[] => Array.from({ length: count }, () => peer("25.1.0.1"));
const answer = (peers: readonly TimestampedPeer[]): Script => verified().says(respondPeers, encodePeers(peers), 0);
const greeted = (): Script => introducer().open().greets({ nodeType: NODE_TYPES.introducer });
const hearsay = (script: Script) => script.events.flatMap((event) => (event.type === "hearsay" ? event.entries : []));

describe("the order of the conversation", () => {
  it("opens with our handshake, as a wallet that listens nowhere", () => {
    const script = new Script().open();
    expect(script.sent.map(({ type, id }) => [type, id])).toEqual([[handshake, undefined]]);
    expect(decodeHandshake(script.sent[0]!.data)).toEqual({
      networkId: "mainnet",
      protocolVersion: "0.0.38",
      softwareVersion: "/seedcast:test/",
      serverPort: 0,
      nodeType: NODE_TYPES.wallet,
      capabilities: offered([1, 2, 3, 6]),
    });
    expect(script.deadline).toBe(START + CHIA_TIMEOUTS_MS.handshake);
  });

  it("waits for the peak before it calls the node verified, then asks for peers", () => {
    const script = new Script().open().greets();
    expect(script.events).toEqual([]);
    expect(script.deadline).toBe(START + CHIA_TIMEOUTS_MS.peak);
    script.says(newPeakWallet, peak(6_000_000), undefined, START + 100);
    expect(script.events).toEqual([{ type: "verified", evidence: { ...EVIDENCE, height: 6_000_000 } }]);
    expect(script.sent[1]).toEqual({ type: requestPeers, id: 0, data: new Uint8Array(0) });
    expect(script.deadline).toBe(START + 100 + CHIA_TIMEOUTS_MS.peers);
  });

  it("is done with the answer, or with the handshake when nothing is to be harvested", () => {
    expect(verified().sends(frameVector("respond_peers_2")).kinds).toEqual(["verified", "hearsay", "done"]);
    expect(verified().sends(encodeMessage({ type: respondPeers, id: 0, data: encodePeers([]) })).kinds).toEqual(["verified", "done"]);
    const once = verified({ harvest: false });
    expect(once.kinds).toEqual(["verified", "done"]);
    expect(once.sent).toHaveLength(1);
    expect(once.deadline).toBeUndefined();
  });

  it("takes a node without blocks, or too busy to tell, without a height", () => {
    const script = new Script({ harvest: false }).open().greets();
    expect(script.tick(START + CHIA_TIMEOUTS_MS.peak - 1).events).toEqual([]);
    expect(script.tick(START + CHIA_TIMEOUTS_MS.peak).events).toEqual([{ type: "verified", evidence: EVIDENCE }, { type: "done" }]);
  });

  it("takes a node whose slots are full, which hangs up right after its handshake", () => {
    const script = new Script({ harvest: false }).open().greets().hangsUp();
    expect(script.events).toEqual([{ type: "verified", evidence: EVIDENCE }, { type: "done" }]);
    const harvesting = new Script().open().greets().hangsUp();
    expect(harvesting.kinds).toEqual(["verified", "closed"]);
    expect(harvesting.sent).toHaveLength(1);
  });

  it("learns of a peak that comes late, or grows", () => {
    const script = new Script().open().greets();
    script.tick(START + CHIA_TIMEOUTS_MS.peak).says(newPeakWallet, peak(5), undefined, START + CHIA_TIMEOUTS_MS.peak);
    expect(script.events.slice(0, 2)).toEqual([
      { type: "verified", evidence: EVIDENCE },
      { type: "learned", evidence: { height: 5 } },
    ]);
  });

  it("loses nothing that comes as the wait for the peak ends", () => {
    const late = START + CHIA_TIMEOUTS_MS.peak;
    const script = new Script().open().greets().says(newPeakWallet, peak(5), undefined, late);
    expect(script.kinds).toEqual(["verified", "learned"]);
    expect(script.deadline).toBe(late + CHIA_TIMEOUTS_MS.peers);
  });

  it("understands the peak that full nodes tell each other, and skips what it does not know", () => {
    const data = new Uint8Array([...peak(7), ...new Uint8Array(32)]);
    const script = new Script().open().greets().says(39, new Uint8Array(9)).says(111, new Uint8Array(9)).says(newPeak, data);
    expect(script.events).toEqual([{ type: "verified", evidence: { ...EVIDENCE, height: 7 } }]);
  });

  it("states at most as much of our name as nodes take", () => {
    const script = new Script({ userAgent: `/seedcast:${"x".repeat(300)}/` }).open();
    expect(decodeHandshake(script.sent[0]!.data).softwareVersion).toHaveLength(CHIA_LIMITS.text);
  });

  it("is what the network's family asks for", () => {
    const context = { target: { family: "ipv4", host: "25.1.1.1", port: 8444 }, harvest: false, unixTime: NOW, userAgent: "/t/" } as const;
    const step = createSession(CHIA, { ...context, random: (length) => new Uint8Array(length) }).open(START);
    expect(step.send).toHaveLength(1);
    expect(step.send[0]![0]).toBe(handshake);
  });
});

describe("what the node is judged by", () => {
  it.each<[Partial<Handshake>, string]>([
    [{ networkId: "testnet11" }, "wrong-network"],
    [{ networkId: "" }, "wrong-network"],
    [{ nodeType: NODE_TYPES.harvester }, "services-missing"],
    [{ nodeType: NODE_TYPES.introducer }, "services-missing"],
    [{ nodeType: 0 }, "services-missing"],
    [{ protocolVersion: "0.0.34" }, "version-too-old"],
    [{ protocolVersion: "rubbish" }, "version-too-old"],
    [{ capabilities: [] }, "services-missing"],
    [{ capabilities: [[1, "0"]] }, "services-missing"],
  ])("%j: %s", (theirs, failure) => {
    expect(new Script().open().greets(theirs).kinds).toEqual([failure]);
  });

  it("goes with a failure once it is known", () => {
    const [event] = new Script().open().greets({ protocolVersion: "0.0.34", softwareVersion: "1.6\u0000.2\n" }).events;
    expect(event).toMatchObject({ failure: "version-too-old", evidence: { version: 34, services: "17", agent: "1.6.2" } });
    expect(new Script().open().greets({ networkId: "x" }).events[0]).not.toHaveProperty("evidence");
  });
});

describe("gossip", () => {
  it("leaves out what is no address, cannot be dialled or is another network's", () => {
    const script = answer([peer("25.1.0.1"), peer("seed.example.com"), peer("25.2.0.1", 0), peer("25.3.0.1", 58444), peer("2A01::1")]);
    expect(hearsay(script).map(({ address: { host } }) => host)).toEqual(["25.1.0.1", "2a01::1"]);
  });

  it("clamps absurd times, all 64 bits of them", () => {
    const absurd = NOW - 432_000;
    const script = answer([peer("25.1.0.1", 1, 0n), peer("25.2.0.1", 1, 2n ** 64n - 1n), peer("25.3.0.1", 1)]);
    expect(hearsay(script).map(({ time }) => time)).toEqual([absurd, absurd, NOW - 60]);
  });

  it("may come unasked before the answer", () => {
    const script = verified()
      .says(respondPeers, encodePeers([peer("25.1.0.1")]))
      .says(respondPeers, encodePeers([peer("25.2.0.1")]), 9);
    expect(script.kinds).toEqual(["verified", "hearsay", "hearsay"]);
    expect(script.sends(frameVector("respond_peers_empty")).kinds.at(-1)).toBe("hearsay"); // id 7 is nobody's
    expect(script.says(respondPeers, encodePeers([]), 0).kinds.at(-1)).toBe("done");
  });

  it("is nothing before the node is verified", () => {
    const script = new Script().open().greets().sends(frameVector("respond_peers_2"));
    expect(script.events).toEqual([]);
  });

  it("is flooding above 1,000 in a message, and above 3,000 in all", () => {
    expect(answer(many(1_001)).kinds).toEqual(["verified", "flooding"]);
    const script = verified();
    for (let i = 0; i < 3; i++) script.says(respondPeers, encodePeers(many(1_000)));
    expect(script.kinds).toEqual(["verified", "hearsay", "hearsay", "hearsay"]);
    expect(script.says(respondPeers, encodePeers(many(1))).kinds.at(-1)).toBe("flooding");
  });
});

describe("every way to end", () => {
  it.each<[string, Script, string[]]>([
    ["hangs up before its handshake", new Script().open().hangsUp(), ["closed"]],
    ["hangs up before it was opened", new Script().hangsUp(), ["closed"]],
    ["hangs up before its answer", verified().hangsUp(), ["verified", "closed"]],
    ["says nothing", new Script().open().tick(START + CHIA_TIMEOUTS_MS.handshake), ["handshake-timeout"]],
    ["speaks too late", new Script().open().greets({}, START + CHIA_TIMEOUTS_MS.handshake), ["handshake-timeout"]],
    ["does not answer", verified().tick(START + CHIA_TIMEOUTS_MS.peers), ["verified", "done"]],
    ["begins with something else", new Script().open().says(newPeakWallet, peak(1)), ["malformed"]],
    ["reports an error", new Script().open().says(error, encodeError({ code: -6, message: "x" })), ["closed"]],
    ["reports an error later", verified().says(error, encodeError({ code: 1, message: "x" })), ["verified", "closed"]],
    ["sends an empty frame", new Script().open().sends(new Uint8Array(0)), ["malformed"]],
    ["sends a peak that is cut off", new Script().open().greets().says(newPeakWallet, peak(1).subarray(1)), ["malformed"]],
    ["is higher than any chain", new Script().open().greets().says(newPeakWallet, peak(0x8000_0000)), ["malformed"]],
    ["sends a message that is too large", verified().says(99, new Uint8Array(CHIA_LIMITS.message)), ["verified", "flooding"]],
  ])("a node that %s", (_, script, kinds) => {
    expect(script.kinds).toEqual(kinds);
    expect(script.deadline).toBeUndefined();
    expect(script.greets().hangsUp().tick(Infinity).kinds).toEqual(kinds);
  });

  it("names the error that the node reports, and repeats nothing that it says", () => {
    const [event] = new Script().open().says(error, encodeError({ code: -6, message: "<script>" })).events;
    expect(event).toEqual({ type: "failed", failure: "closed", detail: "the peer reported error -6" });
  });

  it("a sea of messages is flooding, by number and by octets", () => {
    const counted = verified();
    while (counted.deadline !== undefined) counted.says(99, new Uint8Array(0));
    expect(counted.kinds).toEqual(["verified", "flooding"]);
    const weighed = verified();
    let messages = 0;
    for (; weighed.deadline !== undefined; messages++) weighed.says(99, new Uint8Array(CHIA_LIMITS.message - 100));
    expect(weighed.kinds).toEqual(["verified", "flooding"]);
    expect(messages).toBe(5);
  });
});

describe("an introducer", () => {
  it("is verified by its handshake, asked at once, and believed to know who is there now", () => {
    const script = greeted();
    expect(script.kinds).toEqual(["verified"]);
    expect(encodeMessage(script.sent[1]!)).toEqual(frameVector("request_peers_introducer"));
    script.says(MESSAGE_TYPES.respondPeersIntroducer, encodePeers([peer("25.1.0.1", 8444, 0n), peer("25.2.0.1")]));
    expect(script.kinds).toEqual(["verified", "hearsay", "done"]);
    expect(hearsay(script).map(({ time }) => time)).toEqual([NOW, NOW - 60]);
  });

  it("is not asked for what full nodes tell, nor the other way round", () => {
    expect(greeted().sends(frameVector("respond_peers_2")).kinds).toEqual(["verified"]);
    expect(verified().sends(frameVector("respond_peers_introducer")).kinds).toEqual(["verified"]);
    expect(introducer().open().greets(NODE).kinds).toEqual(["services-missing"]);
  });
});
