/** Scripted peers that break the protocol, stall or leave. */
import { describe, expect, it } from "vitest";
import type { NetworkOf } from "../../../schema/network.ts";
import { BITCOIN } from "../../../schema/networks/bitcoin.ts";
import { NAVIO } from "../../../schema/networks/navio.ts";
import { ANSWER, entry, EVIDENCE, PEER, Script, verified } from "../../../test/support/bitcoin-peer.ts";
import { START } from "../../../test/support/envelope-peer.ts";
import { cut } from "../../../test/support/octets.ts";
import { type Hearsay } from "../session.ts";
import { encodeMessage } from "./frame.ts";
import { encodeAddr } from "../envelope/addr.ts";
import { encodeNonce, encodeVersion } from "../envelope/version.ts";
import { encodeAddrv2 } from "./addrv2.ts";
import { BITCOIN_TIMEOUTS_MS } from "./limits.ts";

const many = (count: number): Hearsay[] => Array.from({ length: count }, () => entry("25.1.0.1"));

describe("failures", () => {
  it("names another network by its magic", () => {
    const script = new Script().open().sends(encodeMessage(NAVIO.wire.magic, "version", encodeVersion(PEER)));
    expect(script.events).toEqual([{ type: "failed", failure: "wrong-network", detail: "magic: is another network's" }]);
  });

  it("names a version that is cut off malformed", () => {
    expect(new Script().open().says("version", encodeVersion(PEER).subarray(0, 60)).kinds).toEqual(["malformed"]);
  });

  it("names too many entries flooding, by message and in all", () => {
    expect(verified().says("addr", encodeAddr(many(1_001))).kinds).toEqual(["verified", "flooding"]);
    expect(verified().says("addrv2", encodeAddrv2(many(1_001))).kinds).toEqual(["verified", "flooding"]);
    const script = verified()
      .says("addr", encodeAddr(many(1_000)))
      .says("addr", encodeAddr(many(1_000)));
    expect(script.kinds).toEqual(["verified", "hearsay", "hearsay"]);
    expect(script.says("addr", encodeAddr(many(1))).kinds.at(-1)).toBe("flooding");
  });

  it("names a sea of unknown messages flooding, by the network's own measure", () => {
    const megabyte = new Uint8Array(1_000_000);
    const flood = (network: NetworkOf<"bitcoin">, megabytes: number): string[] => {
      const script = verified(network);
      for (let i = 0; i < megabytes; i++) script.says("block", megabyte);
      return script.kinds;
    };
    expect(flood(BITCOIN, 4)).toEqual(["verified"]);
    expect(flood(BITCOIN, 5)).toEqual(["verified", "flooding"]);
    expect(flood(NAVIO, 16)).toEqual(["verified"]);
    expect(flood(NAVIO, 17)).toEqual(["verified", "flooding"]);
  });

  it.each([
    ["before the version", new Script().open(), ["closed"]],
    ["before the verack", new Script().open().greets(), ["closed"]],
    ["before the answer", verified(), ["verified", "closed"]],
    ["after the answer", verified().says("addr", encodeAddr(ANSWER)), ["verified", "hearsay", "done"]],
    ["before it was opened", new Script(), ["closed"]],
  ])("a peer that hangs up %s", (_, script, kinds) => {
    expect(script.hangsUp().kinds).toEqual(kinds);
    expect(script.deadline).toBeUndefined();
  });

  it("says which version a peer told that hangs up on ours (as old Zcash nodes do)", () => {
    expect(new Script().open().greets().hangsUp().events).toMatchObject([{ failure: "closed", evidence: EVIDENCE }]);
  });

  it.each([
    ["nothing", new Script().open()],
    ["a version only", new Script().open().greets()],
  ])("a peer that says %s in ten seconds", (_, script) => {
    expect(script.tick(START + BITCOIN_TIMEOUTS_MS.handshake - 1).kinds).toEqual([]);
    expect(script.tick(START + BITCOIN_TIMEOUTS_MS.handshake).kinds).toEqual(["handshake-timeout"]);
  });

  it("a peer that feeds us octet by octet past the deadline, though nobody ticks", () => {
    const script = new Script().open();
    let now = START;
    for (const piece of cut(encodeMessage(BITCOIN.wire.magic, "version", encodeVersion(PEER)), [1])) script.sends(piece, (now += 100));
    expect(script.kinds).toEqual(["handshake-timeout"]);
  });

  it("a message with a wrong checksum is no failure", () => {
    const bad = encodeMessage(BITCOIN.wire.magic, "ping", encodeNonce(1n));
    bad[20]! ^= 0xff;
    const script = new Script().open().sends(bad).greets().says("verack");
    expect(script.kinds).toEqual(["verified"]);
  });
});
