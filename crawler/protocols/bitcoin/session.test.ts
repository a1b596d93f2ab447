/** The handshake with scripted peers: its order, and what a peer is judged by. */
import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { BITCOIN, BITCOIN_REGTEST } from "../../../schema/networks/bitcoin.ts";
import { DOGECOIN } from "../../../schema/networks/dogecoin.ts";
import { ZCASH } from "../../../schema/networks/zcash.ts";
import { ANSWER, entry, EVIDENCE, PEER, Script, verified } from "../../../test/support/bitcoin-peer.ts";
import { NONE, NOW, OUR_NONCE, START } from "../../../test/support/envelope-peer.ts";
import { cut } from "../../../test/support/octets.ts";
import { createSession } from "../families.ts";
import { encodeMessage } from "./frame.ts";
import { decodeVersion } from "./messages.ts";
import { encodeAddr } from "../envelope/addr.ts";
import { encodeNonce, encodeVersion } from "../envelope/version.ts";
import { BITCOIN_TIMEOUTS_MS } from "./limits.ts";

describe("the order of the handshake", () => {
  it("opens with our version, and waits", () => {
    const script = new Script().open();
    expect(script.commands).toEqual(["version"]);
    expect(decodeVersion(script.sent[0]!.payload)).toEqual({
      version: 70016,
      services: "0",
      timestamp: BigInt(NOW),
      receiver: { services: "0", address: { family: "ipv4", host: "25.1.1.1", port: 8333 } },
      sender: { services: "0", address: { family: "ipv4", host: "0.0.0.0", port: 0 } },
      nonce: OUR_NONCE,
      userAgent: "/seedcast:test/",
      startHeight: 0,
      relay: false,
    });
    expect(script.deadline).toBe(START + BITCOIN_TIMEOUTS_MS.handshake);
  });

  it("sends sendaddrv2 after their version and before our verack, getaddr after both veracks", () => {
    const script = new Script().open().greets();
    expect(script.commands).toEqual(["version", "sendaddrv2", "verack"]);
    expect(script.events).toEqual([]);
    script.says("wtxidrelay").says("sendaddrv2").says("verack");
    expect(script.commands).toEqual(["version", "sendaddrv2", "verack", "getaddr"]);
    expect(script.events).toEqual([{ type: "verified", evidence: EVIDENCE }]);
  });

  it.each([
    ["a peer of version 70015", BITCOIN, 70015],
    ["Dogecoin, which has none", DOGECOIN, 70016],
    ["anybody while we state 70015 ourselves", { ...BITCOIN, wire: { ...BITCOIN.wire, protocolVersion: 70015 } }, 70016],
    ["Zcash, whose numbers are only numerically above 70016", ZCASH, 170160],
  ])("does not offer sendaddrv2 to %s", (_, network, version) => {
    expect(verified(network, { version }).commands).toEqual(["version", "verack", "getaddr"]);
  });

  it("ignores a verack, gossip or ping that comes before the version", () => {
    const script = new Script().open().says("verack").says("addr", encodeAddr(ANSWER)).says("ping", encodeNonce(1n));
    expect(script.commands).toEqual(["version"]);
    expect(script.events).toEqual([]);
    script.greets();
    expect(script.commands).toEqual(["version", "sendaddrv2", "verack"]);
  });

  it("ignores a second version, a second verack and gossip before the verack", () => {
    const script = new Script().open().greets().says("addr", encodeAddr(ANSWER)).greets({ version: 1 }).says("verack").says("verack");
    expect(script.commands).toEqual(["version", "sendaddrv2", "verack", "getaddr"]);
    expect(script.kinds).toEqual(["verified"]);
  });

  it("is the same however the peer's octets are cut", () => {
    const { magic } = BITCOIN.wire;
    const stream = concatBytes(
      encodeMessage(magic, "version", encodeVersion(PEER)),
      encodeMessage(magic, "verack", NONE),
      encodeMessage(magic, "addr", encodeAddr(ANSWER)),
    );
    for (let length = 1; length < 400; length += 7) {
      const script = new Script().open();
      for (const piece of cut(stream, [length])) script.sends(piece);
      expect(script.kinds).toEqual(["verified", "hearsay"]);
      expect(script.commands).toEqual(["version", "sendaddrv2", "verack", "getaddr"]);
    }
  });

  it("sends zeros for our target when it is no IP address", () => {
    const host = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    const script = new Script(BITCOIN, { target: { family: "onion", host, port: 8333 } }).open();
    expect(decodeVersion(script.sent[0]!.payload).receiver.address.host).toBe("::");
  });

  it("ends with the handshake when nothing is to be harvested", () => {
    const script = new Script(BITCOIN, { harvest: false }).open().greets().says("verack");
    expect(script.commands).toEqual(["version", "sendaddrv2", "verack"]);
    expect(script.kinds).toEqual(["verified", "done"]);
    expect(script.deadline).toBeUndefined();
  });
});

