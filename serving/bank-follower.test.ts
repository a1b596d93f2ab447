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
const freshness = (now = START) => follower.freshness(ZONE.name, now, 900);
const heldSeq = (now = START) => follower.bankAt(ZONE.name, now)?.seq;

beforeEach(async () => {
  edge = await startTestEdge();
  follower = new BankFollower(edge.url, DEVNET.name, [edge.publicKey]);
});
afterEach(() => edge.close());

describe("following a bank", () => {
  it("takes each new one over, and asks for none twice", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    expect([freshness(), heldSeq()]).toEqual(["absent", undefined]);
    expect([await poll(), heldSeq(), freshness()]).toEqual(["updated", 5, "fresh"]);
    expect([await poll(), heldSeq()]).toEqual(["unchanged", 5]);
    edge.publishBank(await bankText(keys, 6), 6);
    expect([await poll(), heldSeq()]).toEqual(["updated", 6]);
  });

  it("counts from when it was made how long it is fresh, not from when it came", async () => {
    edge.publishBank(await bankText(keys, 5), 5);
    await poll(START + 600);
    expect([START + 899, START + 900].map((now) => freshness(now))).toEqual(["fresh", "stale"]);
    expect(follower.freshness(ZONE.name, START, 0)).toBe("stale");
  });

  it("knows by 404 that a zone is not signed", async () => {
    expect([await poll(), heldSeq(), freshness()]).toEqual(["unchanged", undefined, "unsigned"]);
  });

  it("knows nothing by any other failure", async () => {
    edge.bankBroken = 500;
    expect([await poll(), freshness()]).toEqual(["edge-failed", "absent"]);
    edge.bankBroken = undefined;
    edge.down = true;
    expect([await poll(), freshness()]).toEqual(["edge-failed", "absent"]);
    edge.down = false;
    edge.publishBank(await bankText(keys, 5), 5, (seal) => ({ ...seal, keyid: "another" }));
    expect([await poll(), freshness()]).toEqual(["unknown-key", "absent"]);
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
    expect([freshness(START + DAY - 1), freshness(START + DAY)]).toEqual(["stale", "expired"]);
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
    expect([await poll(), freshness()]).toEqual(["unchanged", "unsigned"]);
  });

  it("reads no more than a bank may have", async () => {
    edge.publishBank("x".repeat(FOLLOWING_LIMITS.bankOctets + 1), 5);
    expect([await poll(), freshness()]).toEqual(["edge-failed", "absent"]);
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
      expect(follower.freshness("renamed.seed.example.org.", now, 900)).toBe("unsigned");
    }
  });
});
