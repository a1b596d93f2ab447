/** Harvesting scripted peers: when an answer is complete, and what is kept of it. */
import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { BITCOIN } from "../../../schema/networks/bitcoin.ts";
import { LITECOIN } from "../../../schema/networks/litecoin.ts";
import { ZCASH } from "../../../schema/networks/zcash.ts";
import { ANSWER, entry, Script, verified } from "../../../test/support/bitcoin-peer.ts";
import { NOW, START } from "../../../test/support/envelope-peer.ts";
import { encodeAddr } from "../envelope/addr.ts";
import { encodeNonce } from "../envelope/version.ts";
import { encodeAddrv2 } from "./addrv2.ts";
import { BITCOIN_LIMITS, BITCOIN_TIMEOUTS_MS } from "./limits.ts";

describe("gossip", () => {
  it("is done a second after the first answer of more than one entry", () => {
    const script = verified();
    expect(script.deadline).toBe(START + BITCOIN_TIMEOUTS_MS.gossip);
    script.says("addr", encodeAddr(ANSWER), START + 40);
    expect(script.events.at(-1)).toEqual({ type: "hearsay", entries: ANSWER });
    expect(script.deadline).toBe(START + 40 + BITCOIN_TIMEOUTS_MS.grace);
    script.says("addr", encodeAddr([entry("25.3.0.1")]), START + 500).says("addr", encodeAddr(ANSWER), START + 600);
    expect(script.deadline).toBe(START + 40 + BITCOIN_TIMEOUTS_MS.grace);
    script.tick(script.deadline!);
    expect(script.kinds).toEqual(["verified", "hearsay", "hearsay", "hearsay", "done"]);
  });

  it("takes addrv2 alike", () => {
    const onion = {
      ...entry("x"),
      address: { family: "onion", host: "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", port: 8333 },
    } as const;
    const script = verified().says("addrv2", encodeAddrv2([onion, ...ANSWER]));
    expect(script.events.at(-1)).toEqual({ type: "hearsay", entries: [onion, ...ANSWER] });
  });

  it("is not finished by a peer that announces itself, nor by an empty message", () => {
    const script = verified()
      .says("addr", encodeAddr([entry("25.1.1.1")]))
      .says("addr", encodeAddr([]));
    expect(script.kinds).toEqual(["verified", "hearsay"]);
    expect(script.deadline).toBe(START + BITCOIN_TIMEOUTS_MS.gossip);
    script.says("addr", encodeAddr(ANSWER), START + 15_000);
    expect(script.deadline).toBe(START + 15_000 + BITCOIN_TIMEOUTS_MS.grace);
  });

  it.each([
    ["20 s for a peer that answers at once", BITCOIN, {}, 20_000],
    ["60 s for an older peer", BITCOIN, { version: 70015 }, 60_000],
    ["60 s where the network says so", LITECOIN, {}, 60_000],
    ["60 s for Zcash", ZCASH, { version: 170160 }, 60_000],
  ])("waits %s, and silence is no failure", (_, network, version, wait) => {
    const script = verified(network, version);
    expect(script.deadline).toBe(START + wait);
    expect(script.tick(START + wait - 1).deadline).toBe(START + wait);
    expect(script.tick(START + wait).kinds).toEqual(["verified", "done"]);
  });

  it("leaves out what cannot be dialled or is another network's, and clamps absurd times", () => {
    const entries = [
      entry("25.1.0.1", 8233),
      entry("25.2.0.1", 0),
      entry("25.3.0.1", 16125),
      { ...entry("25.4.0.1", 8233), time: 0xffff_ffff },
    ];
    const script = verified(ZCASH, { version: 170160 }).says("addr", encodeAddr(entries));
    const times = script.events
      .flatMap((event) => (event.type === "hearsay" ? event.entries : []))
      .map(({ address, time }) => [address.host, time]);
    expect(times).toEqual([
      ["25.1.0.1", NOW - 60],
      ["25.4.0.1", NOW - 432_000],
    ]);
    // All four were counted: this was the answer.
    expect(script.deadline).toBe(START + BITCOIN_TIMEOUTS_MS.grace);
  });

  it("counts entries of networks that we do not know", () => {
    const unknown = concatBytes(Uint8Array.of(0, 0, 0, 0, 0, 0xaa, 0), Uint8Array.of(0, 1));
    const messageOf = (count: number): Uint8Array =>
      concatBytes(Uint8Array.of(0xfd, count & 0xff, count >> 8), ...Array.from({ length: count }, () => unknown));
    const script = verified().says("addrv2", messageOf(1_000));
    expect(script.kinds).toEqual(["verified"]);
    expect(script.deadline).toBe(START + BITCOIN_TIMEOUTS_MS.grace);
    expect(script.says("addrv2", messageOf(1_000)).kinds).toEqual(["verified"]);
    expect(script.says("addrv2", messageOf(300)).kinds).toEqual(["verified", "flooding"]);
  });

  it("says nothing where nothing is left", () => {
    expect(verified().says("addr", encodeAddr([entry("25.2.0.1", 0)])).kinds).toEqual(["verified"]);
  });

  it("keeps I2P, which has no ports", () => {
    const i2p = { family: "i2p", host: "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", port: 0 } as const;
    expect(verified().says("addrv2", encodeAddrv2([{ ...entry("x"), address: i2p }])).kinds).toEqual(["verified", "hearsay"]);
  });
});

describe("pings", () => {
  it("are answered with their nonce once the peer has greeted", () => {
    const script = new Script().open().greets().says("ping", encodeNonce(5n)).says("verack").says("ping", encodeNonce(6n));
    expect(script.sent.filter(({ command }) => command === "pong").map(({ payload }) => payload)).toEqual([
      encodeNonce(5n),
      encodeNonce(6n),
    ]);
  });

  it("that are cut off are malformed", () => {
    expect(verified().says("ping", new Uint8Array(7)).kinds).toEqual(["verified", "malformed"]);
  });

  it("that never end are flooding", () => {
    const script = verified();
    for (let i = 0; i < BITCOIN_LIMITS.messages; i++) script.says("ping", encodeNonce(BigInt(i)));
    expect(script.kinds).toEqual(["verified", "flooding"]);
    expect(script.sent.length).toBeLessThan(BITCOIN_LIMITS.messages + 10);
  });
});
