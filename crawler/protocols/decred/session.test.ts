/** Decred's sessions with scripted peers: what is their own beside what they share with Bitcoin's. */
import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { BITCOIN } from "../../../schema/networks/bitcoin.ts";
import { DECRED, DECRED_SIMNET, DECRED_TESTNET } from "../../../schema/networks/decred.ts";
import { cut } from "../../../test/support/octets.ts";
import { ANSWER, DECRED_12, entry, EVIDENCE, PEER, Script, verified, verified12 } from "../../../test/support/decred-peer.ts";
import { NONE, NOW, OUR_NONCE, START } from "../../../test/support/envelope-peer.ts";
import { encodeAddr } from "../envelope/addr.ts";
import { encodeNonce, encodeVersion } from "../envelope/version.ts";
import { encodeAddrv2 } from "./addrv2.ts";
import { encodeMessage } from "./frame.ts";
import { DECRED_LIMITS, DECRED_TIMEOUTS_MS } from "./limits.ts";
import { decodeVersion } from "./messages.ts";

const random = (length: number): Uint8Array => new Uint8Array(length).fill(9);

const FINISHED = ["verified", "hearsay", "done"];

describe("the handshake", () => {
  it("opens with our version, and waits eight seconds", () => {
    const script = new Script().open();
    expect(script.commands).toEqual(["version"]);
    expect(decodeVersion(script.sent[0]!.payload)).toEqual({
      version: 11,
      services: "0",
      timestamp: BigInt(NOW),
      receiver: { services: "0", address: { family: "ipv4", host: "25.1.1.1", port: 9108 } },
      sender: { services: "0", address: { family: "ipv4", host: "0.0.0.0", port: 0 } },
      nonce: OUR_NONCE,
      userAgent: "/seedcast:test/",
      startHeight: 0,
      relay: false,
    });
    expect(script.deadline).toBe(START + DECRED_TIMEOUTS_MS.handshake);
    expect(script.tick(START + 7_999).kinds).toEqual([]);
    expect(script.tick(START + 8_000).kinds).toEqual(["handshake-timeout"]);
  });

  it.each([
    ["version 11", DECRED, 11],
    ["version 9", DECRED, 9],
    ["a version to come", DECRED, 99],
    ["version 12 on both sides", DECRED_12, 12],
  ])("says verack right after the peer's version, then getaddr, and nothing else: %s", (_, network, version) => {
    const script = new Script(network).open().greets({ version });
    expect(script.commands).toEqual(["version", "verack"]);
    expect(script.events).toEqual([]);
    script.says("verack");
    expect(script.commands).toEqual(["version", "verack", "getaddr"]);
    expect(script.events).toEqual([{ type: "verified", evidence: { ...EVIDENCE, version } }]);
    expect(script.deadline).toBe(START + DECRED_TIMEOUTS_MS.gossip);
    script.says("sendheaders").says("getinitstate").says("inv", new Uint8Array(37)).says("feefilter", new Uint8Array(8));
    expect(script.commands).toEqual(["version", "verack", "getaddr"]);
    expect(script.kinds).toEqual(["verified"]);
  });

  it("ends with the veracks when nothing is to be harvested", () => {
    const script = new Script(DECRED, { harvest: false }).open().greets().says("verack");
    expect(script.commands).toEqual(["version", "verack"]);
    expect(script.kinds).toEqual(["verified", "done"]);
  });

  it.each(["sendheaders", "verack", "addr"])("fails where %s comes before the version", (command) => {
    const before = command === "addr" ? encodeAddr(ANSWER) : NONE;
    expect(new Script().open().says(command, before).greets().kinds).toEqual(["malformed"]);
  });

  it.each([
    [11, DECRED, 2, ["verified"]],
    [11, DECRED, 3, ["malformed"]],
    [12, DECRED_12, 0, ["verified"]],
    [12, DECRED_12, 1, ["malformed"]],
  ] as const)("at version %i takes a verack in its place: %#", (version, network, others, kinds) => {
    const script = new Script(network).open().greets({ version });
    for (let i = 0; i < others; i++) script.says("sendheaders");
    expect(script.says("verack").kinds).toEqual(kinds);
  });

  it.each([
    [{ version: 8 }, "version-too-old"],
    [{ version: -1 }, "version-too-old"],
    [{ services: "6" }, "services-missing"],
    [{ nonce: OUR_NONCE }, "self"],
  ] as const)("refuses %o: %s", (version, failure) => {
    const script = new Script().open().greets(version);
    expect(script.kinds).toEqual([failure]);
    expect(script.commands).toEqual(["version"]);
    expect(script.deadline).toBeUndefined();
  });

  it("knows the nonces of its other sessions, and an echo", () => {
    const ownNonces = new Set<bigint>();
    const first = new Script(DECRED, { ownNonces }).open();
    expect(new Script(DECRED, { ownNonces, random }).open().greets({ nonce: OUR_NONCE }).kinds).toEqual(["self"]);
    first.hangsUp();
    expect(ownNonces.size).toBe(0);
    const echo = new Script();
    const step = echo.session.open(START);
    expect(echo.note(step).sends(step.send[0]!).kinds).toEqual(["self"]);
  });

  it.each([DECRED_TESTNET, DECRED_SIMNET, { ...DECRED, wire: { ...DECRED.wire, magic: BITCOIN.wire.magic } }])(
    "names another network by its magic: $name",
    (network) => {
      const bytes = encodeMessage(network.wire.magic, "version", encodeVersion(PEER));
      expect(new Script().open().sends(bytes).kinds).toEqual(["wrong-network"]);
    },
  );

  it("is the same however the peer's octets are cut", () => {
    const stream = concatBytes(
      encodeMessage(DECRED.wire.magic, "version", encodeVersion(PEER)),
      encodeMessage(DECRED.wire.magic, "verack", NONE),
      encodeMessage(DECRED.wire.magic, "addr", encodeAddr(ANSWER)),
    );
    for (let length = 1; length < stream.length; length += 5) {
      const script = new Script().open();
      for (const piece of cut(stream, [length])) script.sends(piece);
      expect(script.kinds).toEqual(FINISHED);
      expect(script.commands).toEqual(["version", "verack", "getaddr"]);
    }
  });
});