const random = (length: number): Uint8Array => new Uint8Array(length).fill(9);

describe("what the peer is judged by", () => {
  it.each([
    [BITCOIN, { version: 70000 }, "version-too-old"],
    [BITCOIN, { version: -5 }, "version-too-old"],
    [BITCOIN, { services: "1" }, "services-missing"],
    [BITCOIN, { services: "0" }, "services-missing"],
    [ZCASH, { version: 170140 }, "version-too-old"],
    [BITCOIN, { nonce: OUR_NONCE }, "self"],
  ] as const)("%#: %o, %s", (network, version, failure) => {
    const script = new Script(network).open().greets(version);
    expect(script.kinds).toEqual([failure]);
    expect(script.deadline).toBeUndefined();
    expect(script.commands).toEqual(["version"]);
  });

  it("says what the peer told before it was refused", () => {
    const { events } = new Script().open().greets({ version: 60002 });
    expect(events).toMatchObject([{ failure: "version-too-old", evidence: { ...EVIDENCE, version: 60002 } }]);
    expect(new Script().open().greets({ nonce: OUR_NONCE }).events[0]).not.toHaveProperty("evidence");
  });

  it("takes a version that stops early for what it says", () => {
    const { relay: _relay, startHeight: _height, userAgent: _agent, nonce: _nonce, sender: _sender, ...shortest } = PEER;
    const script = new Script().open().says("version", encodeVersion(shortest)).says("verack");
    expect(script.events[0]).toEqual({ type: "verified", evidence: { ...EVIDENCE, agent: "", height: 0 } });
  });

  it("cleans the user agent and the height", () => {
    const { events } = verified(BITCOIN, { userAgent: "/evil\u0000\u001b[2J/", startHeight: -1, services: "fffffffffffffff9" });
    expect(events[0]).toMatchObject({ evidence: { agent: "/evil[2J/", height: 0, services: "fffffffffffffff9" } });
  });

  it("knows the nonces of other sessions that are open, and of no closed one", () => {
    const ownNonces = new Set<bigint>();
    const first = new Script(BITCOIN, { ownNonces }).open();
    expect(ownNonces).toEqual(new Set([OUR_NONCE]));
    expect(new Script(BITCOIN, { ownNonces, random }).open().greets({ nonce: OUR_NONCE }).kinds).toEqual(["self"]);
    expect(ownNonces).toEqual(new Set([OUR_NONCE]));
    first.hangsUp();
    expect(ownNonces.size).toBe(0);
    expect(new Script(BITCOIN, { ownNonces, random }).open().greets({ nonce: OUR_NONCE }).kinds).toEqual([]);
  });

  it("notices an echo", () => {
    const script = new Script();
    const step = script.session.open(START);
    expect(script.note(step).sends(step.send[0]!).kinds).toEqual(["self"]);
  });
});

describe("a session that is over or not yet open", () => {
  const silent = { send: [], events: [], deadline: undefined };

  it("says nothing more, whatever comes", () => {
    const { session } = new Script().open().hangsUp();
    expect(session.open(START)).toEqual(silent);
    expect(session.receive(encodeMessage(BITCOIN.wire.magic, "verack", NONE), START)).toEqual(silent);
    expect(session.tick(START + 1e9)).toEqual(silent);
    expect(session.closed(START)).toEqual(silent);
  });

  it("does nothing before it is opened, and opens once", () => {
    const { session } = new Script();
    expect(session.receive(Uint8Array.of(1), START)).toEqual(silent);
    expect(session.tick(START)).toEqual(silent);
    expect(session.open(START).send).toHaveLength(1);
    expect(session.open(START + 1)).toMatchObject({ send: [], deadline: START + BITCOIN_TIMEOUTS_MS.handshake });
  });
});

/** No hash, but enough to tell whose it is. */
const checksum = (payload: Uint8Array): Uint8Array => Uint8Array.of(payload.length & 0xff, 1, 2, 3);

it("uses the checksum that it is given, both ways", () => {
  const context = {
    target: entry("25.1.1.1").address,
    harvest: false,
    unixTime: NOW,
    random: (length: number) => new Uint8Array(length),
    userAgent: "/x/",
  };
  const session = createSession(BITCOIN_REGTEST, context, checksum);
  const [ours] = session.open(START).send;
  expect(ours!.subarray(20, 24)).toEqual(checksum(ours!.subarray(24)));
  const theirs = concatBytes(
    encodeMessage(BITCOIN_REGTEST.wire.magic, "version", encodeVersion(PEER), checksum),
    encodeMessage(BITCOIN_REGTEST.wire.magic, "verack", NONE, checksum),
  );
  expect(session.receive(theirs, START).events.map(({ type }) => type)).toEqual(["verified", "done"]);
});
