import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEVNET } from "../schema/networks/devnet.ts";
import type { KeySet } from "../workers/dnssec/keys.ts";
import { BankFollower } from "./bank-follower.ts";
import { FOLLOWING_LIMITS } from "./limits.ts";
import { bankText, testKeys } from "./test-bank.ts";
import { START, startTestEdge, ZONE, type TestEdge } from "./test-edge.ts";

const DAY = 86_400;

let keys: KeySet;
let edge: TestEdge;
let follower: BankFollower;

beforeAll(async () => {
  keys = await testKeys();
});

const poll = (now = START) => follower.poll(now, AbortSignal.timeout(20_000));
const isKnown = (now = START) => follower.isKnown(ZONE.name, now);
const heldSeq = (now = START) => follower.bankAt(ZONE.name, now)?.seq;

beforeEach(async () => {
  edge = await startTestEdge();
  follower = new BankFollower(edge.url, DEVNET.name, [edge.publicKey]);
});
afterEach(() => edge.close());

describe("following a bank", () => {
  it("takes each new one over, and asks for none twice", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    expect([isKnown(), heldSeq()]).toEqual([false, undefined]);
    expect([await poll(), heldSeq(), isKnown()]).toEqual(["updated", 5, true]);
    expect([await poll(), heldSeq()]).toEqual(["unchanged", 5]);
    edge.publishBank(await bankText(keys, 6), 6);
    expect([await poll(), heldSeq()]).toEqual(["updated", 6]);
  });

  it("knows by 404 that a zone is not signed", async () => {
    expect([await poll(), heldSeq(), isKnown()]).toEqual(["unchanged", undefined, true]);
  });

  it("knows nothing by any other failure", async () => {
    edge.bankBroken = 500;
    expect([await poll(), isKnown()]).toEqual(["edge-failed", false]);
    edge.bankBroken = undefined;
    edge.down = true;
    expect([await poll(), isKnown()]).toEqual(["edge-failed", false]);
    edge.down = false;
    edge.publishBank(await bankText(keys, 5), 5, (seal) => ({ ...seal, keyid: "another" }));
    expect([await poll(), isKnown()]).toEqual(["unknown-key", false]);
  });

  it("drops it when the zone is no longer signed, takes no old one back, and takes a new one", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    await poll();
    edge.publishBank();
    expect([await poll(), heldSeq()]).toEqual(["updated", undefined]);
    expect(await poll()).toBe("unchanged");
    edge.publishBank(await bankText(keys, 4), 4);
    expect([await poll(), heldSeq()]).toEqual(["rolled-back", undefined]);
    edge.publishBank(await bankText(keys, 6), 6);
    expect([await poll(), heldSeq()]).toEqual(["updated", 6]);
  });

  it("keeps what it holds where the edge goes back, is broken, or is gone, until that has expired", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    await poll();
    edge.publishBank(await bankText(keys, 4), 4);
    expect([await poll(), heldSeq()]).toEqual(["rolled-back", 5]);
    edge.bankBroken = 500;
    expect([await poll(), heldSeq()]).toEqual(["edge-failed", 5]);
    edge.down = true;
    expect([await poll(), heldSeq()]).toEqual(["edge-failed", 5]);
    expect([heldSeq(START + DAY - 1), heldSeq(START + DAY)]).toEqual([5, undefined]);
    expect([isKnown(START + DAY - 1), isKnown(START + DAY)]).toEqual([true, false]);
  });

  it("believes no 404 but the edge's own that a zone is no longer signed", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    await poll();
    edge.bankBroken = 404;
    expect([await poll(), heldSeq()]).toEqual(["edge-failed", 5]);
    edge.bankBroken = undefined;
    edge.publishBank();
    expect([await poll(), heldSeq()]).toEqual(["updated", undefined]);
  });

  it("takes 404 by an edge that knows of no banks for what it is", async () => {
    edge.bankBroken = 404;
    expect([await poll(), isKnown()]).toEqual(["unchanged", true]);
  });

  it("reads no more than a bank may have", async () => {
    edge.publishBank("x".repeat(FOLLOWING_LIMITS.bankOctets + 1), 5);
    expect([await poll(), isKnown()]).toEqual(["edge-failed", false]);
  });

  it("refuses one that has expired while it holds another, and gives none that has", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    expect([await poll(START + DAY), heldSeq(START + DAY)]).toEqual(["updated", undefined]);
    edge.publishBank((await bankText(keys, 6)).replace(`"expires":${START + DAY}`, `"expires":${START + 9}`), 6);
    expect([await poll(START + 10), heldSeq(START + 10)]).toEqual(["expired", 5]);
  });

  it.each<[string, string, (text: string) => string]>([
    ["malformed", "no JSON", (text) => text.slice(1)],
    ["malformed", "no bank", () => "{}"],
    ["malformed", "a bank without denial", (text) => text.replaceAll(",47,60,", ",99,60,")],
    ["malformed", "a name that is none", (text) => text.replace('["x9",', '["x9..",')],
    ["malformed", "a sample that cannot be written", (text) => text.replace(/\["",6,60,\[\["[^"]*"/, '["",6,60,[["AAIAAA"')],
    ["wrong-network", "another network's", (text) => text.replace('"network":"devnet"', '"network":"navio"')],
    ["wrong-seq", "of another number", (text) => text.replace('"seq":6', '"seq":7')],
  ])("refuses as %s what is signed, but %s", async (reason, _what, change) => {
    edge.publishBank(await bankText(keys, 5), 5);
    await poll();
    const text = await bankText(keys, 6);
    expect(change(text)).not.toBe(text);
    edge.publishBank(change(text), 6);
    expect([await poll(), heldSeq()]).toEqual([reason, 5]);
  });

  it("gives no bank for a zone of another name", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    await poll();
    for (const now of [START, START + DAY]) {
      expect(follower.bankAt("renamed.seed.example.org.", now)).toBeUndefined();
      expect(follower.isKnown("renamed.seed.example.org.", now)).toBe(true);
    }
  });
});