describe("gossip", () => {
  it("is done with the answer: addr below version 12, addrv2 from there on", () => {
    const old = verified().says("addr", encodeAddr(ANSWER));
    expect(old.events.slice(1)).toEqual([{ type: "hearsay", entries: ANSWER }, { type: "done" }]);
    const onion = { family: "onion", host: "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", port: 9108 } as const;
    const entries = [...ANSWER, { ...entry("x"), address: onion }];
    expect(verified12().says("addrv2", encodeAddrv2(entries)).events.slice(1)).toEqual([{ type: "hearsay", entries }, { type: "done" }]);
    // Version 12 on one side only is version 11.
    expect(verified(DECRED, { version: 12 }).says("addr", encodeAddr(ANSWER)).kinds).toEqual(FINISHED);
    expect(verified(DECRED_12).says("addr", encodeAddr(ANSWER)).kinds).toEqual(FINISHED);
  });

  it("of the other form is malformed", () => {
    expect(verified().says("addrv2", encodeAddrv2(ANSWER)).kinds).toEqual(["verified", "malformed"]);
    expect(verified12().says("addr", encodeAddr(ANSWER)).events.at(-1)).toMatchObject({
      failure: "malformed",
      detail: "addr: is not for this protocol version",
    });
  });

  it("that never comes is no failure: a node that knows nobody, or of a simnet, says nothing", () => {
    const script = verified(DECRED_SIMNET);
    expect(script.tick(START + 7_999).kinds).toEqual(["verified"]);
    expect(script.tick(START + 8_000).kinds).toEqual(["verified", "done"]);
  });

  it("of a lone entry is not the answer, and no reason to wait longer", () => {
    const script = verified().says("addr", encodeAddr([entry("25.1.1.1")]), START + 5_000);
    expect(script.kinds).toEqual(["verified", "hearsay"]);
    expect(script.deadline).toBe(START + DECRED_TIMEOUTS_MS.gossip);
    expect(script.says("addr", encodeAddr(ANSWER), START + 6_000).kinds).toEqual(["verified", "hearsay", "hearsay", "done"]);
  });

  it("has absurd times set back, and no entry without a port", () => {
    const { events } = verified().says("addr", encodeAddr([{ ...entry("25.2.0.1"), time: NOW + 601 }, entry("25.3.0.1", 0)]));
    expect(events.at(1)).toEqual({ type: "hearsay", entries: [{ ...entry("25.2.0.1"), time: NOW - 432_000 }] });
  });

  it.each([
    [
      "too many entries",
      (script: Script) => script.says("addr", encodeAddr(Array.from({ length: 1_001 }, () => entry("25.1.0.1")))),
      "flooding",
    ],
    ["entries without end, one by one", lonely, "flooding"],
    ["an addr that is cut off", (script: Script) => script.says("addr", encodeAddr(ANSWER).subarray(0, 40)), "malformed"],
    ["an addr that goes on", (script: Script) => script.says("addr", concatBytes(encodeAddr(ANSWER), NONE, Uint8Array.of(1))), "malformed"],
    ["a ping that is cut off", (script: Script) => script.says("ping", new Uint8Array(7)), "malformed"],
    ["a ping that goes on", (script: Script) => script.says("ping", new Uint8Array(9)), "flooding"],
    ["a wrong checksum", (script: Script) => script.sends(spoilt()), "malformed"],
    ["a verack with a payload", (script: Script) => script.says("verack", Uint8Array.of(1)), "flooding"],
  ] as const)("fails on %s", (_, act, failure) => {
    expect(act(verified()).kinds.at(-1)).toBe(failure);
  });

  it("that the peer hangs up on is cut short", () => {
    expect(verified().hangsUp().kinds).toEqual(["verified", "closed"]);
  });
});

function lonely(script: Script): Script {
  const one = encodeAddr([entry("25.1.0.1")]);
  for (let i = 0; i < DECRED_LIMITS.messages; i++) script.says("addr", one);
  return script;
}

function spoilt(): Uint8Array {
  const message = encodeMessage(DECRED.wire.magic, "addr", encodeAddr(ANSWER));
  message[20]! ^= 1;
  return message;
}

describe("pings", () => {
  it("are answered with their nonce, before and after the verack", () => {
    const script = new Script().open().greets().says("ping", encodeNonce(5n)).says("verack").says("ping", encodeNonce(6n));
    expect(script.sent.filter(({ command }) => command === "pong").map(({ payload }) => payload)).toEqual([
      encodeNonce(5n),
      encodeNonce(6n),
    ]);
    expect(script.kinds).toEqual(["verified"]);
  });

  it("that never end are flooding", () => {
    const script = verified();
    for (let i = 0; i < DECRED_LIMITS.messages; i++) script.says("ping", encodeNonce(BigInt(i)));
    expect(script.kinds).toEqual(["verified", "flooding"]);
  });
});
